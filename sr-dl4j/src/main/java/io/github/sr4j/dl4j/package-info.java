// SPDX-License-Identifier: Apache-2.0
/** Networks, losses, the training step and the ONNX exporter, on Deeplearning4j's SameDiff. */
@NullMarked
package io.github.sr4j.dl4j;

import org.jspecify.annotations.NullMarked;
