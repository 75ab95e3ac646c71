// SPDX-License-Identifier: Apache-2.0
/** Changes of a model's graph that leave the rest of its file as it is. */
@NullMarked
package io.github.sr4j.onnx.editing;

import org.jspecify.annotations.NullMarked;
