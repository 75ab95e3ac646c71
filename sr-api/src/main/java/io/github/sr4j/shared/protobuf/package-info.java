// SPDX-License-Identifier: Apache-2.0
/**
 * The wire format of Protocol Buffers, which ONNX files and TensorBoard's events are in. By hand,
 * so that hosts are free to have any version of the library.
 */
@NullMarked
package io.github.sr4j.shared.protobuf;

import org.jspecify.annotations.NullMarked;
