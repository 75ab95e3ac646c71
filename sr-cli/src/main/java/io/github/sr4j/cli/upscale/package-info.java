// SPDX-License-Identifier: Apache-2.0
/** The command that enlarges. */
@NullMarked
package io.github.sr4j.cli.upscale;

import org.jspecify.annotations.NullMarked;
