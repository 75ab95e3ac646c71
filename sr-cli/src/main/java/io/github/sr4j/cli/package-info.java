// SPDX-License-Identifier: Apache-2.0
/** The command line {@code sr4j}; docs/command-line.md describes it. */
@NullMarked
package io.github.sr4j.cli;

import org.jspecify.annotations.NullMarked;
