// SPDX-License-Identifier: Apache-2.0
/**
 * The files of models: the embedded ones, data outside a file, and the checks of a graph before
 * ONNX Runtime sees it.
 */
@NullMarked
package io.github.sr4j.onnx.files;

import org.jspecify.annotations.NullMarked;
