// SPDX-License-Identifier: Apache-2.0
/** The values of options, and options that several commands share. */
@NullMarked
package io.github.sr4j.cli.options;

import org.jspecify.annotations.NullMarked;
