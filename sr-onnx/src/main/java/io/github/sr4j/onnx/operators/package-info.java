// SPDX-License-Identifier: Apache-2.0
/**
 * The operators of ONNX: one row of a table for each, and the rules by which images and constants
 * follow from their inputs.
 */
@NullMarked
package io.github.sr4j.onnx.operators;

import org.jspecify.annotations.NullMarked;
