// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.networks.architectures;

import com.google.common.base.Joiner;
import com.google.common.collect.ImmutableList;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.SortedSet;
import java.util.regex.Pattern;

/** Networks of the first years, in the names of the programs that most weights are from. */
final class ClassicRows {

  static final ImmutableList<Architecture> ALL =
      ImmutableList.of(
          Row.ofScales("FSRCNN", ClassicRows::fsrcnn, 2, 3, 4),
          Row.ofScales("FSRCNN", ClassicRows::fsrcnnOfParts, 2, 3, 4),
          new Row("ESPCN", ClassicRows::espcn),
          new Row("ESPCN", ClassicRows::espcnOfFour),
          new Row("SRCNN", ClassicRows::srcnn),
          new Row("VDSR", ClassicRows::vdsr),
          new Row("LapSRN", ClassicRows::lapSrn),
          new Row("IRCNN", ClassicRows::ircnn),
          new Row("FFDNet", ClassicRows::ffdnet),
          new Row("DnCNN", ClassicRows::dncnn));

  private static final int MAX_NUMBER = 1000; // of a layer; networks in use have tens

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

  /** Lornatang/FSRCNN-PyTorch, model.py: as {@link #fsrcnn}, with a name for each part. */
  private static Optional<Candidate> fsrcnnOfParts(Keys keys, int scale) {
    SortedSet<Integer> mapping = keys.numbers("map\\.(\\d+)\\.bias");
    if (!keys.has("deconv.weight") || !keys.has("shrink.0.weight") || mapping.isEmpty()) {
      return Optional.empty();
    }
    Candidate candidate =
        Proposal.of("fsrcnn")
            .with("features", keys.length("feature_extraction.0.weight", 0), "feature_extraction")
            .with("shrunk", keys.length("shrink.0.weight", 0), "shrink.0.weight")
            .with("layers", mapping.size(), "map")
            .with("kernel", scale + 8, "the padding of the program")
            .atUntold(scale)
            .renaming("^feature_extraction\\.", "extract.")
            .renaming("^(extract|shrink|expand)\\.0\\.", "$1.")
            .renaming("^(extract|shrink|expand)\\.1\\.", "$1.prelu.");
    for (int i = 1; i <= mapping.size(); i++) {
      candidate =
          candidate
              .renaming("^map\\." + 2 * (i - 1) + "\\.", "map" + i + ".")
              .renaming("^map\\." + (2 * i - 1) + "\\.", "map" + i + ".prelu.");
    }
    return Optional.of(
        candidate.deriving(
            "deconv.weight", List.of("deconv.weight"), Derivations.enlarged(scale + 8)));
  }

  /** yjn870/ESPCN-pytorch, models.py, and Lornatang/ESPCN-PyTorch, model.py. */
  private static Optional<Candidate> espcn(Keys keys) {
    String first = keys.has("feature_maps.2.weight") ? "feature_maps" : "first_part";
    String last = first.equals("feature_maps") ? "sub_pixel" : "last_part";
    String tail = last + ".0.weight";
    if (!keys.has(first + ".2.weight") || !keys.has(tail)) {
      return Optional.empty();
    }
    return Optional.of(
        Proposal.of("espcn")
            .at(Proposal.factor(keys.length(tail, 0), 1), tail)
            .renaming("^" + first + "\\.0\\.", "conv1.")
            .renaming("^" + first + "\\.2\\.", "conv2.")
            .renaming("^" + last + "\\.0\\.", "conv3."));
  }

  /** pytorch/examples, super_resolution/model.py, and leftthomas/ESPCN, model.py. */
  private static Optional<Candidate> espcnOfFour(Keys keys) {
    if (keys.length("conv1.weight", 2) != 5 || !keys.has("conv4.weight")) {
      return Optional.empty();
    }
    return Optional.of(
        Proposal.of("espcn")
            .with("layers", 4, "conv4.weight")
            .with("activation", "relu", "the program")
            .at(Proposal.factor(keys.length("conv4.weight", 0), 1), "conv4.weight"));
  }

  /**
   * yjn870/SRCNN-pytorch, models.py, and every other file of three convolutions in a row, the first
   * of 9x9, whatever they are called.
   */
  private static Optional<Candidate> srcnn(Keys keys) {
    List<String> layers = keys.convolutions();
    int channels = 0;
    for (String layer : layers) {
      if (channels > 0 && keys.length(layer + ".weight", 1) != channels) {
        return Optional.empty();
      }
      channels = keys.length(layer + ".weight", 0);
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

  /**
   * twtygqyy/pytorch-vdsr, vdsr.py, in both of its forms, and Lornatang/VDSR-PyTorch, model.py, all
   * without biases; and {@code conv1} to the last, as converted from the authors' Caffe and MATLAB.
   */
  private static Optional<Candidate> vdsr(Keys keys) {
    List<String> names = vdsrLayers(keys);
    if (names.size() < 2 || keys.length(names.get(0) + ".weight", 1) != 1) {
      return Optional.empty();
    }
    String first = names.get(0) + ".weight";
    Candidate candidate =
        Proposal.of("vdsr")
            .with("layers", names.size(), "the names of its layers")
            .with("features", keys.length(first, 0), first)
            .at(new int[0], first);
    for (int i = 1; i <= names.size(); i++) {
      String key = names.get(i - 1) + ".weight";
      String bias = names.get(i - 1) + ".bias";
      candidate = candidate.deriving("conv" + i + ".weight", List.of(key), Derivations.times(1));
      candidate =
          keys.has(bias)
              ? candidate.deriving("conv" + i + ".bias", List.of(bias), Derivations.times(1))
              : candidate.deriving("conv" + i + ".bias", List.of(key), Derivations.constant(0));
    }
    return Optional.of(candidate);
  }

  /** Returns the names of the convolutions of VDSR, which the first of them tells. */
  private static List<String> vdsrLayers(Keys keys) {
    if (keys.has("features.0.weight")) {
      SortedSet<Integer> numbers = keys.numbers("features\\.(\\d+)\\.weight");
      return numbered(numbers, "features.%s", 0, 2);
    }
    if (keys.has("input.weight")) {
      SortedSet<Integer> inner = keys.numbers("residual_layer\\.(\\d+)\\.conv\\.weight");
      return between("input", numbered(inner, "residual_layer.%s.conv", 0, 1), "output");
    }
    if (keys.has("conv1.0.weight")) {
      SortedSet<Integer> inner = keys.numbers("trunk\\.(\\d+)\\.conv\\.weight");
      return between("conv1.0", numbered(inner, "trunk.%s.conv", 0, 1), "conv2");
    }
    SortedSet<Integer> numbers = keys.numbers("conv(\\d+)\\.weight");
    return numbers.size() > 3 && keys.length("conv1.weight", 2) == 3
        ? numbered(numbers, "conv%s", 1, 1)
        : List.of();
  }

  /**
   * Returns the names of layers up to the largest of some numbers, whether or not all are there.
   */
  private static List<String> numbered(
      SortedSet<Integer> numbers, String name, int first, int step) {
    int last = numbers.isEmpty() ? -1 : Math.min(numbers.last(), MAX_NUMBER);
    List<String> names = new ArrayList<>();
    for (int number = first; number <= last; number += step) {
      names.add(String.format(Locale.ROOT, name, number));
    }
    return names;
  }

  private static List<String> between(String first, List<String> names, String last) {
    return ImmutableList.<String>builder().add(first).addAll(names).add(last).build();
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

  /** cszn/KAIR, network_dncnn.py: the arrays of a DnCNN of seven layers, which is not published. */
  private static Optional<Candidate> ircnn(Keys keys) {
    SortedSet<Integer> layers = keys.numbers("model\\.(\\d+)\\.weight");
    return layers.size() == 7
            && layers.last() == 12
            && 2 * layers.size() == keys.shapes().size()
            && keys.length("model.12.weight", 0) == keys.length("model.0.weight", 1)
        ? Optional.of(Candidate.unsupported("its dilations are not in the file; export it to ONNX"))
        : Optional.empty();
  }

  /**
   * cszn/KAIR, network_ffdnet.py and FDnCNN of network_dncnn.py: a map of the noise comes along.
   */
  private static Optional<Candidate> ffdnet(Keys keys) {
    SortedSet<Integer> layers = keys.numbers("model\\.(\\d+)\\.weight");
    return layers.size() > 7
            && layers.stream().allMatch(layer -> layer % 2 == 0)
            && keys.length("model.0.weight", 1)
                == keys.length("model." + layers.last() + ".weight", 0) + 1
        ? Optional.of(Candidate.unsupported("it takes a map of the noise beside the image"))
        : Optional.empty();
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
