// SPDX-License-Identifier: Apache-2.0
/** Networks whose convolutions compute in whole numbers of 8 bits. */
@NullMarked
package io.github.sr4j.onnx.quantization;

import org.jspecify.annotations.NullMarked;
