// SPDX-License-Identifier: Apache-2.0

/** Graphs of operators: what engines run, and what is known of a network without one. */
@org.jspecify.annotations.NullMarked
package io.github.sr4j.networks.graph;
