// SPDX-License-Identifier: Apache-2.0
/** Benchmarks, run by hand; docs/benchmarks.md has the commands and what they gave. */
@NullMarked
package io.github.sr4j.benchmarks;

import org.jspecify.annotations.NullMarked;
