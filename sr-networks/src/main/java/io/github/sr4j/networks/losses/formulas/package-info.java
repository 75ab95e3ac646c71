// SPDX-License-Identifier: Apache-2.0

/** The arithmetic on nodes of a graph in which losses are written. */
@NullMarked
package io.github.sr4j.networks.losses.formulas;

import org.jspecify.annotations.NullMarked;
