// SPDX-License-Identifier: Apache-2.0
/** The terminal, signals, and the one line that a failure gets. */
@NullMarked
package io.github.sr4j.cli.terminal;

import org.jspecify.annotations.NullMarked;
