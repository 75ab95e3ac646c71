// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.onnx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.common.collect.ImmutableSet;
import io.github.sr4j.BlockUpscaler;
import io.github.sr4j.Device;
import io.github.sr4j.FloatImage;
import io.github.sr4j.Model;
import io.github.sr4j.Model.Declaration.Range;
import io.github.sr4j.ModelFormatException;
import io.github.sr4j.imaging.Resampling;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The range in which a network enlarges is found, or asked for; never is it another one. */
final class RangeProbeTest {

  private static final Set<Range> ALL = ImmutableSet.copyOf(Range.values());
  private static final int SCALE = 2;

  /** Makes of a network for [0, 1] one for other ranges, as if its weights had been multiplied. */
  private static RangeProbe.Run folded(
      UnaryOperator<FloatImage> network, Range takes, Range returns) {
    return (block, given) -> {
      FloatImage seen =
          affine(
              block,
              factor(given) / factor(takes),
              (given.black() - takes.black()) / factor(takes));
      return affine(network.apply(seen), factor(returns), returns.black());
    };
  }

  private static FloatImage affine(FloatImage image, float factor, float constant) {
    float[] samples = image.samples().clone();
    for (int i = 0; i < samples.length; i++) {
      samples[i] = samples[i] * factor + constant;
    }
    return FloatImage.wrap(image.channels(), image.height(), image.width(), samples);
  }

  private static RangeProbe.Network network(int channels, int scale) {
    return new RangeProbe.Network("net.onnx", channels, 41, 33, scale, 0, 1);
  }

  private static float factor(Range range) {
    return range.white() - range.black();
  }

  private static SampleRanges find(RangeProbe.Run run) {
    return new RangeProbe(network(1, SCALE), run).find(ALL, ALL);
  }

  private static FloatImage bicubic(FloatImage image) {
    return Resampling.bicubic(image, image.width() * SCALE, image.height() * SCALE);
  }

  @ParameterizedTest
  @EnumSource(names = {"ONE", "BYTE"})
  void trainedNetwork_ofOneRange_isFound(Range range) {
    try (BlockUpscaler compact = OnnxModelReader.open(Model.embedded("fast-x2"), Device.cpu(), 1)) {
      assertThat(find(folded(compact::upscale, range, range))).isEqualTo(SampleRanges.of(range));
    }
  }

  /** In half its range a network may do as well; then it is asked for, but no other is taken. */
  @ParameterizedTest
  @CsvSource({"SIGNED, SIGNED", "ONE, SIGNED", "BYTE, ONE", "SIGNED, ONE", "ONE, BYTE"})
  void trainedNetwork_ofAnyRanges_isFoundOrAskedFor(Range takes, Range returns) {
    try (BlockUpscaler compact = OnnxModelReader.open(Model.embedded("fast-x2"), Device.cpu(), 1)) {
      RangeProbe.Run run = folded(compact::upscale, takes, returns);
      try {
        assertThat(find(run)).isEqualTo(new SampleRanges(takes, returns));
      } catch (ModelFormatException e) {
        assertThat(e).hasMessageContaining("equally well").hasMessageContaining("range=");
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void rangeOfTheOutput_isFoundBesideAKnownInput(Range returns) {
    RangeProbe.Run run = folded(RangeProbeTest::bicubic, Range.BYTE, returns);

    assertThat(new RangeProbe(network(1, SCALE), run).find(ImmutableSet.of(Range.BYTE), ALL))
        .isEqualTo(new SampleRanges(Range.BYTE, returns));
  }

  /** It does the same in all of them, so that there is nothing to choose. */
  @ParameterizedTest
  @ValueSource(ints = {1, 3})
  void linearNetwork_hasTheRangeOne(int channels) {
    RangeProbe.Run run = (block, range) -> affine(bicubic(block), factor(range), range.black());

    assertThat(new RangeProbe(network(channels, SCALE), run).find(ALL, ALL))
        .isEqualTo(SampleRanges.of(Range.ONE));
  }

  @Test
  void equallyGoodRanges_ofDifferentResults_areAskedFor() {
    RangeProbe.Run run =
        (block, range) -> {
          float shift = range == Range.ONE ? 0.004f : range == Range.BYTE ? -0.004f : 9;
          return affine(bicubic(block), factor(range), range.black() + shift * factor(range));
        };

    assertThatThrownBy(() -> find(run))
        .isInstanceOf(ModelFormatException.class)
        .hasMessageStartingWith(
            "net.onnx: the range of its samples is not known: a test picture comes out equally"
                + " well in several ranges (1: ")
        .hasMessageContaining("declare range 1 or 255 or -1..1");
  }

  @Test
  void networkThatEnlargesNothing_isAskedFor() {
    RangeProbe.Run run = (block, range) -> affine(bicubic(block), 0, 0.5f);

    assertThatThrownBy(() -> find(run))
        .isInstanceOf(ModelFormatException.class)
        .hasMessageContaining("a test picture comes out wrong in each range (1: ")
        .hasMessageContaining("dB");
    assertThatThrownBy(() -> find((block, range) -> affine(bicubic(block), Float.NaN, 0)))
        .hasMessageContaining("(1: no numbers, 255: no numbers, -1..1: no numbers)");
  }

  /** A network that restyles does not return the picture, but it returns pictures. */
  @ParameterizedTest
  @EnumSource
  void restylingNetwork_hasTheRangeInWhichItReturnsAnImage(Range returns) {
    RangeProbe.Run run =
        (block, range) -> affine(block, -factor(returns), returns.black() + factor(returns));
    RangeProbe.Run restyling = (block, range) -> run.on(block, Range.ONE);

    assertThat(new RangeProbe(network(3, 1), restyling).find(ALL, ALL).output()).isEqualTo(returns);
  }

  @ParameterizedTest
  @EnumSource(names = {"ONE", "BYTE"})
  void preupscaledNetwork_isTriedOnWhatWasEnlarged(Range range) {
    RangeProbe.Network preupscaled =
        new RangeProbe.Network("net.onnx", 1, 42, 34, /* scale= */ 1, 0, /* preupscale= */ 2);
    RangeProbe.Run run =
        folded(
            image -> {
              float[] samples = image.samples().clone();
              for (int i = 0; i < samples.length; i++) {
                samples[i] = Math.max(0.05f, Math.min(1, samples[i]));
              }
              return FloatImage.wrap(1, image.height(), image.width(), samples);
            },
            range,
            range);

    assertThat(new RangeProbe(preupscaled, run).find(ALL, ALL)).isEqualTo(SampleRanges.of(range));
  }
}
