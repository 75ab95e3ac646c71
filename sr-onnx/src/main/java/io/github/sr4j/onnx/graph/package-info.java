// SPDX-License-Identifier: Apache-2.0
/** The reading of ONNX files: nodes, shapes, and the values of small tensors. */
@NullMarked
package io.github.sr4j.onnx.graph;

import org.jspecify.annotations.NullMarked;
