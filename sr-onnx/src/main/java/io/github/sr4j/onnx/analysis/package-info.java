// SPDX-License-Identifier: Apache-2.0
/** Analyses of a graph: its receptive field, its cost, and convolutions that can be made faster. */
@NullMarked
package io.github.sr4j.onnx.analysis;

import org.jspecify.annotations.NullMarked;
