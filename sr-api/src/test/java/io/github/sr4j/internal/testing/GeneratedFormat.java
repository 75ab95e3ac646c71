// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.internal.testing;

import java.awt.Rectangle;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import javax.imageio.ImageReadParam;
import javax.imageio.ImageReader;
import javax.imageio.ImageTypeSpecifier;
import javax.imageio.metadata.IIOMetadata;
import javax.imageio.spi.IIORegistry;
import javax.imageio.spi.ImageReaderSpi;
import javax.imageio.stream.ImageInputStream;

/**
 * An image format whose files are a signature, a width and a height, and whose pixels are made up
 * when they are read. Known to ImageIO until closed.
 */
public final class GeneratedFormat extends ImageReaderSpi implements AutoCloseable {

  private static final int SIGNATURE = 0x47454e31;

  /** The misbehaviour of a reader. */
  public interface Trouble {
    void cause() throws IOException;
  }

  private int maxRows;
  private Trouble whenRead = () -> {};

  public GeneratedFormat() {
    super(
        "sr4j",
        "1",
        new String[] {"generated"},
        null,
        null,
        GeneratedFormat.class.getName(),
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

  public static byte[] file(int width, int height) {
    return ByteBuffer.allocate(12).putInt(SIGNATURE).putInt(width).putInt(height).array();
  }

  /** Returns the most rows that were read at a time. */
  public int maxRows() {
    return maxRows;
  }

  /** Sets what happens when pixels of an image are read. */
  public void whenRead(Trouble trouble) {
    whenRead = trouble;
  }

  @Override
  public void close() {
    IIORegistry.getDefaultInstance().deregisterServiceProvider(this);
  }

  @Override
  public boolean canDecodeInput(Object source) throws IOException {
    ImageInputStream stream = (ImageInputStream) source;
    stream.mark();
    try {
      return stream.length() == 12 && stream.readInt() == SIGNATURE;
    } finally {
      stream.reset();
    }
  }

  @Override
  public String getDescription(Locale locale) {
    return "generated";
  }

  @Override
  public ImageReader createReaderInstance(Object extension) {
    return new ImageReader(this) {
      private int field(int place) throws IOException {
        ImageInputStream stream = (ImageInputStream) getInput();
        stream.seek(place);
        return stream.readInt();
      }

      @Override
      public int getNumImages(boolean allowSearch) {
        return 1;
      }

      @Override
      public int getWidth(int index) throws IOException {
        return field(4);
      }

      @Override
      public int getHeight(int index) throws IOException {
        return field(8);
      }

      @Override
      public Iterator<ImageTypeSpecifier> getImageTypes(int index) {
        return List.of(ImageTypeSpecifier.createFromBufferedImageType(BufferedImage.TYPE_BYTE_GRAY))
            .iterator();
      }

      @Override
      public IIOMetadata getStreamMetadata() {
        return null;
      }

      @Override
      public IIOMetadata getImageMetadata(int index) {
        return null;
      }

      @Override
      public BufferedImage read(int index, ImageReadParam parameters) throws IOException {
        whenRead.cause();
        Rectangle region = parameters.getSourceRegion();
        maxRows = Math.max(maxRows, region.height);
        return TestImages.photo(BufferedImage.TYPE_BYTE_GRAY, region.width, region.height);
      }
    };
  }
}
