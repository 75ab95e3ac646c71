// SPDX-License-Identifier: Apache-2.0
/** Inference in ONNX Runtime, and the models embedded in the library. */
@NullMarked
package io.github.sr4j.onnx;

import org.jspecify.annotations.NullMarked;
