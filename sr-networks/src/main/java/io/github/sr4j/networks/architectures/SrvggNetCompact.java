// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.networks.architectures;

import com.google.common.math.IntMath;
import java.math.RoundingMode;
import java.util.Optional;
import java.util.SortedSet;

/** SRVGGNetCompact, in the names of Real-ESRGAN: {@code body.0.weight}. */
final class SrvggNetCompact implements Architecture {

  private static final String LAYER = "body\\.(\\d+)\\.weight";

  @Override
  public String name() {
    return "SRVGGNetCompact";
  }

  @Override
  public Optional<Candidate> propose(Keys keys) {
    SortedSet<Integer> layers = keys.numbers(LAYER);
    if (isWithoutSlopes(keys)) {
      return Optional.of(
          Candidate.unsupported(
              "its activations have no weights, which would tell ReLU from leaky ReLU; export it to"
                  + " ONNX"));
    }
    if (!keys.has("body.0.weight") || keys.length("body.1.weight", 0) == 0) {
      return Optional.empty();
    }
    int last = layers.last();
    String tail = "body." + last + ".weight";
    int features = keys.length("body.0.weight", 0);
    int outputs = keys.length(tail, 0);
    int scale = IntMath.sqrt(Math.max(outputs / 3, 1), RoundingMode.DOWN);
    int between = last / 2 - 1;
    String network = "srvgg(features=" + features + ", layers=" + between + ")";
    return Optional.of(
        Candidate.of(network, scale)
            .because("features=" + features + " from body.0.weight")
            .because("layers=" + between + " from " + tail)
            .because("scale=" + scale + " from the " + outputs + " channels of " + tail));
  }

  /** Whether there are convolutions at even numbers alone, the last of them for a pixel shuffle. */
  private static boolean isWithoutSlopes(Keys keys) {
    SortedSet<Integer> layers = keys.numbers(LAYER);
    int features = keys.length("body.0.weight", 0);
    return layers.size() > 2
        && layers.stream().allMatch(layer -> layer % 2 == 0)
        && 2 * layers.size() == keys.shapes().size()
        && keys.length("body.0.weight", 2) == 3
        && keys.length("body." + layers.last() + ".weight", 1) == features;
  }
}
