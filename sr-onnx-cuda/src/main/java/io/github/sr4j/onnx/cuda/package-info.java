// SPDX-License-Identifier: Apache-2.0
/** The CUDA execution provider of ONNX Runtime, the checks before it and the libraries it needs. */
@NullMarked
package io.github.sr4j.onnx.cuda;

import org.jspecify.annotations.NullMarked;
