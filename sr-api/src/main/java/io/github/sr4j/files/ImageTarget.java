// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.files;

import static com.google.common.base.Preconditions.checkArgument;

import com.google.common.collect.ImmutableSortedSet;
import io.github.sr4j.files.FileMetadata.Profile;
import io.github.sr4j.imaging.AwtImages;
import io.github.sr4j.imaging.FloatImage;
import java.awt.Transparency;
import java.awt.color.ColorSpace;
import java.awt.color.ICC_ColorSpace;
import java.awt.image.BufferedImage;
import java.awt.image.ColorModel;
import java.awt.image.ComponentColorModel;
import java.awt.image.DataBuffer;
import java.awt.image.IndexColorModel;
import java.awt.image.PixelInterleavedSampleModel;
import java.awt.image.RenderedImage;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Iterator;
import java.util.Locale;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CancellationException;
import java.util.function.UnaryOperator;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageTypeSpecifier;
import javax.imageio.ImageWriteParam;
import javax.imageio.ImageWriter;
import org.jspecify.annotations.Nullable;

/**
 * An image file to be written, of the format that its name says. It appears under its name,
 * replacing a file that was there, once it is complete; on failure nothing is left.
 */
public final class ImageTarget {

  /** Not GIF and WBMP, which would reduce the colours to 256 or 2. */
  private static final ImmutableSortedSet<String> WRITABLE =
      ImmutableSortedSet.of("bmp", "jpeg", "jpg", "png", "tif", "tiff");

  private static final float JPEG_QUALITY = 0.95f;
  private static final long MOST_BMP_BYTES = Integer.MAX_VALUE; // the JDK's writer counts so far

  private final Path file;
  private final String format; // bmp, jpeg, png or tiff

  private ImageTarget(Path file, String format) {
    this.file = file;
    this.format = format;
  }

  /**
   * Returns the target of a name.
   *
   * @throws IllegalArgumentException if the extension is not one of bmp, jpg, jpeg, png, tif and
   *     tiff
   */
  public static ImageTarget of(Path file) {
    String name = String.valueOf(file.getFileName());
    int dot = name.lastIndexOf('.');
    String extension = dot < 0 ? "" : name.substring(dot + 1).toLowerCase(Locale.ROOT);
    checkArgument(
        WRITABLE.contains(extension),
        "%s: the name of an image to write must end in one of %s, but %s",
        file,
        WRITABLE,
        extension.isEmpty() ? "has no extension" : "ends in \"" + extension + "\"");
    return new ImageTarget(
        file, extension.equals("jpg") ? "jpeg" : extension.equals("tif") ? "tiff" : extension);
  }

  /** Returns whether the format holds more than one image. */
  public boolean takesPages() {
    return format.equals("tiff");
  }

  /**
   * Refuses what can be seen to fail, before time is spent on the pixels.
   *
   * @throws IOException if there is no folder to write to
   */
  public void check() throws IOException {
    folder();
  }

  private Path folder() throws IOException {
    Path folder = file.toAbsolutePath().getParent();
    if (folder == null || Files.isDirectory(file)) {
      throw new FileSystemException(file.toString(), null, "is a folder");
    }
    if (!Files.isDirectory(folder)) {
      throw new NoSuchFileException(
          file.toString(), null, String.format("there is no folder %s", folder));
    }
    return folder;
  }

  /**
   * Writes the file, one picture after the other. Resolution and colour profile are those of each
   * picture's metadata, as far as the format has a place for them.
   *
   * @param pictures one, unless the target {@link #takesPages}
   * @throws IOException if the file cannot be written, or a picture's rows cannot be had
   * @throws CancellationException if the thread is interrupted meanwhile
   */
  public void write(Iterator<? extends Picture> pictures) throws IOException {
    Path folder = folder();
    Path temporary = folder.resolve("." + UUID.randomUUID() + ".tmp");
    boolean isLocal = file.getFileSystem() == FileSystems.getDefault();
    // Writers go back in the file, which an archive's file system may not allow.
    Path written = isLocal ? temporary : Files.createTempFile("sr4j", ".tmp");
    try {
      if (!isLocal) {
        Files.delete(written);
      }
      try {
        writeTo(written, pictures);
        if (!isLocal) {
          Files.copy(written, temporary);
        }
        // Not all file systems replace a file when they only move.
        Files.move(
            temporary, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
      } catch (UncheckedIOException e) { // a writer pulled rows that could not be had
        throw e.getCause();
      }
    } catch (IOException e) {
      if (Thread.currentThread().isInterrupted()) { // which closes channels
        CancellationException cancelled =
            new CancellationException("interrupted while writing " + file);
        cancelled.initCause(e);
        throw cancelled;
      }
      if (MemoryShortage.isCauseOf(e)) {
        throw MemoryShortage.of(file, "write it", e);
      }
      FileSystemException named =
          new FileSystemException(
              file.toString(), null, String.format("cannot be written: %s", reason(e)));
      named.initCause(e);
      throw named;
    } finally {
      try {
        Files.deleteIfExists(written);
      } finally {
        Files.deleteIfExists(temporary);
      }
    }
  }

  private static String reason(IOException e) {
    if (e instanceof AccessDeniedException) {
      return "permission denied";
    }
    // The message of a file system's exception begins with a name that means nothing to the user.
    String reason = e instanceof FileSystemException f ? f.getReason() : e.getMessage();
    return reason == null ? e.getClass().getSimpleName() : reason;
  }

  private void writeTo(Path path, Iterator<? extends Picture> pictures) throws IOException {
    Picture picture = suited(pictures.next());
    // The umask decides who may read it, unlike with Files.createTempFile.
    try (SeekableByteChannel channel =
        Files.newByteChannel(
            path,
            StandardOpenOption.CREATE_NEW,
            StandardOpenOption.READ,
            StandardOpenOption.WRITE)) {
      if (!format.equals("tiff") || !TiffWriter.takes(picture.band(0).rows())) {
        checkArgument(!pictures.hasNext(), "%s: can hold one image of this kind only", file);
        writeByImageIo(picture, channel);
        return;
      }
      TiffWriter tiff = new TiffWriter(channel, TiffWriter.MOST_CLASSIC_BYTES);
      tiff.write(picture);
      while (pictures.hasNext()) {
        picture = suited(pictures.next());
        tiff.write(TiffWriter.takes(picture.band(0).rows()) ? picture : plain(picture));
      }
      tiff.finish();
    }
  }

  private void writeByImageIo(Picture picture, SeekableByteChannel channel) throws IOException {
    long bmpBytes = 4L * picture.width() * picture.height();
    if (format.equals("bmp") && bmpBytes > MOST_BMP_BYTES) {
      throw new IOException(
          String.format(
              "%sx%s (width x height) is too large for BMP; TIFF takes it",
              picture.width(), picture.height()));
    }
    BufferedImage rows = firstRows(picture);
    boolean isWhole = rows.getHeight() == picture.height();
    ImageWriter writer =
        writer(rows).orElseThrow(() -> new IOException("no ImageIO plug-in writes " + format));
    try (HeaderedOutput stream = new HeaderedOutput(channel, format, picture.metadata())) {
      ImageWriteParam parameters = writer.getDefaultWriteParam();
      if (format.equals("jpeg")) {
        parameters.setCompressionMode(ImageWriteParam.MODE_EXPLICIT);
        parameters.setCompressionQuality(JPEG_QUALITY);
      }
      writer.setOutput(stream);
      RenderedImage image = isWhole ? rows : new RowsImage(picture, rows, format.equals("jpeg"));
      writer.write(null, new IIOImage(image, null, null), parameters);
      stream.finish();
    } finally {
      writer.dispose();
    }
  }

  /** Finds a writer that takes images of a kind without changing them. */
  private Optional<ImageWriter> writer(BufferedImage kind) {
    ImageTypeSpecifier type = ImageTypeSpecifier.createFromRenderedImage(kind);
    Iterator<ImageWriter> all = ImageIO.getImageWritersByFormatName(format);
    while (all.hasNext()) {
      ImageWriter writer = all.next();
      if (writer.getOriginatingProvider().canEncodeImage(type)) {
        return Optional.of(writer);
      }
      writer.dispose();
    }
    return Optional.empty();
  }

  /** Returns a picture as the format can hold it, with the profile that its colours have then. */
  private Picture suited(Picture picture) throws IOException {
    BufferedImage kind = firstRows(picture);
    ColorSpace space = kind.getColorModel().getColorSpace();
    if (format.equals("jpeg")) {
      return plain(picture);
    }
    ColorModel model = kind.getColorModel();
    boolean isGrayOrRgb =
        space.getType() == ColorSpace.TYPE_GRAY || space.getType() == ColorSpace.TYPE_RGB;
    boolean isKept =
        switch (format) {
          case "tiff" ->
              TiffWriter.takes(kind) || (model instanceof IndexColorModel && hasWriter(kind));
          case "png" -> isGrayOrRgb && usesAllBits(model) && hasWriter(kind);
          default -> // without a place for a profile
              (space.getType() == ColorSpace.TYPE_GRAY || space.isCS_sRGB())
                  && model.getComponentSize(0) <= 8
                  && isDense(kind)
                  && hasWriter(kind);
        };
    if (isKept) {
      return withProfile(picture, picture.metadata(), space);
    }
    boolean isFloating = model.getTransferType() >= DataBuffer.TYPE_FLOAT;
    boolean isWidened =
        switch (format) {
          case "tiff" -> isGrayOrRgb || space.getType() == ColorSpace.TYPE_CMYK;
          case "png" -> isGrayOrRgb && !isFloating;
          default -> false;
        };
    return isWidened ? widened(picture, model) : plain(picture);
  }

  /** Whether the highest level is that of the type: the PNG writer knows no other. */
  private static boolean usesAllBits(ColorModel model) {
    int type = model.getTransferType();
    return !(model instanceof ComponentColorModel)
        || (model.getComponentSize(0) == DataBuffer.getDataTypeSize(type)
            && type != DataBuffer.TYPE_SHORT);
  }

  /** Whether nothing is between pixels, nor bands apart: the BMP writer knows nothing else. */
  private static boolean isDense(BufferedImage image) {
    return !(image.getColorModel() instanceof ComponentColorModel)
        || (image.getSampleModel() instanceof PixelInterleavedSampleModel layout
            && layout.getPixelStride() == layout.getNumBands());
  }

  /** The picture with samples of the next type up that the format has. */
  private Picture widened(Picture picture, ColorModel model) {
    int bits = model.getComponentSize(0);
    int type;
    if (model.getTransferType() >= DataBuffer.TYPE_FLOAT) {
      type = DataBuffer.TYPE_FLOAT;
    } else if (bits <= 8) {
      type = DataBuffer.TYPE_BYTE;
    } else {
      type = bits <= 16 || format.equals("png") ? DataBuffer.TYPE_USHORT : DataBuffer.TYPE_INT;
    }
    ColorSpace space = model.getColorSpace();
    ColorModel wide =
        new ComponentColorModel(space, model.hasAlpha(), false, model.getTransparency(), type);
    BufferedImage like =
        new BufferedImage(wide, wide.createCompatibleWritableRaster(1, 1), false, null);
    return new Converted(
        picture,
        picture.metadata().withProfile(profile(picture.metadata(), space), false),
        rows ->
            AwtImages.toBuffered(
                AwtImages.toFloat(rows), AwtImages.alpha(rows).orElse(null), like));
  }

  /** The rows that are written first, which need not be made twice: those of a BMP are the last. */
  private BufferedImage firstRows(Picture picture) throws IOException {
    return picture.band(format.equals("bmp") ? picture.height() - 1 : 0).rows();
  }

  private boolean hasWriter(BufferedImage kind) {
    Optional<ImageWriter> writer = writer(kind);
    writer.ifPresent(ImageWriter::dispose);
    return writer.isPresent();
  }

  private static Picture withProfile(Picture picture, FileMetadata metadata, ColorSpace space) {
    FileMetadata described = metadata.withProfile(profile(metadata, space), false);
    return new Picture() {
      @Override
      public int width() {
        return picture.width();
      }

      @Override
      public int height() {
        return picture.height();
      }

      @Override
      public FileMetadata metadata() {
        return described;
      }

      @Override
      public Band band(int row) throws IOException {
        return picture.band(row);
      }
    };
  }

  /**
   * The profile that says what colours are: that of the file if the pixels are still of it, since
   * the JDK may change the bytes of one that it has used; else that of the colour space. A gray or
   * sRGB image of AWT's has none.
   */
  private static Optional<Profile> profile(FileMetadata metadata, ColorSpace space) {
    String signature =
        switch (space.getType()) {
          case ColorSpace.TYPE_GRAY -> "GRAY";
          case ColorSpace.TYPE_RGB -> "RGB ";
          case ColorSpace.TYPE_CMYK -> "CMYK";
          default -> "";
        };
    boolean isOwn =
        space instanceof ICC_ColorSpace
            && !space.isCS_sRGB()
            && !space.equals(ColorSpace.getInstance(ColorSpace.CS_GRAY));
    Optional<Profile> ofFile = metadata.profile().filter(profile -> profile.isOf(signature));
    if (isOwn) {
      return ofFile.or(
          () -> Optional.of(new Profile(((ICC_ColorSpace) space).getProfile().getData())));
    }
    return metadata.isProfileApplied() ? Optional.empty() : ofFile;
  }

  /** The picture with 8 bits per sample, over white; in sRGB if the format has no profiles. */
  private Picture plain(Picture picture) throws IOException {
    BufferedImage sample = firstRows(picture).getSubimage(0, 0, 1, 1);
    ColorSpace space = sample.getColorModel().getColorSpace();
    ColorModel srgb = rgb(ColorSpace.getInstance(ColorSpace.CS_sRGB));
    boolean keepsSpace = !format.equals("bmp") && space.getType() == ColorSpace.TYPE_RGB;
    ColorModel model = keepsSpace ? rgb(space) : srgb;
    BufferedImage like =
        new BufferedImage(model, model.createCompatibleWritableRaster(1, 1), false, null);
    ColorSpace result = overWhite(sample, like).getColorModel().getColorSpace();
    boolean isSame = result.equals(space) || result.getType() == ColorSpace.TYPE_GRAY;
    return new Converted(
        picture,
        picture
            .metadata()
            .withProfile(isSame ? profile(picture.metadata(), space) : Optional.empty(), false),
        rows -> {
          BufferedImage plain = overWhite(rows, like);
          // Writers would convert from the space, or put its profile into the file once more.
          return plain.getColorModel().equals(model)
              ? new BufferedImage(srgb, plain.getRaster(), false, null)
              : plain;
        });
  }

  private static ColorModel rgb(ColorSpace space) {
    return new ComponentColorModel(space, false, false, Transparency.OPAQUE, DataBuffer.TYPE_BYTE);
  }

  private static BufferedImage overWhite(BufferedImage image, BufferedImage like) {
    FloatImage colours = AwtImages.toFloat(image);
    float[] samples = colours.samples().clone();
    AwtImages.alpha(image)
        .ifPresent(
            alpha -> {
              int plane = alpha.samples().length;
              for (int i = 0; i < samples.length; i++) {
                samples[i] = 1 + (samples[i] - 1) * alpha.samples()[i % plane];
              }
            });
    return AwtImages.toBuffered(
        FloatImage.wrap(colours.channels(), colours.height(), colours.width(), samples),
        null,
        like);
  }

  /** A picture whose rows are converted when they are asked for, some at a time. */
  private static final class Converted implements Picture {

    private static final int BAND_PIXELS = 1 << 20;

    private final Picture source;
    private final FileMetadata metadata;
    private final UnaryOperator<BufferedImage> conversion;
    private @Nullable Band last;

    Converted(Picture source, FileMetadata metadata, UnaryOperator<BufferedImage> conversion) {
      this.source = source;
      this.metadata = metadata;
      this.conversion = conversion;
    }

    @Override
    public int width() {
      return source.width();
    }

    @Override
    public int height() {
      return source.height();
    }

    @Override
    public FileMetadata metadata() {
      return metadata;
    }

    @Override
    public Band band(int row) throws IOException {
      if (last != null && last.holds(row)) {
        return last;
      }
      Band band = source.band(row);
      int rows = Math.max(1, BAND_PIXELS / width());
      int top = Math.max(band.top(), row - row % rows);
      int bottom = Math.min(band.bottom(), row - row % rows + rows);
      last =
          new Band(
              top,
              conversion.apply(
                  band.rows().getSubimage(0, top - band.top(), width(), bottom - top)));
      return last;
    }
  }
}
