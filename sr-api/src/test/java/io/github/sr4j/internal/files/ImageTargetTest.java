// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.internal.files;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.sr4j.shared.util.FileNames;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import javax.imageio.ImageIO;
import javax.imageio.stream.ImageInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class ImageTargetTest {

  @TempDir private Path folder;

  @ParameterizedTest
  @CsvSource({
    "jpg, JPEG",
    "jpeg, JPEG",
    "jpe, JPEG",
    "jfif, JPEG",
    "jfi, JPEG",
    "jif, JPEG",
    "JFIF, JPEG",
    "tif, tif",
    "tiff, tif",
    "TIF, tif",
    "bmp, bmp",
    "dib, bmp",
    "png, png",
    "apng, png"
  })
  void everyExtensionOfAFormat_isWritten(String extension, String format) throws IOException {
    Path file = folder.resolve("a." + extension);

    ImageTarget.of(file).write(List.of(picture(3, 2)).iterator());

    try (ImageInputStream in = ImageIO.createImageInputStream(file.toFile())) {
      assertThat(ImageIO.getImageReaders(in).next().getFormatName()).startsWithIgnoringCase(format);
    }
    assertThat(FileNames.writtenFormat(file)).isPresent();
  }

  @ParameterizedTest
  @ValueSource(strings = {"a", "a.gif", "a.webp", ".png", "a.png.bak"})
  void otherExtensions_areRefused(String name) {
    assertThatThrownBy(() -> ImageTarget.of(folder.resolve(name)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("must end in one of [bmp, jpeg, jpg, png, tif, tiff]");
    assertThat(FileNames.writtenFormat(folder.resolve(name))).isEmpty();
  }

  /** A disk that is full after some bytes, for each format and place where it can be so. */
  @ParameterizedTest
  @CsvSource({
    "png, 0",
    "png, 40",
    "png, 70000",
    "jpg, 0",
    "jpg, 70000",
    "bmp, 0",
    "bmp, 70000",
    "tif, 0",
    "tif, 70000"
  })
  void fullDisk_isTheReason(String extension, long space) throws IOException {
    Path file = folder.resolve("a." + extension);
    try (SeekableByteChannel channel =
        new SmallDisk(
            Files.newByteChannel(
                file,
                StandardOpenOption.CREATE_NEW,
                StandardOpenOption.READ,
                StandardOpenOption.WRITE),
            space)) {

      assertThatThrownBy(
              () -> ImageTarget.of(file).writeTo(channel, List.of(picture(400, 400)).iterator()))
          .isInstanceOf(IOException.class)
          .hasMessage("No space left on device");
    }
  }

  @ParameterizedTest
  @CsvSource({
    "jpg, 65501, 10, 'too large for JPEG, which takes up to 65500 pixels a side; PNG and TIFF'",
    "jpg, 10, 65501, 'too large for JPEG, which takes up to 65500 pixels a side; PNG and TIFF'",
    "bmp, 40000, 40000, 'too large for BMP, which takes up to 2 GB; TIFF takes it'",
    "png, 2000000000, 1, 'too large for a PNG'",
    "tif, 2000000000, 1, 'too large for a TIFF'"
  })
  void imageThatTheFormatCannotHold_isRefusedByItsSize(
      String extension, int width, int height, String words) {
    Path file = folder.resolve("a." + extension);

    assertThatThrownBy(() -> ImageTarget.of(file).check(width, height, FileMetadata.NONE))
        .isInstanceOf(IOException.class)
        .hasMessageContainingAll(
            file.toString(), width + "x" + height + " (width x height)", words);
  }

  @ParameterizedTest
  @CsvSource({
    "jpg, 65500, 65500",
    "bmp, 23000, 23000",
    "png, 200000000, 1000000",
    "tif, 100000000, 1000000"
  })
  void largestImages_areTaken(String extension, int width, int height) throws IOException {
    ImageTarget.of(folder.resolve("a." + extension)).check(width, height, FileMetadata.NONE);
  }

  @Test
  void hugeJpeg_isNotBegun() {
    Picture huge =
        Picture.of(new BufferedImage(65501, 1, BufferedImage.TYPE_BYTE_GRAY), FileMetadata.NONE);

    assertThatThrownBy(
            () -> ImageTarget.of(folder.resolve("a.jpg")).write(List.of(huge).iterator()))
        .hasMessageContaining("65501x1 (width x height) is too large for JPEG");
    assertThat(folder).isEmptyDirectory();
  }

  private static Picture picture(int width, int height) {
    BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_3BYTE_BGR);
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        image.setRGB(x, y, (x * 7919 + y * 104_729) * 31_337); // hard to compress
      }
    }
    return Picture.of(image, FileMetadata.NONE);
  }

  /** A channel that takes some bytes only. */
  private static final class SmallDisk implements SeekableByteChannel {

    private final SeekableByteChannel channel;
    private final long space;

    SmallDisk(SeekableByteChannel channel, long space) {
      this.channel = channel;
      this.space = space;
    }

    @Override
    public int read(ByteBuffer bytes) throws IOException {
      return channel.read(bytes);
    }

    @Override
    public int write(ByteBuffer bytes) throws IOException {
      if (channel.position() + bytes.remaining() > space) {
        throw new IOException("No space left on device");
      }
      return channel.write(bytes);
    }

    @Override
    public long position() throws IOException {
      return channel.position();
    }

    @Override
    public SeekableByteChannel position(long position) throws IOException {
      channel.position(position);
      return this;
    }

    @Override
    public long size() throws IOException {
      return channel.size();
    }

    @Override
    public SeekableByteChannel truncate(long size) throws IOException {
      channel.truncate(size);
      return this;
    }

    @Override
    public boolean isOpen() {
      return channel.isOpen();
    }

    @Override
    public void close() throws IOException {
      channel.close();
    }
  }
}
