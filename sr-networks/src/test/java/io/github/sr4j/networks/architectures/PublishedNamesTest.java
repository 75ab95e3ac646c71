// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.networks.architectures;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import com.google.common.base.Splitter;
import io.github.sr4j.ModelFormatException;
import io.github.sr4j.networks.Network;
import io.github.sr4j.networks.graph.Shape;
import io.github.sr4j.networks.graph.Tensor;
import io.github.sr4j.networks.zoo.Networks;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The names of layers in the programs of the authors, generated from ours. */
final class PublishedNamesTest {

  private static final String MEANS = "+sub_mean.weight 3,3,1,1; +sub_mean.bias 3; ";
  private static final String SHIFTERS =
      "+sub_mean.shifter.weight 3,3,1,1; +sub_mean.shifter.bias 3; +add_mean.shifter.bias 3";
  private static final String BASIC_SR =
      "^head\\.0 -> conv_first; ^tail\\.0 -> upsample; ^tail\\.1 -> conv_last; ";
  private static final String SRGAN =
      "^head\\.prelu -> block1.1; ^head -> block1.0; ^body\\.conv -> block4.0; ^body\\.norm ->"
          + " block4.1; ^up\\.0\\.prelu -> block5.0.prelu; ^up\\.0 -> block5.0.conv; ^tail ->"
          + " block5.1; ^blocks\\.0 -> block2; ^blocks\\.1 -> block3; \\.norm -> .bn;"
          + " +block2.conv1.bias 8; +block2.conv2.bias 8; +block3.conv1.bias 8; +block3.conv2.bias"
          + " 8; +block4.0.bias 8; +block2.prelu.weight 1; +block1.1.weight 1;"
          + " +block5.0.prelu.weight 1; +block2.bn1.num_batches_tracked ";

  private static final String TRUNK =
      "^head\\.prelu -> CONV1.1; ^head -> CONV1.0; ^body\\.conv -> CONV2.0; ^body\\.norm -> CONV2.1;"
          + "^tail -> CONV3; ^up\\.0\\.prelu -> upsampling.0.upsample_block.2; ^up\\.0 ->"
          + " upsampling.0.upsample_block.0; ^up\\.2\\.prelu -> upsampling.1.upsample_block.2; ^up\\.2 ->"
          + " upsampling.1.upsample_block.0; ^up\\.4\\.prelu -> upsampling.2.upsample_block.2; ^up\\.4 ->"
          + " upsampling.2.upsample_block.0; ^blocks\\.(\\d)\\.conv1 -> trunk.$1.rcb.0;"
          + " ^blocks\\.(\\d)\\.norm1 -> trunk.$1.rcb.1; ^blocks\\.(\\d)\\.prelu -> trunk.$1.rcb.2;"
          + " ^blocks\\.(\\d)\\.conv2 -> trunk.$1.rcb.3; ^blocks\\.(\\d)\\.norm2 -> trunk.$1.rcb.4;"
          + " +trunk.0.rcb.2.weight 1; +trunk.0.rcb.1.num_batches_tracked ";
  private static final String SPAN_BRANCHES = spanBranches();

  private static String spanBranches() {
    StringBuilder changes = new StringBuilder();
    List<String> layers = new ArrayList<>(List.of("conv_1 3", "conv_2 52"));
    for (int block = 1; block <= 6; block++) {
      for (int layer = 1; layer <= 3; layer++) {
        layers.add("block_" + block + ".c" + layer + "_r 52");
      }
    }
    for (String layer : layers) {
      List<String> parts = Splitter.on(' ').splitToList(layer);
      String name = "+" + parts.get(0);
      String in = parts.get(1);
      int wide = 2 * Integer.parseInt(in);
      changes.append(name + ".sk.weight 52," + in + ",1,1; " + name + ".sk.bias 52; ");
      changes.append(name + ".conv.0.weight " + wide + "," + in + ",1,1; ");
      changes.append(name + ".conv.0.bias " + wide + "; ");
      changes.append(name + ".conv.1.weight 104," + wide + ",3,3; ");
      changes.append(name + ".conv.1.bias 104; " + name + ".conv.2.weight 52,104,1,1; ");
      changes.append(name + ".conv.2.bias 52; ");
    }
    return changes.toString();
  }

  /**
   * Rows of an architecture, its network and its scales, with the changes that make its keys of
   * ours: {@code pattern -> replacement}, {@code +key shape} for one more, {@code -pattern} for
   * fewer.
   */
  static Stream<Arguments> rows() {
    return Stream.of(
        arguments("RRDBNet", "rrdbnet(blocks=2, features=8, growth=4, unshuffle=1)", "4", ""),
        arguments("RRDBNet", "rrdbnet(blocks=2, features=8, growth=4, unshuffle=2)", "2", ""),
        arguments("RRDBNet", "rrdbnet(blocks=1, features=8, growth=4, unshuffle=4)", "1", ""),
        arguments("RRDBNet", "rrdbnet(blocks=1, features=8, growth=4, unshuffle=1)", "8", ""),
        arguments(
            "RRDBNet",
            "rrdbnet(blocks=2, features=8, growth=4, unshuffle=1)",
            "4",
            "^body\\.(\\d)\\.rdb -> RRDB_trunk.$1.RDB; conv_body -> trunk_conv; conv_up -> upconv;"
                + " conv_hr -> HRconv"),
        arguments(
            "RRDBNet",
            "rrdbnet(blocks=3, features=8, growth=4, unshuffle=1)",
            "4",
            "^body\\.(\\d)\\.rdb(\\d)\\.conv(\\d) -> model.1.sub.$1.RDB$2.conv$3.0; conv_body ->"
                + " model.1.sub.3; conv_first -> model.0; conv_up1 -> model.3; conv_up2 -> model.6;"
                + " conv_hr -> model.8; conv_last -> model.10"),
        arguments(
            "RRDBNet",
            "rrdbnet(blocks=1, features=8, growth=4, unshuffle=1)",
            "1",
            "^body\\.(\\d)\\.rdb(\\d)\\.conv(\\d) -> model.1.sub.$1.RDB$2.conv$3.0; conv_body ->"
                + " model.1.sub.1; conv_first -> model.0; conv_hr -> model.2; conv_last ->"
                + " model.4"),
        arguments("IMDN", "imdn(blocks=6, features=64)", "2", ""),
        arguments("IMDN-RTC", "imdn-rtc(blocks=5, features=12)", "2", ""),
        arguments("IMDN-RTE", "imdn-rte(blocks=6, features=20)", "2", ""),
        arguments("RFDN", "rfdn(blocks=4, features=50)", "4", ""),
        arguments("RLFN", "rlfn(blocks=6, features=52, middle=52, attention=16)", "2", ""),
        arguments("RLFN", "rlfn(blocks=4, features=46, middle=48, attention=16)", "4", ""),
        arguments("PAN", "pan(blocks=16, features=40, upsampled=24)", "2,3", ""),
        arguments("PAN", "pan(blocks=16, features=40, upsampled=24)", "4", ""),
        arguments("CARN-M", "carn-m(features=64, groups=4, scales=2-3-4)", "2,3,4", SHIFTERS),
        arguments("CARN", "carn(features=64, scales=2-3-4)", "2,3,4", SHIFTERS),
        arguments("CARN", "carn(features=64)", "4", SHIFTERS),
        arguments("CARN", "carn(features=64)", "3", ""),
        arguments("SAFMN", "safmn(blocks=8, features=36, hidden=72)", "4", ""),
        arguments(
            "SPAN",
            "span(blocks=6, features=48, mean=div2k)",
            "4",
            "^(conv_[12]|block_.*)\\.(weight|bias)$ -> $1.eval_conv.$2"),
        arguments(
            "SPAN",
            "span(blocks=6, features=48, mean=none)",
            "2",
            "^(conv_[12]|block_.*)\\.(weight|bias)$ -> $1.eval_conv.$2; +no_norm 1"),
        arguments("EDSR", "edsr(blocks=16, features=64, scaling=1.0)", "3", MEANS),
        arguments("EDSR", "edsr(blocks=2, features=256, scaling=0.1)", "4", MEANS),
        arguments(
            "EDSR",
            "edsr(blocks=16, features=64, scaling=1.0)",
            "4",
            "^body\\.(\\d+)\\.body\\.0 -> body.$1.conv1; ^body\\.(\\d+)\\.body\\.2 ->"
                + " body.$1.conv2;^body\\.16 -> conv_after_body; "
                + BASIC_SR),
        arguments("MDSR", "mdsr(scales=2-3-4, blocks=3, features=8)", "2,3,4", MEANS),
        arguments("RCAN", "rcan(groups=2, blocks=3, features=16, reduction=4)", "2", MEANS),
        arguments(
            "RCAN",
            "rcan(groups=2, blocks=3, features=16, reduction=4)",
            "4",
            "\\.3\\.conv_du\\.0 -> .3.attention.1; \\.3\\.conv_du\\.2 -> .3.attention.3;"
                + "^body\\.(\\d)\\.body\\.(\\d)\\.body\\. -> body.$1.residual_group.$2.rcab.;"
                + "^body\\.(\\d)\\.body\\.3 -> body.$1.conv; ^body\\.2 -> conv_after_body; "
                + BASIC_SR),
        arguments("MSRResNet", "msrresnet(blocks=16, features=64)", "4", ""),
        arguments("MSRResNet", "msrresnet(blocks=2, features=64)", "3", ""),
        arguments("SRGAN", "srresnet(blocks=2, features=8, norm=batch, output=tanh)", "2", SRGAN),
        arguments(
            "FSRCNN",
            "fsrcnn(features=56, shrunk=12, layers=4, kernel=10)",
            "2,3,4",
            "extract\\.prelu -> first_part.1; extract -> first_part.0; shrink\\.prelu ->"
                + " mid_part.1;shrink -> mid_part.0; expand\\.prelu -> mid_part.11; expand ->"
                + " mid_part.10;map1\\.prelu -> mid_part.3; map1 -> mid_part.2; map2\\.prelu ->"
                + " mid_part.5;map2 -> mid_part.4; map3\\.prelu -> mid_part.7; map3 ->"
                + " mid_part.6;map4\\.prelu -> mid_part.9; map4 -> mid_part.8; deconv ->"
                + " last_part;+last_part.weight 56,1,9,9"),
        arguments(
            "ESPCN",
            "espcn",
            "3",
            "conv1 -> first_part.0; conv2 -> first_part.2; conv3 -> last_part.0"),
        arguments("SRCNN", "srcnn(kernels=9-5-5, color=luma, init=small)", "2,3,4", ""),
        arguments(
            "SRCNN",
            "srcnn(kernels=9-1-5, color=rgb, init=small)",
            "2,3,4",
            "conv1 -> conv2d; conv2 -> conv2d_1; conv3 -> conv2d_2"),
        arguments(
            "VDSR",
            "vdsr(layers=4, features=64)",
            "",
            "-.*\\.bias; conv1 -> input; conv2 -> residual_layer.0.conv; conv3 ->"
                + " residual_layer.1.conv; conv4 -> output"),
        arguments(
            "VDSR",
            "vdsr(layers=3, features=64)",
            "",
            "-.*\\.bias; conv1 -> features.0; conv2 -> features.2; conv3 -> features.4"),
        arguments("LapSRN", "lapsrn(layers=10, features=64)", "4", ""),
        arguments("DnCNN", "dncnn(layers=17, features=64, color=luma, norm=none)", "1", ""),
        arguments(
            "DnCNN",
            "dncnn(layers=20, features=64, color=rgb, norm=batch)",
            "1",
            "+model.2.bias 64; +model.3.num_batches_tracked "),
        arguments(
            "DnCNN",
            "dncnn(layers=17, features=64, color=luma, norm=batch)",
            "1",
            "-model\\.(0|47)\\.bias; model -> dncnn"),
        arguments(
            "FSRCNN",
            "fsrcnn(features=56, shrunk=12, layers=4, kernel=10)",
            "2,3,4",
            "extract\\.prelu -> feature_extraction.1; ^extract\\.(w|b) -> feature_extraction.0.$1; "
                + "shrink\\.prelu -> shrink.1; ^shrink\\.(w|b) -> shrink.0.$1; expand\\.prelu ->"
                + " expand.1; ^expand\\.(w|b) -> expand.0.$1; map1\\.prelu -> map.1; map1 -> map.0;"
                + " map2\\.prelu -> map.3; map2 -> map.2; map3\\.prelu -> map.5; map3 -> map.4;"
                + " map4\\.prelu -> map.7; map4 -> map.6; +deconv.weight 56,1,9,9"),
        arguments(
            "ESPCN",
            "espcn",
            "4",
            "conv1 -> feature_maps.0; conv2 -> feature_maps.2; conv3 -> sub_pixel.0"),
        arguments("ESPCN", "espcn(layers=4, activation=relu)", "3", ""),
        arguments(
            "VDSR",
            "vdsr(layers=5, features=64)",
            "",
            "-.*\\.bias; conv1 -> conv1.0; conv2 -> trunk.0.conv; conv3 -> trunk.1.conv; conv4 ->"
                + " trunk.2.conv; conv5 -> conv2"),
        arguments(
            "SRGAN",
            "srresnet(blocks=3, features=8, norm=batch)",
            "4",
            TRUNK.replace("CONV", "conv_block")),
        arguments(
            "SRGAN",
            "srresnet(blocks=3, features=8, norm=batch)",
            "8",
            TRUNK.replace("CONV", "conv")),
        arguments(
            "MSRResNet",
            "msrresnet(blocks=16, features=64)",
            "2",
            "^body -> recon_trunk; conv_hr -> HRconv"),
        arguments("waifu2x vgg_7", "vgg7(color=rgb, features=32)", "1", "^net\\. -> Sequential."),
        arguments(
            "waifu2x upconv_7",
            "upconv7(color=rgb, features=16)",
            "2",
            "^net\\. -> Sequential.; -Sequential\\.12\\.bias"),
        arguments(
            "SPAN",
            "span(blocks=6, features=52, mean=div2k)",
            "4",
            "^(conv_[12]|block_.*c\\d_r)\\.(weight|bias)$ -> $1.eval_conv.$2; " + SPAN_BRANCHES),
        arguments(
            "TransformerNet",
            "fast-style(blocks=5, features=32)",
            "1",
            "+in4.running_mean 128; +in4.running_var 128; +res1.in1.running_mean 128;"
                + " +res5.in2.running_var 128"),
        arguments("DnCNN", "dncnn(layers=20, features=64, color=rgb, norm=none)", "1", ""),
        arguments(
            "waifu2x cunet",
            "cunet(features=64)",
            "2",
            "seblock\\.0 -> seblock.conv1; seblock\\.2 -> seblock.conv2"),
        arguments(
            "waifu2x cunet",
            "cunet(features=64)",
            "1",
            "seblock\\.0 -> seblock.conv1; seblock\\.2 -> seblock.conv2"),
        arguments("waifu2x upconv_7", "upconv7(color=rgb, features=16)", "2", ""),
        arguments("waifu2x vgg_7", "vgg7(color=luma, features=32)", "1", ""),
        arguments(
            "TransformerNet", "fast-style(blocks=5, features=32)", "1", "+in1.running_mean 32"));
  }

  @ParameterizedTest(name = "{0}: {1} x{2}")
  @MethodSource("rows")
  void architecture_isRecognisedByTheNamesOfItsAuthors(
      String architecture, String network, String scales, String changes) {
    Map<String, Shape> shapes = shapes(network, scales, changes);

    Recognised recognised = Architectures.recognise("some.pth", shapes);

    assertThat(recognised.architecture()).isEqualTo(architecture);
    int scale = recognised.scales().isEmpty() ? 2 : recognised.scales().get(0);
    assertThat(Networks.of(recognised.network(), scale)).isEqualTo(Networks.of(network, scale));
    assertThat(recognised.scales()).isEqualTo(numbers(scales));
    assertThat(recognised.evidence()).isNotEmpty();
  }

  /** Weights have the names and shapes of the network's, those that are computed too. */
  @ParameterizedTest(name = "{0}: {1} x{2}")
  @MethodSource("rows")
  void weights_haveTheShapesOfTheNetwork(
      String architecture, String network, String scales, String changes) {
    Map<String, Tensor> arrays = new LinkedHashMap<>();
    shapes(network, scales, changes)
        .forEach((key, shape) -> arrays.put(key, Tensor.of(shape, new float[(int) shape.size()])));
    arrays.computeIfPresent(
        "sub_mean.bias",
        (key, zeros) -> Tensor.of(zeros.shape(), -0.4488f * 255, -0.4371f * 255, -0.4040f * 255));
    Map<String, Shape> shapes = new LinkedHashMap<>();
    arrays.forEach((key, array) -> shapes.put(key, array.shape()));
    Recognised recognised = Architectures.recognise("some.pth", shapes);
    int scale = recognised.scales().isEmpty() ? 2 : recognised.scales().get(0);

    Map<String, Tensor> weights =
        recognised.weights(Networks.of(recognised.network(), scale), arrays);

    Map<String, Shape> actual = new LinkedHashMap<>();
    weights.forEach((name, tensor) -> actual.put(name, tensor.shape()));
    Map<String, Shape> expected = new LinkedHashMap<>();
    Networks.parameters(Networks.of(network, scale))
        .forEach(parameter -> expected.put(parameter.name(), parameter.shape()));
    assertThat(actual).isEqualTo(expected);
  }

  @ParameterizedTest(name = "{0}: {1} x{2}")
  @MethodSource("rows")
  void architectureWithoutOneOfItsArrays_isNotRecognised(
      String architecture, String network, String scales, String changes) {
    Map<String, Shape> shapes = shapes(network, scales, changes);
    // The bias of a layer tells nothing but is missed; the last convolution of all has one.
    List<String> keys = new ArrayList<>(shapes.keySet());
    keys.removeIf(key -> !key.endsWith(architecture.equals("VDSR") ? ".weight" : ".bias"));
    keys.removeIf(key -> key.contains("_mean.") || key.startsWith("block2.conv"));
    keys.removeIf(key -> architecture.equals("DnCNN") && key.matches(".*\\.(0|2|47|56)\\.bias"));
    String missing =
        keys.isEmpty()
            ? "convt_R2.weight"
            : keys.get(architecture.equals("VDSR") ? 1 : keys.size() / 2);
    shapes.remove(missing);

    assertThatThrownBy(() -> Architectures.recognise("some.pth", shapes))
        .isInstanceOf(ModelFormatException.class)
        .hasMessageContaining("differs: ");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "SwinIR|layers.0.residual_group.blocks.0.attn.relative_position_bias_table",
        "Swin2SR|layers.0.residual_group.blocks.0.attn.logit_scale",
        "HAT|layers.0.residual_group.overlap_attn.relative_position_bias_table",
        "ESRGAN+|model.1.sub.0.RDB1.conv1x1.weight",
        "DAT|before_RG.1.weight",
        "DRCT|layers.0.swin1.attn.relative_position_bias_table",
        "Real-CUGAN pro|pro",
        "NAFNet|middle_blks.0.beta",
        "OmniSR|residual_layer.0.residual_layer.0.layer.0.fn.0.weight",
        "PLKSR|feats.1.lk.conv.weight"
      })
  void architectureThatIsKnownAndNotSupported_isNamed(String nameAndKey) {
    List<String> parts = Splitter.on('|').splitToList(nameAndKey);

    assertThatThrownBy(
            () -> Architectures.recognise("some.pth", Map.of(parts.get(1), Shape.of(2, 2))))
        .isInstanceOf(ModelFormatException.class)
        .hasMessageContaining("is " + parts.get(0) + ", which is known but not supported: ");
  }

  /** Arrays that do not tell what is computed of them. */
  @ParameterizedTest
  @CsvSource({
    "IRCNN, model, 0-12, 1, 1, its dilations are not in the file",
    "FFDNet, model, 0-22, 5, 4, a map of the noise",
    "FFDNet, model, 0-28, 13, 12, a map of the noise",
    "FFDNet, model, 0-38, 2, 1, a map of the noise",
    "SRVGGNetCompact, body, 0-34, 3, 48, its activations have no weights",
  })
  void architectureOfWhichSomethingIsUntold_isRefusedByName(
      String name, String prefix, String numbers, int in, int out, String reason) {
    Map<String, Shape> shapes = new LinkedHashMap<>();
    int last = Integer.parseInt(numbers.substring(2));
    for (int i = 0; i <= last; i += 2) {
      int kernels = i == last ? out : 64;
      shapes.put(prefix + "." + i + ".weight", Shape.of(kernels, i == 0 ? in : 64, 3, 3));
      shapes.put(prefix + "." + i + ".bias", Shape.of(kernels));
    }

    assertThatThrownBy(() -> Architectures.recognise("some.pth", shapes))
        .isInstanceOf(ModelFormatException.class)
        .hasMessageContaining("is " + name + ", which is known but not supported: ")
        .hasMessageContaining(reason);
  }

  @Test
  void srganOfPyTorchGan_isRefusedByName() {
    Map<String, Shape> shapes =
        Map.of(
            "res_blocks.0.conv_block.0.weight",
            Shape.of(64, 64, 3, 3),
            "upsampling.1.running_mean",
            Shape.of(256));

    assertThatThrownBy(() -> Architectures.recognise("some.pth", shapes))
        .hasMessageContaining("is SRGAN of PyTorch-GAN, which is known but not supported: ");
  }

  @Test
  void networkWithoutMeans_isRefusedByName() {
    Map<String, Shape> shapes = shapes("edsr(blocks=1, features=8)", "2", "");

    assertThatThrownBy(() -> Architectures.recognise("some.pth", shapes))
        .hasMessageContaining(
            "is EDSR, which is known but not supported: without its layer sub_mean");
  }

  /** The layer that subtracts the mean colour tells in what range samples were. */
  @ParameterizedTest
  @CsvSource({"255", "1"})
  void biasesOfEdsr_areOfTheRangeOfItsMean(float range) {
    Map<String, Tensor> arrays = new LinkedHashMap<>();
    Map<String, Shape> shapes = shapes("edsr(blocks=1, features=8)", "2", MEANS);
    shapes.forEach(
        (key, shape) -> {
          float[] samples = new float[(int) shape.size()];
          Arrays.fill(samples, range);
          arrays.put(key, Tensor.of(shape, samples));
        });
    arrays.put(
        "sub_mean.bias",
        Tensor.of(Shape.of(3), -0.4488f * range, -0.4371f * range, -0.4040f * range));
    Recognised recognised = Architectures.recognise("some.pth", shapes);
    Network network = Networks.of(recognised.network(), 2);

    assertThat(recognised.weights(network, arrays).get("head.0.bias").samples()).containsOnly(1);

    arrays.put("sub_mean.bias", Tensor.of(Shape.of(3), -0.5f, -0.5f, -0.5f));
    assertThatThrownBy(() -> recognised.weights(network, arrays))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("sub_mean must subtract the mean colour of DIV2K");
  }

  /** As safetensors sorts them: 0, 10, 12, 2, 4. */
  @Test
  void layersInTheOrderOfText_areRecognised() {
    Map<String, Shape> sorted = new TreeMap<>(shapes("vgg7", "1", "^net\\. -> m."));

    assertThat(Architectures.recognise("some.pth", sorted).network()).isEqualTo("vgg7(color=rgb)");
  }

  private static List<Integer> numbers(String scales) {
    return Splitter.on(',').omitEmptyStrings().splitToStream(scales).map(Integer::valueOf).toList();
  }

  private static Map<String, Shape> shapes(String network, String scales, String changes) {
    int scale = scales.isEmpty() ? 2 : numbers(scales).get(0);
    Map<String, Shape> shapes = new LinkedHashMap<>();
    Networks.parameters(Networks.of(network, scale))
        .forEach(parameter -> shapes.put(parameter.name(), parameter.shape()));
    Map<String, Shape> changed = shapes;
    for (String change : Splitter.on(';').trimResults().omitEmptyStrings().split(changes)) {
      changed = changed(changed, change);
    }
    return changed;
  }

  private static Map<String, Shape> changed(Map<String, Shape> shapes, String change) {
    Map<String, Shape> changed = new LinkedHashMap<>();
    if (change.startsWith("-")) {
      changed.putAll(shapes);
      changed.keySet().removeIf(key -> key.matches(change.substring(1)));
    } else if (change.startsWith("+")) {
      changed.putAll(shapes);
      List<String> parts = Splitter.on(' ').splitToList(change.substring(1));
      long[] lengths =
          parts.size() == 1
              ? new long[0]
              : numbers(parts.get(1)).stream().mapToLong(Integer::longValue).toArray();
      changed.put(parts.get(0), Shape.of(lengths));
    } else {
      List<String> parts = Splitter.on(" -> ").splitToList(change);
      Pattern pattern = Pattern.compile(parts.get(0));
      shapes.forEach(
          (key, shape) -> changed.put(pattern.matcher(key).replaceAll(parts.get(1)), shape));
    }
    return changed;
  }
}
