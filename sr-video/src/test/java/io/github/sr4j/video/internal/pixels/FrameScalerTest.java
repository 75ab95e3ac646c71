// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.video.internal.pixels;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.github.sr4j.FloatImage;
import io.github.sr4j.ImageFormatException;
import io.github.sr4j.ModelInfo.Color;
import io.github.sr4j.Upscaler;
import io.github.sr4j.imaging.Resampling;
import io.github.sr4j.testkit.TestImages;
import io.github.sr4j.video.TestNetworks;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class FrameScalerTest {

  private static final int WIDTH = 37;
  private static final int HEIGHT = 29;

  @ParameterizedTest(name = "{0}, full range {1}")
  @CsvSource({
    "yuv420p, false",
    "yuv420p, true",
    "yuvj422p, true",
    "yuv422p, false",
    "yuv444p, false",
    "yuv440p, false",
    "yuv411p, true",
    "yuv410p, false",
    "yuv420p9le, false",
    "yuv420p10le, false",
    "yuv422p10le, true",
    "yuv444p12le, true",
    "yuv420p12le, false",
    "yuv420p16le, false",
    "yuv420p16le, true",
    "yuva420p, false",
    "yuva444p10le, false",
    "gray, true",
    "gray10le, true",
    "gray16le, true"
  })
  void frame_throughAnIdentityOnLuma_keepsItsBytes(String name, boolean isFullRange) {
    FrameFormat format = format(name, isFullRange, ChromaLocation.LEFT);
    byte[] frame = noise(format);

    try (Upscaler identity = TestNetworks.repeating(1, Color.LUMA)) {
      FrameScaler.Frame result = new FrameScaler(identity, format).scale(frame);

      assertThat(result.width()).isEqualTo(WIDTH);
      assertThat(result.height()).isEqualTo(HEIGHT);
      assertThat(result.samples()).isEqualTo(frame);
    }
  }

  @ParameterizedTest(name = "{0}")
  @ValueSource(strings = {"gbrp", "gbrap", "gbrp10le", "gbrp12le", "gbrap16le"})
  void frame_ofRgb_throughAnIdentityOnRgb_keepsItsBytes(String name) {
    FrameFormat format = format(name, true, ChromaLocation.LEFT);
    byte[] frame = noise(format);

    try (Upscaler identity = TestNetworks.repeating(1, Color.RGB)) {
      assertThat(new FrameScaler(identity, format).scale(frame).samples()).isEqualTo(frame);
    }
  }

  /** RGB in floating-point numbers holds what luma and chroma of 12 bits hold, and more. */
  @ParameterizedTest(name = "{0}, full range {1}")
  @CsvSource({
    "yuv444p, false, bt709",
    "yuv444p, true, smpte170m",
    "yuv444p10le, false, bt2020nc",
    "yuv444p12le, false, bt709"
  })
  void frame_of444_throughAnIdentityOnRgb_keepsItsBytes(
      String name, boolean isFullRange, String matrix) {
    FrameFormat format =
        new FrameFormat(
            PixelFormat.of(name).orElseThrow(),
            WIDTH,
            HEIGHT,
            isFullRange,
            ChromaLocation.LEFT,
            YuvMatrix.of(matrix));
    byte[] frame = noise(format);

    try (Upscaler identity = TestNetworks.repeating(1, Color.RGB)) {
      assertThat(new FrameScaler(identity, format).scale(frame).samples()).isEqualTo(frame);
    }
  }

  /** White, black and the primaries of BT.709, whose codes are those of its table. */
  @ParameterizedTest(name = "{0} {1} {2}")
  @CsvSource({
    "235, 128, 128, 1, 1, 1",
    "16, 128, 128, 0, 0, 0",
    "63, 102, 240, 1, 0, 0",
    "173, 42, 26, 0, 1, 0",
    "32, 240, 118, 0, 0, 1"
  })
  void colours_ofBt709_areThoseThatAnRgbNetworkSees(
      int y, int cb, int cr, float red, float green, float blue) {
    FrameFormat format =
        new FrameFormat(
            PixelFormat.of("yuv444p").orElseThrow(),
            1,
            1,
            false,
            ChromaLocation.LEFT,
            YuvMatrix.of("bt709"));
    float[] seen = new float[3];
    try (Upscaler network = TestNetworks.watching(seen)) {
      new FrameScaler(network, format).scale(new byte[] {(byte) y, (byte) cb, (byte) cr});
    }

    float rounding = 0.01f; // of the codes in the table
    assertThat(seen[0]).isCloseTo(red, within(rounding));
    assertThat(seen[1]).isCloseTo(green, within(rounding));
    assertThat(seen[2]).isCloseTo(blue, within(rounding));
  }

  /** Bicubic resampling continues a line, so it shows where samples lie. */
  @ParameterizedTest(name = "{0}")
  @CsvSource({"LEFT, 0.125, 0", "CENTER, 0, 0", "TOPLEFT, 0.125, 0.125", "BOTTOM, 0, -0.125"})
  void chroma_isResampledToWhereItWillLie(ChromaLocation location, double shiftX, double shiftY) {
    FrameFormat format =
        new FrameFormat(
            PixelFormat.of("yuv420p16le").orElseThrow(),
            64,
            64,
            false,
            location,
            YuvMatrix.of("bt709"));
    byte[] frame = new byte[(int) format.frameBytes()];
    for (int y = 0; y < 32; y++) {
      for (int x = 0; x < 32; x++) {
        put(frame, 64 * 64 + y * 32 + x, 800 * x + 80 * y);
      }
    }

    FrameScaler.Frame result;
    try (Upscaler network = TestNetworks.repeating(2, Color.LUMA)) {
      result = new FrameScaler(network, format).scale(frame);
    }

    for (int y = 8; y < 56; y++) {
      for (int x = 8; x < 56; x++) {
        double expected =
            800 * ((x + 0.5) / 2 - 0.5 + shiftX) + 80 * ((y + 0.5) / 2 - 0.5 + shiftY);
        assertThat((double) get(result.samples(), 128 * 128 + y * 64 + x))
            .as("x=%s, y=%s", x, y)
            .isCloseTo(expected, within(0.51));
      }
    }
  }

  @Test
  void chroma_inTheMiddle_isWhatResamplingMakesOfAnImage() {
    FrameFormat format = format("yuv420p", false, ChromaLocation.CENTER).sized(40, 24);
    FloatImage chroma = TestImages.noise(1, 20, 12, 5).rounded();
    byte[] frame = new byte[(int) format.frameBytes()];
    for (int i = 0; i < 20 * 12; i++) {
      frame[40 * 24 + i] = (byte) Math.round(255 * chroma.samples()[i]);
    }

    FrameScaler.Frame result;
    try (Upscaler network = TestNetworks.repeating(3, Color.LUMA)) {
      result = new FrameScaler(network, format).scale(frame);
    }

    FloatImage expected = Resampling.bicubic(chroma, 60, 36).rounded();
    for (int i = 0; i < 60 * 36; i++) {
      assertThat(result.samples()[120 * 72 + i] & 0xff)
          .isCloseTo(
              Math.round(255 * expected.samples()[i]), within(1)); // where rounding is undecided
    }
  }

  @Test
  void size_ofAnOddFrame_isThatOfLuma_withAllOfItsChroma() {
    FrameFormat format = format("yuv420p", false, ChromaLocation.LEFT);

    try (Upscaler network = TestNetworks.repeating(2, Color.LUMA)) {
      FrameScaler.Frame result = new FrameScaler(network, format).scale(noise(format));

      assertThat(result.width()).isEqualTo(74);
      assertThat(result.height()).isEqualTo(58);
      assertThat(result.samples()).hasSize(74 * 58 + 2 * 37 * 29);
    }
  }

  @Test
  void rgbNetwork_withoutALinearMatrix_isRefused() {
    FrameFormat format =
        new FrameFormat(
            PixelFormat.of("yuv420p10le").orElseThrow(),
            WIDTH,
            HEIGHT,
            false,
            ChromaLocation.LEFT,
            YuvMatrix.of("bt2020c"));

    try (Upscaler network = TestNetworks.repeating(2, Color.RGB)) {
      assertThatThrownBy(() -> new FrameScaler(network, format))
          .isInstanceOf(ImageFormatException.class)
          .hasMessageContaining("use a model that works on luma");
    }
  }

  private static FrameFormat format(String name, boolean isFullRange, ChromaLocation location) {
    return new FrameFormat(
        PixelFormat.of(name).orElseThrow(),
        WIDTH,
        HEIGHT,
        isFullRange,
        location,
        Optional.of(YuvMatrix.of("bt709").orElseThrow()));
  }

  private static byte[] noise(FrameFormat format) {
    byte[] frame = new byte[(int) format.frameBytes()];
    Random random = new Random(7);
    if (format.pixels().depth() == 8) {
      random.nextBytes(frame);
      return frame;
    }
    for (int i = 0; i < frame.length / 2; i++) {
      put(frame, i, random.nextInt(format.pixels().maxCode() + 1));
    }
    return frame;
  }

  private static void put(byte[] frame, int index, int code) {
    frame[2 * index] = (byte) code;
    frame[2 * index + 1] = (byte) (code >> 8);
  }

  private static int get(byte[] frame, int index) {
    return (frame[2 * index] & 0xff) | ((frame[2 * index + 1] & 0xff) << 8);
  }
}
