// SPDX-License-Identifier: Apache-2.0
/** The execution of a SameDiff graph: its steps in order, with faster kernels where there are. */
@NullMarked
package io.github.sr4j.dl4j.internal.execution;

import org.jspecify.annotations.NullMarked;
