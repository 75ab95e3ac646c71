// SPDX-License-Identifier: Apache-2.0

/** The writing of graphs as ONNX models. */
@org.jspecify.annotations.NullMarked
package io.github.sr4j.networks.onnx;
