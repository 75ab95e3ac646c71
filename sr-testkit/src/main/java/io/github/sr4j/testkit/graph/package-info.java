// SPDX-License-Identifier: Apache-2.0

/**
 * The contract of engines that run graphs, as abstract test classes to be extended, and the graphs
 * that they run: each operator, each built-in network and each loss that has a graph.
 */
@org.jspecify.annotations.NullMarked
package io.github.sr4j.testkit.graph;
