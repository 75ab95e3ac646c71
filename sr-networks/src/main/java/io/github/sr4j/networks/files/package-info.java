// SPDX-License-Identifier: Apache-2.0

/** The files of weights, NumPy, Keras and ONNX, and of models. */
@org.jspecify.annotations.NullMarked
package io.github.sr4j.networks.files;
