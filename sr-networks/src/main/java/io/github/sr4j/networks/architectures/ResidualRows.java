// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.networks.architectures;

import com.google.common.base.Joiner;
import com.google.common.collect.ImmutableList;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedSet;

/** Residual networks, in the names of their authors and of BasicSR. */
final class ResidualRows {

  static final ImmutableList<Architecture> ALL =
      ImmutableList.of(
          new Row("RCAN", ResidualRows::rcan),
          new Row("RCAN", ResidualRows::rcanOfBasicSr),
          new Row("MDSR", ResidualRows::mdsr),
          new Row("EDSR", ResidualRows::edsr),
          new Row("MSRResNet", ResidualRows::msrResnet),
          new Row("EDSR", ResidualRows::edsrOfBasicSr),
          new Row("SRGAN", ResidualRows::srgan),
          new Row("SRGAN", ResidualRows::srganOfTrunk),
          new Row("SRGAN of PyTorch-GAN", ResidualRows::srganOfImageNet));

  // The first layer of channel attention undoes the scaling of the means, which the second keeps.
  private static final String ATTENTION = ".*\\.conv_du\\.0";
  private static final String ATTENTION_END = ".*\\.conv_du\\.2";

  private static final int WIDE = 256; // features of the EDSR whose residuals are scaled

  private ResidualRows() {}

  /** Scales what BasicSR trains: samples in [0, 255], of which the program subtracts the mean. */
  private static Candidate toUnitRange(Keys keys, Candidate candidate) {
    return UnitRange.of(keys, candidate, ATTENTION, ATTENTION_END);
  }

  /** Scales what the authors train: the layer that subtracts the mean colour tells the range. */
  private static Candidate ofMean(Keys keys, Candidate candidate) {
    String mean = "sub_mean.bias";
    return keys.has(mean)
        ? UnitRange.ofMean(
            keys,
            candidate.ignoring("(sub|add)_mean\\.(weight|bias)"),
            ATTENTION,
            ATTENTION_END,
            mean)
        : Candidate.unsupported(
            "without its layer sub_mean, nothing tells the range of its samples; export it to"
                + " ONNX");
  }

  /** Returns the product of the factors of the sub-pixel convolutions of a sequence. */
  private static int scale(Keys keys, String sequence, int features) {
    int scale = 1;
    for (int stage : keys.numbers(sequence.replace(".", "\\.") + "(\\d+)\\.weight")) {
      int factor = Proposal.factor(keys.length(sequence + stage + ".weight", 0), features);
      scale *= Math.min(factor, 100);
    }
    return scale;
  }

  private static Proposal edsr(int blocks, int features, String first) {
    boolean isWide = features >= WIDE;
    return Proposal.of("edsr")
        .with("blocks", blocks, "the names of its blocks")
        .with("features", features, first)
        .with("scaling", isWide ? 0.1 : 1.0, "the paper, for " + features + " features");
  }

  /** sanghyun-son/EDSR-PyTorch, src/model/edsr.py. */
  private static Optional<Candidate> edsr(Keys keys) {
    if (!keys.has("body.0.body.0.weight") || !keys.has("tail.1.weight")) {
      return Optional.empty();
    }
    int features = keys.length("head.0.weight", 0);
    int blocks = Proposal.count(keys, "body\\.(\\d+)\\.body\\.0\\.weight");
    return Optional.of(
        ofMean(
            keys,
            edsr(blocks, features, "head.0.weight")
                .at(scale(keys, "tail.0.", features), "tail.0")));
  }

  /** XPixelGroup/BasicSR, edsr_arch.py. */
  private static Optional<Candidate> edsrOfBasicSr(Keys keys) {
    if (!keys.has("conv_after_body.weight") || !keys.has("body.0.conv1.weight")) {
      return Optional.empty();
    }
    int features = keys.length("conv_first.weight", 0);
    int blocks = Proposal.count(keys, "body\\.(\\d+)\\.conv1\\.weight");
    Candidate candidate =
        outerNames(
            edsr(blocks, features, "conv_first.weight")
                .at(scale(keys, "upsample.", features), "upsample"),
            blocks);
    return Optional.of(
        toUnitRange(
            keys,
            candidate
                .renaming("^(body\\.\\d+)\\.conv1\\.", "$1.body.0.")
                .renaming("^(body\\.\\d+)\\.conv2\\.", "$1.body.2.")));
  }

  private static Candidate outerNames(Candidate candidate, int last) {
    return candidate
        .renaming("^conv_first\\.", "head.0.")
        .renaming("^conv_after_body\\.", "body." + last + ".")
        .renaming("^upsample\\.", "tail.0.")
        .renaming("^conv_last\\.", "tail.1.");
  }

  /** sanghyun-son/EDSR-PyTorch, src/model/mdsr.py. */
  private static Optional<Candidate> mdsr(Keys keys) {
    SortedSet<Integer> branches = keys.numbers("pre_process\\.(\\d+)\\.0\\.body\\.0\\.weight");
    if (branches.isEmpty()) {
      return Optional.empty();
    }
    int features = keys.length("head.0.weight", 0);
    List<Integer> scales = new ArrayList<>();
    branches.forEach(branch -> scales.add(scale(keys, "upsample." + branch + ".", features)));
    return Optional.of(
        ofMean(
            keys,
            Proposal.of("mdsr")
                .with("scales", Joiner.on('-').join(scales), "upsample")
                .with("blocks", Proposal.count(keys, "body\\.(\\d+)\\.body\\.0\\.weight"), "body")
                .with("features", features, "head.0.weight")
                .at(scales.stream().mapToInt(Integer::intValue).toArray(), "upsample")));
  }

  private static Proposal rcan(int groups, int blocks, int features, int squeezed) {
    return Proposal.of("rcan")
        .with("groups", groups, "the names of its groups")
        .with("blocks", blocks, "the names of the blocks of a group")
        .with("features", features, "the first convolution")
        .with("reduction", features / Math.max(1, squeezed), "channel attention");
  }

  /** yulunzhang/RCAN, RCAN_TrainCode/code/model/rcan.py. */
  private static Optional<Candidate> rcan(Keys keys) {
    String attention = "body.0.body.0.body.3.conv_du.0.weight";
    if (!keys.has(attention)) {
      return Optional.empty();
    }
    int features = keys.length("head.0.weight", 0);
    Proposal proposal =
        rcan(
            Proposal.count(keys, "body\\.(\\d+)\\.body\\.0\\.body\\.0\\.weight"),
            Proposal.count(keys, "body\\.0\\.body\\.(\\d+)\\.body\\.0\\.weight"),
            features,
            keys.length(attention, 0));
    return Optional.of(ofMean(keys, proposal.at(scale(keys, "tail.0.", features), "tail.0")));
  }

  /** XPixelGroup/BasicSR, rcan_arch.py. */
  private static Optional<Candidate> rcanOfBasicSr(Keys keys) {
    String attention = "body.0.residual_group.0.rcab.3.attention.1.weight";
    if (!keys.has(attention)) {
      return Optional.empty();
    }
    int features = keys.length("conv_first.weight", 0);
    String block = "body\\.0\\.residual_group\\.(\\d+)\\.rcab\\.0\\.weight";
    int groups = Proposal.count(keys, "body\\.(\\d+)\\.conv\\.weight");
    int blocks = Proposal.count(keys, block);
    Candidate candidate =
        rcan(groups, blocks, features, keys.length(attention, 0))
            .at(scale(keys, "upsample.", features), "upsample");
    return Optional.of(
        toUnitRange(
            keys,
            outerNames(candidate, groups)
                .renaming("^(body\\.\\d+)\\.conv\\.", "$1.body." + blocks + ".")
                .renaming("^(body\\.\\d+)\\.residual_group\\.(\\d+)\\.rcab\\.", "$1.body.$2.body.")
                .renaming("\\.3\\.attention\\.1\\.", ".3.conv_du.0.")
                .renaming("\\.3\\.attention\\.3\\.", ".3.conv_du.2.")));
  }

  /** XPixelGroup/BasicSR, srresnet_arch.py, and its forerunner MMSR, as in cszn/KAIR. */
  private static Optional<Candidate> msrResnet(Keys keys) {
    String body = keys.has("recon_trunk.0.conv1.weight") ? "recon_trunk" : "body";
    if (!keys.has("upconv1.weight") || !keys.has(body + ".0.conv1.weight")) {
      return Optional.empty();
    }
    int features = keys.length("conv_first.weight", 0);
    return Optional.of(
        Proposal.of("msrresnet")
            .with("blocks", Proposal.count(keys, body + "\\.(\\d+)\\.conv1\\.weight"), body)
            .with("features", features, "conv_first.weight")
            .at(scale(keys, "upconv", features), "upconv")
            .renaming("^recon_trunk\\.", "body.")
            .renaming("^HRconv\\.", "conv_hr."));
  }

  /**
   * leftthomas/SRGAN, model.py: {@code block1} to {@code block8}, with one slope for all channels
   * and a tanh at the end.
   */
  private static Optional<Candidate> srgan(Keys keys) {
    int last =
        keys.numbers("block(\\d)\\..*").isEmpty() ? 0 : keys.numbers("block(\\d)\\..*").last();
    if (last < 4 || !keys.has("block1.0.weight") || !keys.has("block2.prelu.weight")) {
      return Optional.empty();
    }
    int features = keys.length("block1.0.weight", 0);
    String body = "block" + (last - 1);
    String tail = "block" + last;
    int doublings = Proposal.count(keys, tail + "\\.(\\d+)\\.conv\\.weight");
    int blocks = last - 3;
    int scale = 1;
    for (int i = 0; i < doublings; i++) {
      int factor = Proposal.factor(keys.length(tail + "." + i + ".conv.weight", 0), features);
      scale *= Math.min(factor, 100);
    }
    Candidate candidate =
        Proposal.of("srresnet")
            .with("blocks", blocks, "block2 to block" + (last - 2))
            .with("features", features, "block1.0.weight")
            .with("output", "tanh", "the program")
            .at(scale, tail)
            .renaming("^block1\\.0\\.", "head.")
            .renaming("^block1\\.1\\.", "head.prelu.")
            .renaming("^" + body + "\\.0\\.", "body.conv.")
            .renaming("^" + body + "\\.1\\.", "body.norm.")
            .renaming("^" + tail + "\\." + doublings + "\\.", "tail.");
    for (int i = 0; i < doublings; i++) {
      candidate =
          candidate
              .renaming("^" + tail + "\\." + i + "\\.conv\\.", "up." + 2 * i + ".")
              .renaming("^" + tail + "\\." + i + "\\.prelu\\.", "up." + 2 * i + ".prelu.");
    }
    for (int i = 0; i < blocks; i++) {
      candidate = candidate.renaming("^block" + (i + 2) + "\\.(conv|prelu)", "blocks." + i + ".$1");
      candidate = candidate.renaming("^block" + (i + 2) + "\\.bn", "blocks." + i + ".norm");
    }
    return Optional.of(withoutBiases(keys, candidate, features));
  }

  /**
   * Lornatang/SRGAN-PyTorch, model.py: {@code conv_block1}, or {@code conv1} in later versions,
   * with one slope for all channels.
   */
  private static Optional<Candidate> srganOfTrunk(Keys keys) {
    String prefix = keys.has("conv_block1.0.weight") ? "conv_block" : "conv";
    String first = prefix + "1.0.weight";
    if (!keys.has(first) || !keys.has("trunk.0.rcb.0.weight")) {
      return Optional.empty();
    }
    int features = keys.length(first, 0);
    int stages = Proposal.count(keys, "upsampling\\.(\\d+)\\.upsample_block\\.0\\.weight");
    String stage = "upsampling.0.upsample_block.0.weight";
    int factor = Math.min(Proposal.factor(keys.length(stage, 0), features), 100);
    Candidate candidate =
        Proposal.of("srresnet")
            .with("blocks", Proposal.count(keys, "trunk\\.(\\d+)\\.rcb\\.0\\.weight"), "trunk")
            .with("features", features, first)
            .at((int) Math.pow(factor, stages), "upsampling")
            .renaming("^" + prefix + "1\\.0\\.", "head.")
            .renaming("^" + prefix + "1\\.1\\.", "head.prelu.")
            .renaming("^" + prefix + "2\\.0\\.", "body.conv.")
            .renaming("^" + prefix + "2\\.1\\.", "body.norm.")
            .renaming("^" + prefix + "3\\.", "tail.")
            .renaming("^trunk\\.(\\d+)\\.rcb\\.0\\.", "blocks.$1.conv1.")
            .renaming("^trunk\\.(\\d+)\\.rcb\\.1\\.", "blocks.$1.norm1.")
            .renaming("^trunk\\.(\\d+)\\.rcb\\.2\\.", "blocks.$1.prelu.")
            .renaming("^trunk\\.(\\d+)\\.rcb\\.3\\.", "blocks.$1.conv2.")
            .renaming("^trunk\\.(\\d+)\\.rcb\\.4\\.", "blocks.$1.norm2.");
    for (int i = 0; i < stages; i++) {
      String block = "^upsampling\\." + i + "\\.upsample_block\\.";
      candidate =
          candidate
              .renaming(block + "0\\.", "up." + 2 * i + ".")
              .renaming(block + "2\\.", "up." + 2 * i + ".prelu.");
    }
    for (String key : keys.shapes().keySet()) {
      String name = candidate.rename().apply(key);
      if (name.endsWith("prelu.weight")) {
        candidate = candidate.deriving(name, List.of(key), Derivations.repeated(features));
      }
    }
    return Optional.of(candidate);
  }

  /** eriklindernoren/PyTorch-GAN, implementations/srgan/models.py. */
  private static Optional<Candidate> srganOfImageNet(Keys keys) {
    return keys.has("res_blocks.0.conv_block.0.weight") && keys.has("upsampling.1.running_mean")
        ? Optional.of(
            Candidate.unsupported(
                "its samples are normalised by the statistics of ImageNet; export it to ONNX"))
        : Optional.empty();
  }

  /** Moves the biases of convolutions into the means of the normalisation behind them. */
  private static Candidate withoutBiases(Keys keys, Candidate named, int features) {
    Candidate candidate = named;
    for (String key : keys.shapes().keySet()) {
      String name = named.rename().apply(key);
      if (name.endsWith("prelu.weight")) {
        candidate = candidate.deriving(name, List.of(key), Derivations.repeated(features));
      } else if (name.endsWith(".running_mean")) {
        String convolution =
            key.contains(".bn") ? key.replace(".bn", ".conv") : key.replace(".1.", ".0.");
        String bias = convolution.replace(".running_mean", ".bias");
        if (keys.has(bias)) {
          candidate = candidate.deriving(name, List.of(key, bias), Derivations::unbiasedMean);
        }
      }
    }
    return candidate;
  }
}
