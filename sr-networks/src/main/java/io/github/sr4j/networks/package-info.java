// SPDX-License-Identifier: Apache-2.0

/**
 * Networks and their layers as data: {@link io.github.sr4j.networks.Network} is what there is to
 * define, {@link io.github.sr4j.networks.Layers} what it is made of.
 */
@org.jspecify.annotations.NullMarked
package io.github.sr4j.networks;
