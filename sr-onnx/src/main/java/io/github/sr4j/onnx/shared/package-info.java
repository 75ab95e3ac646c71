// SPDX-License-Identifier: Apache-2.0
/** The interface between this module and the modules that add execution providers to it. */
@NullMarked
package io.github.sr4j.onnx.shared;

import org.jspecify.annotations.NullMarked;
