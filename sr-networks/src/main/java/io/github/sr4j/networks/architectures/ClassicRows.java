// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.networks.architectures;

import com.google.common.base.Joiner;
import com.google.common.collect.ImmutableList;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedSet;
import java.util.regex.Pattern;

/** Networks of the first years, in the names of the programs that most weights are from. */
final class ClassicRows {

  static final ImmutableList<Architecture> ALL =
      ImmutableList.of(
          Row.ofScales("FSRCNN", ClassicRows::fsrcnn, 2, 3, 4),
          new Row("ESPCN", ClassicRows::espcn),
          new Row("SRCNN", ClassicRows::srcnn),
          new Row("VDSR", ClassicRows::vdsr),
          new Row("LapSRN", ClassicRows::lapSrn),
          new Row("DnCNN", ClassicRows::dncnn));

  private ClassicRows() {}

  /**
   * yjn870/FSRCNN-pytorch, models.py. Its transposed convolution crops 4 pixels above and left
   * whatever the scale: a kernel of {@code scale + 8} does so in ours, the last rows and columns of
   * which are zero.
   */
  private static Optional<Candidate> fsrcnn(Keys keys, int scale) {
    SortedSet<Integer> middle = keys.numbers("mid_part\\.(\\d+)\\.bias");
    if (!keys.has("last_part.weight") || middle.size() < 3) {
      return Optional.empty();
    }
    int layers = middle.size() - 2;
    int expand = middle.last();
    Candidate candidate =
        Proposal.of("fsrcnn")
            .with("features", keys.length("first_part.0.weight", 0), "first_part.0.weight")
            .with("shrunk", keys.length("mid_part.0.weight", 0), "mid_part.0.weight")
            .with("layers", layers, "mid_part")
            .with("kernel", scale + 8, "the padding of the program")
            .atUntold(scale)
            .renaming("^first_part\\.0\\.", "extract.")
            .renaming("^first_part\\.1\\.", "extract.prelu.")
            .renaming("^mid_part\\.0\\.", "shrink.")
            .renaming("^mid_part\\.1\\.", "shrink.prelu.")
            .renaming("^mid_part\\." + expand + "\\.", "expand.")
            .renaming("^mid_part\\." + (expand + 1) + "\\.", "expand.prelu.")
            .renaming("^last_part\\.", "deconv.");
    for (int i = 1; i <= layers; i++) {
      candidate =
          candidate
              .renaming("^mid_part\\." + 2 * i + "\\.", "map" + i + ".")
              .renaming("^mid_part\\." + (2 * i + 1) + "\\.", "map" + i + ".prelu.");
    }
    return Optional.of(
        candidate.deriving(
            "deconv.weight", List.of("last_part.weight"), Derivations.enlarged(scale + 8)));
  }

  /** yjn870/ESPCN-pytorch, models.py. */
  private static Optional<Candidate> espcn(Keys keys) {
    if (!keys.has("first_part.2.weight") || !keys.has("last_part.0.weight")) {
      return Optional.empty();
    }
    return Optional.of(
        Proposal.of("espcn")
            .at(Proposal.factor(keys.length("last_part.0.weight", 0), 1), "last_part.0.weight")
            .renaming("^first_part\\.0\\.", "conv1.")
            .renaming("^first_part\\.2\\.", "conv2.")
            .renaming("^last_part\\.0\\.", "conv3."));
  }

  /**
   * yjn870/SRCNN-pytorch, models.py, and every other file of three convolutions in a row, the first
   * of 9x9, whatever they are called.
   */
  private static Optional<Candidate> srcnn(Keys keys) {
    List<String> layers = new ArrayList<>();
    int channels = 0;
    for (String key : keys.shapes().keySet()) {
      if (keys.shape(key, 4).isPresent() && key.endsWith(".weight")) {
        if (!layers.isEmpty() && keys.length(key, 1) != channels) {
          return Optional.empty();
        }
        channels = keys.length(key, 0);
        layers.add(key.substring(0, key.length() - ".weight".length()));
      }
    }
    if (layers.size() != 3 || keys.shapes().size() > 6) {
      return Optional.empty();
    }
    List<Integer> sides = layers.stream().map(layer -> keys.length(layer + ".weight", 2)).toList();
    String first = layers.get(0) + ".weight";
    if (sides.get(0) != 9 || keys.length(first, 1) != channels) {
      return Optional.empty();
    }
    Candidate candidate =
        Proposal.of("srcnn")
            .with("kernels", Joiner.on('-').join(sides), "the three convolutions")
            .with("color", channels == 1 ? "luma" : "rgb", first)
            .at(new int[] {2, 3, 4}, "the enlargement before the network");
    for (int i = 1; i <= 3; i++) {
      String layer = Pattern.quote(layers.get(i - 1));
      candidate = candidate.renaming("^" + layer + "\\.(weight|bias)$", "renamed" + i + ".$1");
    }
    return Optional.of(candidate.renaming("^renamed", "conv"));
  }

  /** twtygqyy/pytorch-vdsr, vdsr.py, in both of its forms: without biases. */
  private static Optional<Candidate> vdsr(Keys keys) {
    int inner = Proposal.count(keys, "residual_layer\\.(\\d+)\\.conv\\.weight");
    boolean isOld = inner > 0;
    int layers = isOld ? inner + 2 : keys.numbers("features\\.(\\d+)\\.weight").size();
    String first = isOld ? "input.weight" : "features.0.weight";
    if (layers < 2 || keys.length(first, 1) != 1) {
      return Optional.empty();
    }
    Candidate candidate =
        Proposal.of("vdsr")
            .with("layers", layers, "the names of its layers")
            .with("features", keys.length(first, 0), first)
            .at(new int[0], first);
    for (int i = 1; i <= layers; i++) {
      String old =
          i == 1 ? "input" : i == layers ? "output" : "residual_layer." + (i - 2) + ".conv";
      String key = (isOld ? old : "features." + 2 * (i - 1)) + ".weight";
      String bias = key.replace(".weight", ".bias");
      candidate = candidate.deriving("conv" + i + ".weight", List.of(key), Derivations.times(1));
      candidate =
          keys.has(bias)
              ? candidate.deriving("conv" + i + ".bias", List.of(bias), Derivations.times(1))
              : candidate.deriving("conv" + i + ".bias", List.of(key), Derivations.constant(0));
    }
    return Optional.of(candidate);
  }

  /** twtygqyy/pytorch-LapSRN, lapsrn.py. */
  private static Optional<Candidate> lapSrn(Keys keys) {
    if (!keys.hasAny("convt_F\\d\\.0\\.cov_block\\.\\d+\\.weight")) {
      return Optional.empty();
    }
    int levels = keys.numbers("convt_F(\\d)\\.0\\.cov_block\\.0\\.weight").size();
    int layers = keys.numbers("convt_F1\\.0\\.cov_block\\.(\\d+)\\.weight").size() - 1;
    return Optional.of(
        Proposal.of("lapsrn")
            .with("layers", layers, "convt_F1")
            .with("features", keys.length("conv_input.weight", 0), "conv_input.weight")
            .at(1 << levels, "the levels convt_F"));
  }

  /**
   * cszn/KAIR, network_dncnn.py, with normalisation or with it merged, and SaoYan/DnCNN-PyTorch,
   * models.py, without biases.
   */
  private static Optional<Candidate> dncnn(Keys keys) {
    String prefix = keys.has("dncnn.0.weight") ? "dncnn." : "model.";
    String layer = prefix.replace(".", "\\.") + "(\\d+)\\.weight";
    String first = prefix + "0.weight";
    int second = keys.length(prefix + "2.weight", 0);
    if (second == 0 || second != keys.length(first, 0) || keys.hasAny("model\\.1\\..*")) {
      return Optional.empty();
    }
    boolean isNormalized = keys.has(prefix + "3.running_mean");
    SortedSet<Integer> numbers = keys.numbers(layer);
    int last = numbers.last();
    int layers = isNormalized ? (last - 2) / 3 + 2 : last / 2 + 1;
    int channels = keys.length(first, 1);
    Candidate candidate =
        Proposal.of("dncnn")
            .with("layers", layers, "the names of its layers")
            .with("features", keys.length(first, 0), first)
            .with("color", channels == 1 ? "luma" : "rgb", first)
            .with("norm", isNormalized ? "batch" : "none", "running_mean, or its absence")
            .at(1, "the architecture")
            .renaming("^dncnn\\.", "model.");
    for (int number : List.of(0, last)) {
      if (!keys.has(prefix + number + ".bias")) {
        candidate =
            candidate.deriving(
                "model." + number + ".bias",
                List.of(prefix + number + ".weight"),
                Derivations.constant(0));
      }
    }
    for (int i = 3; isNormalized && i < last; i += 3) {
      String bias = prefix + (i - 1) + ".bias";
      if (keys.has(bias)) {
        candidate =
            candidate.deriving(
                "model." + i + ".running_mean",
                List.of(prefix + i + ".running_mean", bias),
                Derivations::unbiasedMean);
      }
    }
    return Optional.of(candidate);
  }
}
