// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.training;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import javax.imageio.IIOException;
import javax.imageio.ImageReadParam;
import javax.imageio.ImageReader;
import javax.imageio.ImageTypeSpecifier;
import javax.imageio.metadata.IIOMetadata;
import javax.imageio.spi.IIORegistry;
import javax.imageio.spi.ImageReaderSpi;
import javax.imageio.stream.ImageInputStream;
import org.jspecify.annotations.Nullable;

/** An image format whose images are always larger than memory. Known to ImageIO until closed. */
final class TooLargeFormat extends ImageReaderSpi implements AutoCloseable {

  static final byte[] FILE = {'L', 'A', 'R', 'G', 'E'};

  TooLargeFormat() {
    super(
        "sr4j",
        "1",
        new String[] {"large"},
        new String[] {"large"},
        null,
        TooLargeFormat.class.getName(),
        new Class<?>[] {ImageInputStream.class},
        null,
        false,
        null,
        null,
        null,
        null,
        false,
        null,
        null,
        null,
        null);
    IIORegistry.getDefaultInstance().registerServiceProvider(this);
  }

  @Override
  public void close() {
    IIORegistry.getDefaultInstance().deregisterServiceProvider(this);
  }

  @Override
  public boolean canDecodeInput(Object source) throws IOException {
    return ((ImageInputStream) source).length() == FILE.length;
  }

  @Override
  public String getDescription(Locale locale) {
    return "large";
  }

  @Override
  public ImageReader createReaderInstance(@Nullable Object extension) {
    return new ImageReader(this) {
      @Override
      public int getNumImages(boolean allowSearch) {
        return 1;
      }

      @Override
      public int getWidth(int index) {
        return 64;
      }

      @Override
      public int getHeight(int index) {
        return 64;
      }

      @Override
      public Iterator<ImageTypeSpecifier> getImageTypes(int index) {
        return List.of(ImageTypeSpecifier.createFromBufferedImageType(BufferedImage.TYPE_INT_RGB))
            .iterator();
      }

      @Override
      public @Nullable IIOMetadata getStreamMetadata() {
        return null;
      }

      @Override
      public @Nullable IIOMetadata getImageMetadata(int index) {
        return null;
      }

      @Override
      public BufferedImage read(int index, ImageReadParam parameters) throws IOException {
        throw new IIOException("Error reading image data", new OutOfMemoryError("Java heap space"));
      }
    };
  }
}
