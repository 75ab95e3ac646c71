// SPDX-License-Identifier: Apache-2.0
/** What a graph shows of a network: its receptive field, its cost, and what can be made faster. */
@NullMarked
package io.github.sr4j.onnx.analysis;

import org.jspecify.annotations.NullMarked;
