// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.training.internal.files;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.sr4j.FloatImage;
import io.github.sr4j.ImageFormatException;
import io.github.sr4j.files.ImageFiles;
import io.github.sr4j.testkit.TestImages;
import io.github.sr4j.training.TrainingFolders;
import java.awt.Transparency;
import java.awt.color.ColorSpace;
import java.awt.image.BufferedImage;
import java.awt.image.ColorModel;
import java.awt.image.ComponentColorModel;
import java.awt.image.DataBuffer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ImageFolderTest {

  @TempDir Path directory;

  @Test
  void images_areFoundInFoldersBelow_inOrder() throws IOException {
    Files.createDirectories(directory.resolve("b/deep"));
    for (String name :
        new String[] {"c.png", "b/deep/a.PNG", "a.jpeg", "b/notes.txt", ".hidden.png"}) {
      Files.writeString(directory.resolve(name), "");
    }
    Files.createDirectories(directory.resolve("folder.png"));
    ImageFolder folder = ImageFolder.of(directory);

    assertThat(folder.files().stream().map(folder::nameOf))
        .containsExactly("a.jpeg", "b/deep/a.PNG", "c.png");
    assertThat(folder.name()).isEqualTo(directory.getFileName().toString());
  }

  @Test
  void folderWithoutImages_isRefused_withTheExtensionsLookedFor() throws IOException {
    Files.writeString(directory.resolve("notes.txt"), "");
    assertThatThrownBy(() -> ImageFolder.of(directory))
        .isInstanceOf(IOException.class)
        .hasMessageContaining(directory.toString())
        .hasMessageContaining("jpg")
        .hasMessageContaining("png");
  }

  @Test
  void missingFolder_isRefusedByName() {
    assertThatThrownBy(() -> ImageFolder.of(directory.resolve("nowhere")))
        .isInstanceOf(NoSuchFileException.class)
        .hasMessageContaining("nowhere")
        .hasMessageContaining("no such folder");
  }

  @Test
  void sampleThatIsNotFinite_isTheImagesFault() {
    FloatImage image = TestImages.gradient(3, 8, 6);
    image.samples()[48 + 2 * 8 + 5] = Float.NEGATIVE_INFINITY;

    assertThatThrownBy(() -> ImageFolder.checkFinite("data/a.tif", image))
        .isInstanceOf(ImageFormatException.class)
        .hasMessage(
            "data/a.tif: samples must be finite, but one is -Infinity in channel 1 at column 5, row"
                + " 2");
  }

  @Test
  void fileWithNan_isRefused_byNameAndPlace() throws IOException {
    ColorModel model =
        new ComponentColorModel(
            ColorSpace.getInstance(ColorSpace.CS_GRAY),
            false,
            false,
            Transparency.OPAQUE,
            DataBuffer.TYPE_FLOAT);
    BufferedImage image =
        new BufferedImage(model, model.createCompatibleWritableRaster(4, 3), false, null);
    image.getRaster().setSample(1, 2, 0, Float.NaN);
    Path file = directory.resolve("nan.tif");
    ImageFiles.write(image, file);

    assertThatThrownBy(() -> ImageFolder.read(file))
        .isInstanceOf(ImageFormatException.class)
        .hasMessageContaining("nan.tif")
        .hasMessageContaining("NaN in channel 0 at column 1, row 2");
  }

  @Test
  void file_isNoFolder() throws IOException {
    Path file = directory.resolve("image.png");
    TrainingFolders.write(TestImages.gradient(3, 8, 8), file);
    assertThatThrownBy(() -> ImageFolder.of(file))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("image.png")
        .hasMessageContaining("it is a file");
  }
}
