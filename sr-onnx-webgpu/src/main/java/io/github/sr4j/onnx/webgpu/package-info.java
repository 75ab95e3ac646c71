// SPDX-License-Identifier: Apache-2.0
/** The WebGPU execution provider of ONNX Runtime, and the checks before it. */
@NullMarked
package io.github.sr4j.onnx.webgpu;

import org.jspecify.annotations.NullMarked;
