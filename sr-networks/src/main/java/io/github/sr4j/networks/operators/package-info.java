// SPDX-License-Identifier: Apache-2.0

/**
 * The operators of graphs, each with its shape, its reach, its cost, its form in ONNX and its
 * reference evaluation.
 */
@org.jspecify.annotations.NullMarked
package io.github.sr4j.networks.operators;
