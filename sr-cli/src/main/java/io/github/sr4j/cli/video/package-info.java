// SPDX-License-Identifier: Apache-2.0
/** The command {@code sr4j video}. */
@NullMarked
package io.github.sr4j.cli.video;

import org.jspecify.annotations.NullMarked;
