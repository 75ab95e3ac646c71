// SPDX-License-Identifier: Apache-2.0
/**
 * The values that a walk through a graph carries from node to node, and the forms of the rules that
 * operators have for them.
 */
@NullMarked
package io.github.sr4j.onnx.tracing;

import org.jspecify.annotations.NullMarked;
