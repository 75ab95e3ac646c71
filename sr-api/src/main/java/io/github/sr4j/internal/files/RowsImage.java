// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.internal.files;

import io.github.sr4j.internal.images.CompatibleImage;
import io.github.sr4j.internal.regions.Region;
import java.awt.Point;
import java.awt.Rectangle;
import java.awt.image.BufferedImage;
import java.awt.image.ColorModel;
import java.awt.image.DataBufferByte;
import java.awt.image.Raster;
import java.awt.image.RenderedImage;
import java.awt.image.SampleModel;
import java.awt.image.WritableRaster;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Vector;
import org.jspecify.annotations.Nullable;

/**
 * A picture for ImageIO's writers, which pull its rows one after the other, some from the bottom to
 * the top.
 *
 * <p>The JDK's JPEG writer copies all of an image unless the image is one tile, and from a tile
 * takes a row at a time by {@link Raster#createChild}; so for it the tile is a raster that computes
 * its children when they are asked for.
 */
final class RowsImage implements RenderedImage {

  private static final int MAX_TILE_ROWS = 16;
  private static final int TILE_PIXELS = 1 << 24;

  private final Picture picture;
  private final BufferedImage kind; // any rows of the picture
  private final boolean isOneTile;
  private final int tileRows;
  private @Nullable IOException failure;

  RowsImage(Picture picture, BufferedImage rows, boolean isOneTile) {
    this.picture = picture;
    this.isOneTile = isOneTile;
    this.tileRows = Math.max(1, Math.min(MAX_TILE_ROWS, TILE_PIXELS / picture.width()));
    this.kind = rows.getSubimage(0, 0, 1, 1);
  }

  /** Throws what kept a row from being had, which writers may have hidden. */
  void rethrow() throws IOException {
    if (failure != null) {
      throw failure;
    }
  }

  private Raster rows(Region region) {
    try {
      Picture.Band band = picture.band(region.y());
      if (region.bottom() <= band.bottom()) {
        return child(band, region);
      }
      WritableRaster copy =
          CompatibleImage.of(kind, region.width(), region.height())
              .getRaster()
              .createWritableTranslatedChild(region.x(), region.y());
      for (int y = region.y(); y < region.bottom(); ) {
        band = picture.band(y);
        int height = Math.min(band.bottom(), region.bottom()) - y;
        copy.setDataElements(0, 0, child(band, new Region(region.x(), y, region.width(), height)));
        y += height;
      }
      return copy;
    } catch (IOException e) {
      failure = e;
      throw new UncheckedIOException(e);
    }
  }

  private static Raster child(Picture.Band band, Region region) {
    return band.rows()
        .getRaster()
        .createChild(
            region.x(),
            region.y() - band.top(),
            region.width(),
            region.height(),
            region.x(),
            region.y(),
            null);
  }

  private static Region of(Rectangle region) {
    return new Region(region.x, region.y, region.width, region.height);
  }

  @Override
  public Raster getData(Rectangle region) {
    return rows(of(region));
  }

  @Override
  public Raster getData() {
    return rows(Region.ofWhole(getWidth(), getHeight()));
  }

  @Override
  public Raster getTile(int tileX, int tileY) {
    if (isOneTile) {
      return new Rows(this);
    }
    int top = tileY * tileRows;
    return rows(new Region(0, top, getWidth(), Math.min(tileRows, getHeight() - top)));
  }

  @Override
  public WritableRaster copyData(@Nullable WritableRaster raster) {
    if (raster == null) {
      WritableRaster copy = CompatibleImage.of(kind, getWidth(), getHeight()).getRaster();
      copy.setDataElements(0, 0, getData());
      return copy;
    }
    raster.setDataElements(0, 0, rows(of(raster.getBounds())));
    return raster;
  }

  @Override
  public ColorModel getColorModel() {
    return kind.getColorModel();
  }

  @Override
  public SampleModel getSampleModel() {
    return kind.getSampleModel().createCompatibleSampleModel(getTileWidth(), tileRows);
  }

  @Override
  public int getWidth() {
    return picture.width();
  }

  @Override
  public int getHeight() {
    return picture.height();
  }

  @Override
  public int getTileWidth() {
    return getWidth();
  }

  @Override
  public int getTileHeight() {
    return isOneTile ? getHeight() : tileRows;
  }

  @Override
  public int getNumXTiles() {
    return 1;
  }

  @Override
  public int getNumYTiles() {
    return isOneTile ? 1 : (getHeight() + tileRows - 1) / tileRows;
  }

  @Override
  public int getMinX() {
    return 0;
  }

  @Override
  public int getMinY() {
    return 0;
  }

  @Override
  public int getMinTileX() {
    return 0;
  }

  @Override
  public int getMinTileY() {
    return 0;
  }

  @Override
  public int getTileGridXOffset() {
    return 0;
  }

  @Override
  public int getTileGridYOffset() {
    return 0;
  }

  @Override
  public Object getProperty(String name) {
    return java.awt.Image.UndefinedProperty;
  }

  @Override
  public String @Nullable [] getPropertyNames() {
    return null;
  }

  @Override
  @SuppressWarnings("JdkObsolete") // the interface has it
  public @Nullable Vector<RenderedImage> getSources() {
    return null;
  }

  /** All rows, none of which is held. */
  private static final class Rows extends Raster {

    private final RowsImage image;

    Rows(RowsImage image) {
      super(
          image.getSampleModel(),
          new DataBufferByte(1, image.getSampleModel().getNumBands()),
          new Rectangle(0, 0, image.getWidth(), image.getHeight()),
          new Point(0, 0),
          null);
      this.image = image;
    }

    @Override
    public Raster createChild(
        int x, int y, int width, int height, int childX, int childY, int @Nullable [] bands) {
      return image
          .rows(new Region(x, y, width, height))
          .createChild(x, y, width, height, childX, childY, bands);
    }
  }
}
