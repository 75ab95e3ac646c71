// SPDX-License-Identifier: Apache-2.0

/**
 * Readers of the weights that other programs store: PyTorch, safetensors, NumPy, Keras and ONNX.
 * Nothing in a file is executed.
 */
@org.jspecify.annotations.NullMarked
package io.github.sr4j.networks.weights;
