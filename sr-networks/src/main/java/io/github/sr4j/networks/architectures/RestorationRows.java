// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.networks.architectures;

import com.google.common.collect.ImmutableList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/** Networks of drawings and styles, and transformers, which are known but not supported. */
final class RestorationRows {

  static final ImmutableList<Architecture> ALL =
      ImmutableList.of(
          known("Real-CUGAN pro", "pro"),
          new Row("waifu2x cunet", RestorationRows::cunet),
          new Row("waifu2x upconv_7", RestorationRows::upconv7),
          new Row("waifu2x vgg_7", RestorationRows::vgg7),
          new Row("TransformerNet", RestorationRows::fastStyle),
          new Row("HAT", keys -> transformer(keys, "overlap_attn")),
          new Row("Swin2SR", keys -> transformer(keys, "attn.logit_scale")),
          new Row("SwinIR", keys -> transformer(keys, "attn.relative_position_bias_table")),
          known("ATD", "layers\\.0\\.residual_group\\.td"),
          known("CRAFT", "layers\\.0\\.residual_group\\.hf_blocks\\.0\\.attn\\.temperature"),
          known("DRCT", "layers\\.0\\.swin1\\.attn\\..*"),
          known("GRL", "layers\\.0\\.blocks\\.0\\.attn\\.window_attn\\..*"),
          known("RGT", "layers\\.0\\.blocks\\.0\\.gamma"),
          known("DAT", "before_RG\\.1\\.weight"),
          known("OmniSR", "residual_layer\\.0\\.residual_layer\\.0\\.layer\\.0\\.fn\\..*"),
          known("PLKSR", "feats\\.1\\.(lk|channe_mixer|channel_mixer)\\..*"),
          known("MoSR", "gblocks\\.1\\.fc1\\.weight"),
          known("SCUNet", "m_body\\.0\\.trans_block\\..*"),
          known("DRUNet", "m_down1\\.0\\.res\\.0\\.weight"),
          known("NAFNet", "middle_blks\\.0\\.beta"),
          known("Restormer", "encoder_level1\\.0\\.attn\\.temperature"),
          known("SwiftSRGAN", "initial\\.cnn\\.depthwise\\.weight"),
          known("GFPGAN", "stylegan_decoder\\..*"));

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

  /**
   * nagadomi/nunif, waifu2x/models/upconv_7.py, and yu45020/Waifu2x, Models.py, whose last layer
   * has no bias.
   */
  private static Optional<Candidate> upconv7(Keys keys) {
    List<String> layers = chain(keys, 16);
    if (layers.isEmpty()) {
      return Optional.empty();
    }
    String last = layers.get(6);
    Candidate candidate =
        chained(
            Proposal.of("upconv7")
                .with("color", color(keys, layers), layers.get(0))
                .at(2, "the architecture"),
            layers);
    return Optional.of(
        keys.has(last + ".bias")
            ? candidate
            : candidate.deriving(
                "net.12.bias", List.of(last + ".weight"), Derivations::zerosOfTransposed));
  }

  /** nagadomi/nunif, waifu2x/models/vgg_7.py, and yu45020/Waifu2x, Models.py. */
  private static Optional<Candidate> vgg7(Keys keys) {
    List<String> layers = chain(keys, 32);
    return layers.isEmpty()
        ? Optional.empty()
        : Optional.of(
            chained(
                Proposal.of("vgg7")
                    .with("color", color(keys, layers), layers.get(0))
                    .at(1, "the architecture"),
                layers));
  }

  /** Returns seven convolutions in a row, whatever they are called; empty if they are others. */
  private static List<String> chain(Keys keys, int features) {
    List<String> layers = keys.convolutions();
    boolean isChain =
        layers.size() == 7
            && keys.shapes().size() <= 14
            && keys.length(layers.get(0) + ".weight", 0) == features
            && keys.length(layers.get(0) + ".weight", 2) == 3
            && keys.length(layers.get(2) + ".weight", 0) == 64;
    return isChain ? layers : List.of();
  }

  private static Candidate chained(Candidate candidate, List<String> layers) {
    Candidate renamed = candidate;
    for (int i = 0; i < layers.size(); i++) {
      String layer = Pattern.quote(layers.get(i));
      renamed = renamed.renaming("^" + layer + "\\.(weight|bias)$", "renamed." + 2 * i + ".$1");
    }
    return renamed.renaming("^renamed\\.", "net.");
  }

  private static String color(Keys keys, List<String> layers) {
    return keys.length(layers.get(0) + ".weight", 1) == 1 ? "luma" : "rgb";
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

  /** Names an architecture of model collections that SR4J has no network of, by one of its keys. */
  private static Architecture known(String name, String key) {
    return new Row(
        name,
        keys ->
            keys.hasAny(key)
                ? Optional.of(Candidate.unsupported("SR4J has no network of it; export it to ONNX"))
                : Optional.empty());
  }
}
