// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.imaging;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.github.sr4j.FloatImage;
import io.github.sr4j.files.ImageFiles;
import io.github.sr4j.imaging.Metrics.Protocol.Score;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class MetricProtocolTest {

  /** As an independent implementation of the protocol has them. */
  @ParameterizedTest(name = "x{0}")
  @CsvSource({"2, 33.682, 0.9305", "3, 30.405, 0.8690", "4, 28.431, 0.8113"})
  void bicubicOfRgb_hasTheKnownFiguresOnSet5(int scale, double psnr, double ssim)
      throws IOException {
    Score mean = meanOfBicubic(scale, image -> image);

    assertThat(mean.psnr()).isCloseTo(psnr, within(0.0015));
    assertThat(mean.ssim()).isCloseTo(ssim, within(0.0001));
  }

  /** Published, for instance in table 2 of the VDSR paper. */
  @ParameterizedTest(name = "x{0}")
  @CsvSource({"2, 33.66, 0.9299", "3, 30.39, 0.8682", "4, 28.42, 0.8104"})
  void bicubicOfLuma_hasThePublishedFiguresOnSet5(int scale, double psnr, double ssim)
      throws IOException {
    Score mean = meanOfBicubic(scale, image -> Luma.of(image).rounded());

    assertThat(mean.psnr()).isCloseTo(psnr, within(0.005));
    assertThat(mean.ssim()).isCloseTo(ssim, within(0.0001));
  }

  private static Score meanOfBicubic(int scale, UnaryOperator<FloatImage> preparation)
      throws IOException {
    Metrics.Protocol protocol = Metrics.Protocol.luma(scale);
    List<Score> scores = new ArrayList<>();
    try (DirectoryStream<Path> files =
        Files.newDirectoryStream(SharedData.folder("images/Set5"), "*.png")) {
      for (Path file : files) {
        FloatImage image = preparation.apply(AwtImages.toFloat(ImageFiles.read(file)));
        FloatImage highRes = protocol.highRes(image);
        FloatImage lowRes = protocol.lowRes(highRes);
        FloatImage superRes = Resampling.bicubic(lowRes, highRes.width(), highRes.height());
        scores.add(protocol.score(superRes, highRes));
      }
    }
    assertThat(scores).hasSize(5);
    return new Score(
        scores.stream().mapToDouble(Score::psnr).average().orElseThrow(),
        scores.stream().mapToDouble(Score::ssim).average().orElseThrow());
  }

  @Test
  void rgb_comparesEachChannel_withoutTheBorder() {
    FloatImage highRes = Images.noise(3, 30, 24);
    FloatImage superRes = Resampling.bicubic(Metrics.Protocol.rgb(2).lowRes(highRes), 30, 24);
    FloatImage actual = superRes.rounded().shave(2);
    FloatImage expected = highRes.shave(2);

    Score score = Metrics.Protocol.rgb(2).score(superRes, highRes);

    assertThat(score.psnr()).isEqualTo(Metrics.psnr(actual, expected));
    assertThat(score.ssim()).isEqualTo(Metrics.ssim(actual, expected));
    assertThat(score.psnr()).isLessThan(Metrics.Protocol.luma(2).score(superRes, highRes).psnr());
  }

  @Test
  void withBorder_leavesOutThatBorder_andKeepsWhatIsCompared() {
    FloatImage highRes = Images.noise(3, 30, 24);
    FloatImage superRes = Resampling.bicubic(Metrics.Protocol.rgb(2).lowRes(highRes), 30, 24);

    assertThat(Metrics.Protocol.luma(2).border()).isEqualTo(2);
    assertThat(Metrics.Protocol.rgb(2).withBorder(4).border()).isEqualTo(4);
    assertThat(Metrics.Protocol.rgb(2).withBorder(4).score(superRes, highRes).psnr())
        .isEqualTo(Metrics.psnr(superRes.rounded().shave(4), highRes.shave(4)));
    assertThat(Metrics.Protocol.luma(2).withBorder(0).score(superRes, highRes).psnr())
        .isEqualTo(Metrics.psnr(Luma.of(superRes.rounded()), Luma.of(highRes)));
    assertThatThrownBy(() -> Metrics.Protocol.luma(2).withBorder(-1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("border must be at least 0, but was -1");
  }

  @Test
  void highRes_isCroppedToAMultipleOfTheScale() {
    assertThat(Metrics.Protocol.luma(4).highRes(Images.noise(3, 31, 22)).toString())
        .isEqualTo("28x20 (width x height), 3 channels");
  }

  @Test
  void lowRes_isBicubicRoundedToEightBits() {
    FloatImage highRes = Images.noise(3, 30, 21);

    FloatImage lowRes = Metrics.Protocol.luma(3).lowRes(highRes);

    assertThat(lowRes.samples())
        .containsExactly(Resampling.bicubic(highRes, 10, 7).rounded().samples());
  }

  @Test
  void lowResOfLumaAlone_isNotRounded() {
    FloatImage highRes = Images.noise(1, 30, 21);

    assertThat(Metrics.Protocol.luma(3).lowRes(highRes).samples())
        .containsExactly(Resampling.bicubic(highRes, 10, 7).samples());
  }

  @Test
  void lowRes_notCropped_isRefused() {
    assertThatThrownBy(() -> Metrics.Protocol.luma(3).lowRes(Images.noise(3, 30, 22)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("highRes must be cropped to a multiple of 3, but was 30x22 (width x height)");
  }

  @Test
  void score_ignoresTheBorder() {
    FloatImage highRes = Images.noise(3, 20, 20).rounded();
    float[] samples = highRes.samples().clone();
    samples[2 * 20 + 1] = 1 - samples[2 * 20 + 1]; // column 1, row 2 of red
    FloatImage superRes = FloatImage.wrap(3, 20, 20, samples);

    assertThat(Metrics.Protocol.luma(2).score(superRes, highRes).psnr()).isInfinite();
    assertThat(Metrics.Protocol.luma(1).score(superRes, highRes).psnr()).isFinite();
  }

  @Test
  void score_roundsTheResultFirst() {
    FloatImage highRes = Images.noise(3, 20, 20).rounded();
    float[] samples = highRes.samples().clone();
    for (int i = 0; i < samples.length; i++) {
      samples[i] += 0.4f / 255;
    }

    Score score = Metrics.Protocol.luma(2).score(FloatImage.wrap(3, 20, 20, samples), highRes);

    assertThat(score.psnr()).isInfinite();
    assertThat(score.ssim()).isCloseTo(1, within(1e-12));
  }

  @Test
  void score_ofColours_isTakenOnLuma() {
    FloatImage black = Images.constant(3, 20, 20, 0);
    FloatImage white = Images.constant(3, 20, 20, 1);

    // Luma spans 219 of 255 levels.
    assertThat(Metrics.Protocol.luma(2).score(white, black).psnr())
        .isCloseTo(20 * Math.log10(255 / 219.0), within(1e-5));
  }

  @Test
  void score_ofOneChannel_isTakenAsItIs() {
    FloatImage black = Images.constant(1, 20, 20, 0);
    FloatImage white = Images.constant(1, 20, 20, 1);

    assertThat(Metrics.Protocol.luma(2).score(white, black).psnr()).isCloseTo(0, within(1e-9));
  }

  @Test
  void score_ofDifferentShapes_isRefused() {
    assertThatThrownBy(
            () -> Metrics.Protocol.luma(2).score(Images.noise(1, 20, 20), Images.noise(3, 20, 20)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("one shape");
  }

  @Test
  void scale_belowOne_isRefused() {
    assertThatThrownBy(() -> Metrics.Protocol.luma(0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("scale must be at least 1, but was 0");
  }
}
