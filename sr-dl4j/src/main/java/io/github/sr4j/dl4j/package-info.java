// SPDX-License-Identifier: Apache-2.0
/**
 * Networks, losses, the training step and the ONNX exporter, on Deeplearning4j's SameDiff.
 *
 * <p>What is public is for those who define a network of their own: a {@link
 * io.github.sr4j.dl4j.NetworkProvider} makes a {@link io.github.sr4j.dl4j.Network} of {@link
 * io.github.sr4j.dl4j.Layers} and {@link io.github.sr4j.dl4j.Blocks}. Everyone else finds this
 * module through {@code io.github.sr4j.spi} and needs nothing of it.
 */
@NullMarked
package io.github.sr4j.dl4j;

import org.jspecify.annotations.NullMarked;
