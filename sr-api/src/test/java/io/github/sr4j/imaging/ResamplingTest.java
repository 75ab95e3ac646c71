// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.imaging;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.github.sr4j.FloatImage;
import java.util.Arrays;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class ResamplingTest {

  // Sums of at most a few dozen float products of magnitude 1.
  private static final Offset<Float> ROUNDING = within(2e-6f);

  @Test
  void enlarged_twoSamplesToFour_areWorkedOutByHand() {
    // k(1/4) = 111/128, k(3/4) = 29/128, k(5/4) = -9/128, k(7/4) = -3/128; mirrored: 1 0 | 0 1 | 1
    // 0
    float[] expected = {-12 / 128f, 26 / 128f, 102 / 128f, 140 / 128f};

    assertSamples(Resampling.bicubic(Images.row(0, 1), 4, 1), expected);
    assertSamples(Resampling.bicubic(Images.column(0, 1), 1, 4), expected);
  }

  @Test
  void enlarged_impulseByThree_isTheKernelAtThirds() {
    float[] impulse = new float[7];
    impulse[3] = 1;

    FloatImage enlarged = Resampling.bicubic(Images.row(impulse), 21, 1);

    // k(5/3), k(4/3), k(1), k(2/3), k(1/3), k(0) and back
    float[] around = {-1 / 27f, -2 / 27f, 0, 9 / 27f, 21 / 27f, 1, 21 / 27f, 9 / 27f, 0, -2 / 27f};
    assertThat(Arrays.copyOfRange(enlarged.samples(), 5, 15)).containsExactly(around, ROUNDING);
  }

  @Test
  void shrunk_fourSamplesToTwo_areAntialiased() {
    // The kernel stretched by 2: k(d / 2) / 2 at d = 1/2, 3/2, 5/2, 7/2
    // is 111/256, 29/256, -9/256, -3/256.
    float[] expected = {140 / 256f, -12 / 256f};

    assertSamples(Resampling.bicubic(Images.row(1, 0, 0, 0), 2, 1), expected);
    assertSamples(Resampling.bicubic(Images.column(1, 0, 0, 0), 1, 2), expected);
  }

  @Test
  void ramp_enlarged_staysARampAwayFromTheEdges() {
    float[] ramp = new float[16];
    for (int i = 0; i < 16; i++) {
      ramp[i] = i;
    }

    FloatImage enlarged = Resampling.bicubic(Images.row(ramp), 64, 1);

    for (int x = 8; x < 56; x++) {
      assertThat(enlarged.sample(0, x, 0)).isCloseTo((x + 0.5f) / 4 - 0.5f, within(1e-5f));
    }
  }

  @Test
  void sameSize_isTheSameImage() {
    FloatImage image = Images.noise(3, 13, 9);

    assertSamples(Resampling.bicubic(image, 13, 9), image.samples());
  }

  @ParameterizedTest(name = "{0}x{1} to {2}x{3}")
  @CsvSource({
    "1, 1, 1, 1",
    "1, 1, 4, 3",
    "2, 1, 4, 2",
    "3, 2, 9, 6",
    "7, 5, 28, 20",
    "7, 5, 35, 10",
    "12, 10, 6, 5",
    "12, 9, 4, 3",
    "13, 11, 20, 17",
    "20, 17, 13, 11",
    "9, 8, 27, 4",
    "8, 9, 4, 27",
    "30, 20, 1, 1",
    "500, 1, 1000, 2",
    "1, 500, 2, 167"
  })
  void bicubic_isTheDefinition(int width, int height, int newWidth, int newHeight) {
    FloatImage image = Images.noise(3, width, height);

    FloatImage actual = Resampling.bicubic(image, newWidth, newHeight);

    assertThat(actual.width()).isEqualTo(newWidth);
    assertThat(actual.height()).isEqualTo(newHeight);
    assertSamples(actual, defined(image, newWidth, newHeight));
  }

  @ParameterizedTest(name = "to {0}x{1}")
  @CsvSource({"34, 26", "51, 39", "9, 7", "20, 29", "1, 1"})
  void constant_staysConstant(int width, int height) {
    FloatImage resampled = Resampling.bicubic(Images.constant(1, 17, 13, 0.7f), width, height);

    float[] expected = new float[width * height];
    Arrays.fill(expected, 0.7f);
    assertSamples(resampled, expected);
  }

  @ParameterizedTest(name = "to {0}x{1}")
  @CsvSource({"34, 26", "51, 39", "9, 7", "20, 29"})
  void bicubic_commutesWithTurningAndTransposing(int width, int height) {
    FloatImage image = Images.noise(3, 17, 13);
    FloatImage resampled = Resampling.bicubic(image, width, height);

    assertSamples(
        Resampling.bicubic(Images.turned(image), width, height),
        Images.turned(resampled).samples());
    assertSamples(
        Resampling.bicubic(Images.transposed(image), height, width),
        Images.transposed(resampled).samples());
  }

  @Test
  void enlarged_shiftedByAPixel_isShiftedByTheScale() {
    FloatImage image = Images.noise(1, 20, 20);

    FloatImage whole = Resampling.bicubic(image, 60, 60);
    FloatImage shifted = Resampling.bicubic(image.crop(1, 2, 19, 18), 57, 54);

    // Two pixels from an edge the mirror image is seen no more.
    assertSamples(shifted.crop(6, 6, 45, 42), whole.crop(9, 12, 45, 42).samples());
  }

  @Test
  void size_impossible_isRefused() {
    FloatImage image = Images.noise(3, 3, 3);

    assertThatThrownBy(() -> Resampling.bicubic(image, 0, 4))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("the result must be at least 1x1, but was 0x4 (width x height)");
    assertThatThrownBy(() -> Resampling.bicubic(image, 40_000, 40_000))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("3 x 40000 x 40000 (channels x height x width)");
  }

  private static void assertSamples(FloatImage actual, float[] expected) {
    assertThat(actual.samples()).containsExactly(expected, ROUNDING);
  }

  /** The definition, sample by sample: every source sample, however far, times its weight. */
  private static float[] defined(FloatImage image, int width, int height) {
    double[][] horizontal = weights(image.width(), width);
    double[][] vertical = weights(image.height(), height);
    float[] result = new float[image.channels() * height * width];
    int i = 0;
    for (int channel = 0; channel < image.channels(); channel++) {
      for (int y = 0; y < height; y++) {
        for (int x = 0; x < width; x++) {
          double sum = 0;
          for (int v = 0; v < image.height(); v++) {
            for (int u = 0; u < image.width(); u++) {
              sum += vertical[y][v] * horizontal[x][u] * image.sample(channel, u, v);
            }
          }
          result[i++] = (float) sum;
        }
      }
    }
    return result;
  }

  private static double[][] weights(int source, int result) {
    double scale = (double) result / source;
    double stretch = Math.min(1, scale);
    int reach = (int) (2 / stretch) + 2;
    double[][] weights = new double[result][source];
    for (int x = 0; x < result; x++) {
      double centre = (x + 0.5) / scale - 0.5;
      double sum = 0;
      for (int u = (int) centre - reach; u <= (int) centre + reach; u++) {
        int mirrored = u;
        while (mirrored < 0 || mirrored >= source) {
          mirrored = mirrored < 0 ? -1 - mirrored : 2 * source - 1 - mirrored;
        }
        double weight = keys(stretch * (centre - u));
        weights[x][mirrored] += weight;
        sum += weight;
      }
      for (int u = 0; u < source; u++) {
        weights[x][u] /= sum;
      }
    }
    return weights;
  }

  /** MATLAB's cubic.m. */
  private static double keys(double distance) {
    double x = Math.abs(distance);
    double x2 = x * x;
    double x3 = x2 * x;
    if (x <= 1) {
      return 1.5 * x3 - 2.5 * x2 + 1;
    }
    return x <= 2 ? -0.5 * x3 + 2.5 * x2 - 4 * x + 2 : 0;
  }
}
