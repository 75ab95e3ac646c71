// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.cli.upscale;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.sr4j.testkit.TestImages;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.regex.Pattern;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ComparePageTest {

  private static final ComparePage.Facts FACTS =
      new ComparePage.Facts("in.png", "out.png", "tiny-x2", "cpu", 1.25);

  @TempDir private Path folder;

  @Test
  void page_tellsWhatItShows_andNeedsNothingElse() throws IOException {
    BufferedImage after = TestImages.buffered(TestImages.scene(3, 40, 30, 1));

    String page = write(TestImages.buffered(TestImages.scene(3, 20, 15, 1)), after, FACTS);

    assertThat(page)
        .contains("in.png", "20 × 15 pixels", "out.png", "40 × 30 pixels", "tiny-x2", "on cpu")
        .contains("at their full size", "type=\"range\"", "aria-label=")
        .doesNotContain("{{")
        .doesNotContainPattern("(src|href)=\"(?!data:)")
        .doesNotContain("url(", "http:", "https:");
    List<BufferedImage> images = images(page, "png");
    assertThat(images).hasSize(2);
    assertThat(images.get(0).getRGB(17, 11)).isEqualTo(after.getRGB(17, 11)); // exactly
    assertThat(images.get(1).getWidth()).isEqualTo(40);
    assertThat(folder).isDirectoryNotContaining("glob:**/.*");
  }

  @Test
  void names_areEscaped() throws IOException {
    BufferedImage image = TestImages.buffered(TestImages.scene(3, 4, 4, 1));

    String page =
        write(image, image, new ComparePage.Facts("<b>.png", "a\"$1.png", "<script>", "cpu", 1.25));

    assertThat(page)
        .contains("&lt;b&gt;.png", "a&quot;$1.png", "&lt;script&gt;")
        .doesNotContain("<b>", "a\"$1");
  }

  @Test
  void largeImage_isReduced() throws IOException {
    String page =
        write(
            new BufferedImage(4500, 3, BufferedImage.TYPE_INT_ARGB),
            new BufferedImage(9000, 6, BufferedImage.TYPE_INT_ARGB),
            FACTS);

    assertThat(page).contains("reduced 3 times, to 3000 × 2 pixels");
    assertThat(images(page, "png"))
        .allSatisfy(image -> assertThat(image.getWidth()).isEqualTo(3000))
        .allSatisfy(image -> assertThat(image.getColorModel().hasAlpha()).isTrue());
  }

  @Test
  void imageOfManyPixels_isAJpeg() throws IOException {
    String page =
        write(
            new BufferedImage(600, 600, BufferedImage.TYPE_BYTE_GRAY),
            new BufferedImage(1200, 1200, BufferedImage.TYPE_BYTE_GRAY),
            FACTS);

    assertThat(images(page, "jpeg")).hasSize(2);
    assertThat(page).hasSizeLessThan(100_000);
  }

  private String write(BufferedImage before, BufferedImage after, ComparePage.Facts facts)
      throws IOException {
    Path page = folder.resolve("page.html");
    ComparePage.write(page, before, after, facts);
    return Files.readString(page);
  }

  /** Returns the images on a page, the one after first. */
  private static List<BufferedImage> images(String page, String format) {
    return Pattern.compile("data:image/" + format + ";base64,([^\"]+)\"")
        .matcher(page)
        .results()
        .map(match -> decode(match.group(1)))
        .toList();
  }

  private static BufferedImage decode(String base64) {
    try {
      return ImageIO.read(new ByteArrayInputStream(Base64.getDecoder().decode(base64)));
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }
}
