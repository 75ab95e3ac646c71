// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.networks;

import io.github.sr4j.ModelInfo;
import java.util.List;

/**
 * The architecture of a network, of which {@link #build} adds the layers.
 *
 * <p>Implementations are immutable and safe for use by multiple threads. See docs/networks.md on
 * how to define one.
 */
public interface Network {

  /**
   * Returns the name with all arguments, from which the same network is made again, as in {@code
   * tiny(features=16)}. It is in checkpoints and exported files.
   */
  String text();

  /** Returns the scale of the network. */
  int scale();

  /** Returns whether images are luma, of one channel, or RGB, of three; samples are in [0, 1]. */
  ModelInfo.Color color();

  /**
   * Returns whether the input was already enlarged bicubically, so that the network keeps its size.
   */
  default boolean isPreupscaled() {
    return false;
  }

  /** Returns whether weights of one scale are weights of every scale, as they are in VDSR. */
  default boolean servesAllScales() {
    return false;
  }

  /**
   * Returns the scales whose weights form one set, in which some weights are shared and others
   * belong to one scale, as in MDSR. The network of the same {@link #text} and another scale has
   * the weights of that scale.
   */
  default List<Integer> scales() {
    return List.of(scale());
  }

  /**
   * Returns the pixels of the input that unpadded convolutions lose along each edge: in training,
   * results are smaller than their targets by them; in inference, the image is first extended by
   * its outermost pixels. 0 if convolutions are padded.
   */
  default int lostEdge() {
    return 0;
  }

  /** Returns the side of the patches to train with, in pixels of the input. */
  int patchSize();

  /**
   * Adds the layers.
   *
   * @param input images of the {@link #color}, [N, 1 or 3, height, width]
   * @return images of the same colour, {@link #scale} times as large, or as large if {@link
   *     #isPreupscaled}
   */
  FeatureMap build(Layers layers, FeatureMap input);

  /**
   * Returns the factor by which the learning rate is multiplied for some weights.
   *
   * @param weights their name, such as {@code conv1.bias}
   */
  default double rateFactor(String weights) {
    return 1;
  }
}
