// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.networks.architectures;

import com.google.common.base.Joiner;
import com.google.common.collect.ImmutableList;
import com.google.common.primitives.Ints;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedSet;
import java.util.regex.Pattern;

/** Networks of challenges of efficient super-resolution, in the names of their authors. */
final class LightweightRows {

  static final ImmutableList<Architecture> ALL =
      ImmutableList.of(
          new Row("IMDN", LightweightRows::imdn),
          new Row("IMDN-RTC", LightweightRows::imdnRtc),
          new Row("IMDN-RTE", LightweightRows::imdnRte),
          new Row("RFDN", LightweightRows::rfdn),
          new Row("RLFN", LightweightRows::rlfn),
          Row.ofScales("PAN", LightweightRows::pan, 2, 3),
          new Row("CARN-M", keys -> carn(keys, /* isMobile= */ true)),
          new Row("CARN", keys -> carn(keys, /* isMobile= */ false)),
          new Row("SAFMN", LightweightRows::safmn),
          new Row("SPAN", LightweightRows::span));

  private static final String UPSAMPLER = "upsampler.0.weight";
  private static final String RLFN_GATE = ".*\\.esa\\.conv4"; // before the sigmoid

  private LightweightRows() {}

  private static int scale(Keys keys, String last) {
    return Proposal.factor(keys.length(last, 0), 3);
  }

  /** Zheng222/IMDN, model/architecture.py. */
  private static Optional<Candidate> imdn(Keys keys) {
    if (!keys.hasAny("IMDB\\d+\\.c1\\.weight")) {
      return Optional.empty();
    }
    return Optional.of(
        Proposal.of("imdn")
            .with("blocks", keys.numbers("IMDB(\\d+)\\.c1\\.weight").size(), "IMDB1 and on")
            .with("features", keys.length("fea_conv.weight", 0), "fea_conv.weight")
            .at(scale(keys, UPSAMPLER), UPSAMPLER));
  }

  /** Zheng222/IMDN, model/architecture.py. */
  private static Optional<Candidate> imdnRtc(Keys keys) {
    if (!keys.hasAny("model\\.1\\.sub\\.\\d+\\.c5\\.weight")) {
      return Optional.empty();
    }
    return Optional.of(
        Proposal.of("imdn-rtc")
            .with("blocks", Proposal.count(keys, "model\\.1\\.sub\\.(\\d+)\\.c1\\.weight"), "c1")
            .with("features", keys.length("model.0.weight", 0), "model.0.weight")
            .at(scale(keys, "model.2.weight"), "model.2.weight"));
  }

  /** Zheng222/IMDN, model/architecture.py: at half the resolution of the input. */
  private static Optional<Candidate> imdnRte(Keys keys) {
    if (!keys.hasAny("block\\d+\\.c7\\.weight")) {
      return Optional.empty();
    }
    return Optional.of(
        Proposal.of("imdn-rte")
            .with("blocks", keys.numbers("block(\\d+)\\.c7\\.weight").size(), "block1 and on")
            .with("features", keys.length("fea_conv.0.weight", 0), "fea_conv.0.weight")
            .at(scale(keys, UPSAMPLER) / 2, UPSAMPLER));
  }

  /** njulj/RFDN, RFDN.py. */
  private static Optional<Candidate> rfdn(Keys keys) {
    if (!keys.hasAny("B\\d+\\.c1_d\\.weight")) {
      return Optional.empty();
    }
    return Optional.of(
        Proposal.of("rfdn")
            .with("blocks", keys.numbers("B(\\d+)\\.c1_d\\.weight").size(), "B1 and on")
            .with("features", keys.length("fea_conv.weight", 0), "fea_conv.weight")
            .at(scale(keys, UPSAMPLER), UPSAMPLER));
  }

  /**
   * bytedance/RLFN, model: RLFN, RLFN-S and the pruned one of the challenge, of samples in [0,
   * 255].
   */
  private static Optional<Candidate> rlfn(Keys keys) {
    if (!keys.hasAny("block_\\d+\\.esa\\.conv1\\.weight")) {
      return Optional.empty();
    }
    Candidate candidate =
        Proposal.of("rlfn")
            .with("blocks", keys.numbers("block_(\\d+)\\.c1_r\\.weight").size(), "block_1 and on")
            .with("features", keys.length("conv_1.weight", 0), "conv_1.weight")
            .with("middle", keys.length("block_1.c1_r.weight", 0), "block_1.c1_r.weight")
            .with("attention", keys.length("block_1.esa.conv1.weight", 0), "block_1.esa.conv1")
            .at(scale(keys, UPSAMPLER), UPSAMPLER);
    return Optional.of(UnitRange.of(keys, candidate, RLFN_GATE));
  }

  /** zhaohengyuan1/PAN, PAN_arch.py. */
  private static Optional<Candidate> pan(Keys keys, int scale) {
    if (!keys.hasAny("SCPA_trunk\\.\\d+\\.PAConv\\.k2\\.weight")) {
      return Optional.empty();
    }
    Proposal proposal =
        Proposal.of("pan")
            .with("blocks", Proposal.count(keys, "SCPA_trunk\\.(\\d+)\\.conv1_a\\.weight"), "trunk")
            .with("features", keys.length("conv_first.weight", 0), "conv_first.weight")
            .with("upsampled", keys.length("upconv1.weight", 0), "upconv1.weight");
    if (!keys.has("upconv2.weight")) {
      return Optional.of(proposal.atUntold(scale));
    }
    return scale == 2 // once, whatever the scale
        ? Optional.of(proposal.at(4, "upconv2.weight"))
        : Optional.empty();
  }

  /** nmhkahn/CARN-pytorch, carn/model: of one scale or of several. */
  private static Optional<Candidate> carn(Keys keys, boolean isMobile) {
    boolean hasShared = keys.has("b1.b1.body.4.weight");
    if (!keys.has("b1.c1.body.0.weight") || hasShared != isMobile) {
      return Optional.empty();
    }
    int features = keys.length("entry.weight", 0);
    Proposal proposal =
        Proposal.of(isMobile ? "carn-m" : "carn").with("features", features, "entry.weight");
    int perGroup = keys.length("b1.b1.body.0.weight", 1);
    if (isMobile) {
      int groups = perGroup == 0 ? 1 : features / perGroup;
      proposal.with("groups", groups, "b1.b1.body.0.weight");
    }
    SortedSet<Integer> many = keys.numbers("upsample\\.up(\\d)\\.body\\.0\\.weight");
    Candidate candidate;
    if (many.isEmpty()) {
      int factor = Proposal.factor(keys.length("upsample.up.body.0.weight", 0), features);
      int stages = keys.numbers("upsample\\.up\\.body\\.(\\d+)\\.weight").size();
      candidate = proposal.at((int) Math.pow(factor, stages), "upsample.up.body");
    } else {
      proposal.with("scales", Joiner.on('-').join(many), "the names of upsample.up");
      candidate = proposal.at(Ints.toArray(many), "the names of upsample.up");
    }
    return Optional.of(candidate.ignoring("(sub|add)_mean\\.shifter\\.(weight|bias)"));
  }

  /** sunny2109/SAFMN, safmn_arch.py. */
  private static Optional<Candidate> safmn(Keys keys) {
    if (!keys.hasAny("feats\\.\\d+\\.safm\\.mfr\\.0\\.weight")) {
      return Optional.empty();
    }
    return Optional.of(
        Proposal.of("safmn")
            .with("blocks", Proposal.count(keys, "feats\\.(\\d+)\\.safm\\.aggr\\.weight"), "feats")
            .with("features", keys.length("to_feat.weight", 0), "to_feat.weight")
            .with("hidden", keys.length("feats.0.ccm.ccm.0.weight", 0), "feats.0.ccm.ccm.0.weight")
            .at(scale(keys, "to_img.0.weight"), "to_img.0.weight"));
  }

  /**
   * hongyuanyu/SPAN, span_arch.py: the branches of each convolution are merged here, as {@code
   * eval_conv} may hold what they were before the last steps of training.
   */
  private static Optional<Candidate> span(Keys keys) {
    if (!keys.has("block_1.c1_r.sk.weight") && !keys.has("block_1.c1_r.eval_conv.weight")) {
      return Optional.empty();
    }
    SortedSet<Integer> blocks = keys.numbers("block_(\\d+)\\.c1_r\\..*");
    boolean hasMean = !keys.has("no_norm");
    Candidate candidate =
        Proposal.of("span")
            .with("blocks", blocks.size(), "block_1 and on")
            .with("features", keys.length("conv_cat.weight", 0), "conv_cat.weight")
            .with("mean", hasMean ? "div2k" : "none", "the key no_norm, or its absence")
            .at(scale(keys, UPSAMPLER), UPSAMPLER)
            .ignoring("no_norm");
    List<String> layers = new ArrayList<>(List.of("conv_1", "conv_2"));
    blocks.forEach(
        block ->
            List.of("1", "2", "3").forEach(i -> layers.add("block_" + block + ".c" + i + "_r")));
    for (String layer : layers) {
      candidate =
          merged(keys, candidate, layer, hasMean && layer.equals("conv_1") ? UnitRange.RANGE : 1);
    }
    return Optional.of(candidate);
  }

  private static Candidate merged(Keys keys, Candidate candidate, String layer, double factor) {
    if (!keys.has(layer + ".sk.weight")) { // without the branches of training
      String kernels = layer + ".eval_conv.weight";
      return candidate
          .deriving(layer + ".weight", List.of(kernels), Derivations.times(factor))
          .deriving(layer + ".bias", List.of(layer + ".eval_conv.bias"), Derivations.times(1));
    }
    String chain = layer + ".conv.";
    return candidate
        .deriving(
            layer + ".weight",
            List.of(
                chain + "0.weight", chain + "1.weight", chain + "2.weight", layer + ".sk.weight"),
            Derivations.mergedKernels(factor))
        .deriving(
            layer + ".bias",
            List.of(
                chain + "1.weight",
                chain + "2.weight",
                chain + "0.bias",
                chain + "1.bias",
                chain + "2.bias",
                layer + ".sk.bias"),
            Derivations::mergedBiases)
        .ignoring(Pattern.quote(layer + ".eval_conv.") + "(weight|bias)");
  }
}
