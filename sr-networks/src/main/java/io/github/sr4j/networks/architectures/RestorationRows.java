// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.networks.architectures;

import com.google.common.collect.ImmutableList;
import java.util.List;
import java.util.Optional;

/** Networks of drawings and styles, and transformers, which are known but not supported. */
final class RestorationRows {

  static final ImmutableList<Architecture> ALL =
      ImmutableList.of(
          new Row("waifu2x cunet", RestorationRows::cunet),
          new Row("waifu2x upconv_7", RestorationRows::upconv7),
          new Row("waifu2x vgg_7", RestorationRows::vgg7),
          new Row("TransformerNet", RestorationRows::fastStyle),
          new Row("HAT", keys -> transformer(keys, "overlap_attn")),
          new Row("Swin2SR", keys -> transformer(keys, "attn.logit_scale")),
          new Row("SwinIR", keys -> transformer(keys, "attn.relative_position_bias_table")));

  private static final double RANGE = 255; // that of the samples of TransformerNet

  private RestorationRows() {}

  /** nagadomi/nunif, waifu2x/models/cunet.py. */
  private static Optional<Candidate> cunet(Keys keys) {
    String bottom = "unet1.conv_bottom.weight";
    if (!keys.has(bottom) || !keys.has("unet2.conv_bottom.weight")) {
      return Optional.empty();
    }
    int kernel = keys.length(bottom, 2);
    return Optional.of(
        Proposal.of("cunet")
            .at(kernel == 4 ? 2 : 1, bottom)
            .renaming("\\.seblock\\.conv1\\.", ".seblock.0.")
            .renaming("\\.seblock\\.conv2\\.", ".seblock.2."));
  }

  /** nagadomi/nunif, waifu2x/models/upconv_7.py. */
  private static Optional<Candidate> upconv7(Keys keys) {
    if (!keys.has("net.12.weight") || keys.length("net.0.weight", 0) != 16) {
      return Optional.empty();
    }
    return Optional.of(
        Proposal.of("upconv7")
            .with("color", color(keys), "net.0.weight")
            .at(2, "the architecture"));
  }

  /** nagadomi/nunif, waifu2x/models/vgg_7.py. */
  private static Optional<Candidate> vgg7(Keys keys) {
    if (!keys.has("net.12.weight") || keys.length("net.0.weight", 0) != 32) {
      return Optional.empty();
    }
    return Optional.of(
        Proposal.of("vgg7").with("color", color(keys), "net.0.weight").at(1, "the architecture"));
  }

  private static String color(Keys keys) {
    return keys.length("net.0.weight", 1) == 1 ? "luma" : "rgb";
  }

  /**
   * pytorch/examples, fast_neural_style/neural_style/transformer_net.py, of samples in [0, 255],
   * and with statistics that older versions of PyTorch kept in vain.
   */
  private static Optional<Candidate> fastStyle(Keys keys) {
    String first = "conv1.conv2d.weight";
    String last = "deconv3.conv2d";
    if (!keys.has(first) || !keys.has(last + ".weight")) {
      return Optional.empty();
    }
    return Optional.of(
        Proposal.of("fast-style")
            .with("blocks", keys.numbers("res(\\d+)\\.conv1\\.conv2d\\.weight").size(), "res1")
            .with("features", keys.length(first, 0), first)
            .at(1, "the architecture")
            .deriving(first, List.of(first), Derivations.times(RANGE))
            .deriving(last + ".weight", List.of(last + ".weight"), Derivations.times(1 / RANGE))
            .deriving(last + ".bias", List.of(last + ".bias"), Derivations.times(1 / RANGE))
            .ignoring(".*in\\d\\.running_(mean|var)"));
  }

  private static Optional<Candidate> transformer(Keys keys, String mark) {
    String quoted = mark.replace(".", "\\.");
    return keys.hasAny("layers\\.\\d+\\.residual_group\\..*" + quoted + ".*")
        ? Optional.of(Candidate.unsupported("attention in windows is not among the operators"))
        : Optional.empty();
  }
}
