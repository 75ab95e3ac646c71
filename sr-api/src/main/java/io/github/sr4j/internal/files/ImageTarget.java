// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.internal.files;

import static com.google.common.base.Preconditions.checkArgument;

import com.google.common.collect.ImmutableSortedSet;
import io.github.sr4j.FloatImage;
import io.github.sr4j.Output;
import io.github.sr4j.imaging.AwtImages;
import io.github.sr4j.internal.animation.AnimatedPngWriter;
import io.github.sr4j.internal.animation.Animation;
import io.github.sr4j.internal.files.FileMetadata.Profile;
import io.github.sr4j.internal.metadata.Descriptions;
import io.github.sr4j.internal.metadata.Exif;
import io.github.sr4j.internal.metadata.PngText;
import io.github.sr4j.internal.tiff.TiffTags;
import io.github.sr4j.internal.util.MemoryShortage;
import io.github.sr4j.shared.util.FileNames;
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
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageTypeSpecifier;
import javax.imageio.ImageWriteParam;
import javax.imageio.ImageWriter;
import javax.imageio.metadata.IIOMetadata;
import javax.imageio.metadata.IIOMetadataNode;
import org.jspecify.annotations.Nullable;
import org.w3c.dom.Element;

/**
 * An image to be written: to a file, which appears under its name, replacing a file that was there,
 * once it is complete; to a stream, which gets the image once it is complete; or to memory. On
 * failure nothing is left.
 */
public final class ImageTarget {

  /** Those that messages name. */
  private static final ImmutableSortedSet<String> COMMON =
      ImmutableSortedSet.of("bmp", "jpeg", "jpg", "png", "tif", "tiff");

  private static final int MAX_JPEG_SIDE = 65_500; // of libjpeg
  private static final int MAX_PNG_ROW_BYTES =
      Integer.MAX_VALUE - 16; // an array of the JDK's writer
  private static final int MAX_NAMED_TEXTS = 5; // in a message
  private static final float MAX_PNG_LEVEL = 9;
  private static final String JPEG_METADATA = "javax_imageio_jpeg_image_1.0";
  private static final long MAX_BMP_BYTES = Integer.MAX_VALUE; // the JDK's writer counts so far

  private final Destination destination;
  private final Output output;
  private final String format; // bmp, jpeg, png or tiff

  private ImageTarget(Destination destination, Output output) {
    this.destination = destination;
    this.output = output;
    this.format = output.format();
  }

  /**
   * Returns the file of a name, in the format that the name says.
   *
   * @throws IllegalArgumentException if the extension is not that of a format that can be written
   */
  public static ImageTarget of(Path file) {
    return of(file, Optional.empty());
  }

  /**
   * Returns the file of a name, in the format that the name says.
   *
   * @param settings those of the format; empty for its defaults
   * @throws IllegalArgumentException if the extension is not that of a format that can be written,
   *     or the settings are those of another format
   */
  public static ImageTarget of(Path file, Optional<Output> settings) {
    String extension = FileNames.extension(file);
    Optional<String> written = FileNames.writtenFormat(file);
    checkArgument(
        written.isPresent(),
        "%s: the name of an image to write must end in one of %s, but %s",
        file,
        COMMON,
        extension.isEmpty() ? "has no extension" : "ends in \"" + extension + "\"");
    String format = written.orElseThrow();
    Output byName =
        switch (format) {
          case "bmp" -> Output.bmp();
          case "jpeg" -> Output.jpeg();
          case "png" -> Output.png();
          default -> Output.tiff();
        };
    Output output = settings.orElse(byName);
    checkArgument(
        output.format().equals(format),
        "output must be %s, which the name of the target says, but was %s: %s",
        format,
        output,
        file);
    return new ImageTarget(new Destination.OfFile(file), output);
  }

  /** Returns a stream, which is not closed. */
  public static ImageTarget of(OutputStream stream, Output output) {
    return new ImageTarget(new Destination.OfStream(stream), output);
  }

  /** The writing of an image. */
  public interface Writing {

    /** Writes to a target. */
    void to(ImageTarget target) throws IOException;
  }

  /** Returns the bytes of an image that is written to memory. */
  public static byte[] bytes(Output output, Writing writing) throws IOException {
    Destination.OfMemory memory = new Destination.OfMemory();
    writing.to(new ImageTarget(memory, output));
    return memory.bytes();
  }

  /**
   * Refuses to write to the file that is read.
   *
   * @throws IllegalArgumentException if the target is the source
   */
  public void checkIsNot(ImageInput source) throws IOException {
    Optional<Path> read = source.file();
    Optional<Path> written = destination.file();
    checkArgument(
        read.isEmpty()
            || written.isEmpty()
            || !Files.exists(written.get())
            || !Files.isSameFile(read.get(), written.get()),
        "target must not be the source, but was %s",
        destination);
  }

  /** Returns the name of the target in messages: the file, or else the format. */
  public String shown() {
    return destination.file().isPresent()
        ? destination.toString()
        : format.toUpperCase(Locale.ROOT);
  }

  /**
   * Returns the advice to take another format.
   *
   * @param extension of the format, such as "png" or "tif"
   */
  public String adviceToTake(String extension) {
    return destination.file().isPresent()
        ? "name a target ending in " + extension
        : "choose Output." + (extension.equals("tif") ? "tiff" : extension) + "()";
  }

  /** Returns whether the format holds more than one image. */
  public boolean takesPages() {
    return format.equals("tiff");
  }

  /** Returns whether the format holds an animation. */
  public boolean takesAnimation() {
    return format.equals("png");
  }

  /**
   * Returns the metadata of an image that the format has no place for, as sentences.
   *
   * @param tiff the metadata that only a TIFF has
   */
  public List<String> leftOut(FileMetadata metadata, Optional<TiffTags> tiff) {
    Descriptions descriptions = metadata.descriptions();
    List<String> leftOut = new ArrayList<>();
    if (!format.equals("tiff")) {
      tiff.flatMap(TiffTags::title)
          .ifPresent(title -> leftOut.add(title + " are left out, which only a TIFF holds"));
    }
    if (format.equals("bmp")) {
      if (!descriptions.equals(Descriptions.NONE)) {
        leftOut.add("its metadata are left out, for which a BMP has no place");
      }
      return leftOut;
    }
    Exif exif = descriptions.exif().filter(Exif::hasMakerNote).orElse(null);
    if (exif != null && format.equals("tiff")) {
      leftOut.add("the note of the camera maker is left out, for which a TIFF has no place");
    } else if (exif != null && format.equals("jpeg") && !HeaderedOutput.takesMakerNote(exif)) {
      leftOut.add("the note of the camera maker is left out, which is too large for a JPEG");
    }
    String texts =
        descriptions.texts().stream()
            .filter(text -> format.equals("tiff") || text.comment().isEmpty())
            .map(PngText::keyword)
            .distinct()
            .limit(MAX_NAMED_TEXTS)
            .collect(Collectors.joining(", "));
    if (!texts.isEmpty() && !format.equals("png")) {
      leftOut.add(
          String.format(
              Locale.ROOT,
              "its texts (%s) are left out, for which a %s has no place",
              texts,
              format.toUpperCase(Locale.ROOT)));
    }
    return leftOut;
  }

  /**
   * Refuses a target that cannot be written, as far as can be seen before time is spent on the
   * pixels.
   *
   * @throws IOException if there is no folder to write to, or the file is write-protected
   */
  public void check() throws IOException {
    destination.check();
  }

  /**
   * Refuses an image that the format cannot hold, before time is spent on the pixels.
   *
   * @param metadata what the file is to say about the image
   * @throws IOException if the image or its colour profile is too large for the format
   */
  public void check(int width, int height, FileMetadata metadata) throws IOException {
    String tooLarge =
        switch (format) {
          case "jpeg" ->
              Math.max(width, height) > MAX_JPEG_SIDE
                  ? "JPEG, which takes up to 65500 pixels a side; PNG and TIFF take it"
                  : "";
          case "bmp" ->
              4L * width * height > MAX_BMP_BYTES
                  ? "BMP, which takes up to 2 GB; TIFF takes it"
                  : "";
          case "png" ->
              8L * width > MAX_PNG_ROW_BYTES
                  ? "a PNG written here; turned by 90 degrees it fits"
                  : "";
          case "tiff" ->
              16L * width > Integer.MAX_VALUE
                  ? "a TIFF written here, of up to 2^27 pixels a row; turned by 90 degrees it fits"
                  : "";
          default -> "";
        };
    if (!tooLarge.isEmpty()) {
      throw refused(
          String.format(
              Locale.ROOT, "%sx%s (width x height) is too large for %s", width, height, tooLarge));
    }
    int profileBytes =
        metadata
            .profile()
            .filter(profile -> profile.isOf("RGB "))
            .map(p -> p.bytes().length)
            .orElse(0);
    if (format.equals("jpeg") && profileBytes > HeaderedOutput.MAX_JPEG_PROFILE) {
      throw refused(
          String.format(
              Locale.ROOT,
              "the colour profile has %s bytes, too many for a JPEG; PNG and TIFF take it",
              profileBytes));
    }
  }

  private FileSystemException refused(String reason) {
    return new FileSystemException(destination.toString(), null, "cannot be written: " + reason);
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
    destination.write((channel, scratch) -> guarded(() -> writeTo(channel, pictures)));
  }

  /**
   * Writes an animation, one picture after the other.
   *
   * @param animation how the pictures are shown
   * @param pictures as many as the animation has, of one size and kind, each the whole canvas
   * @throws IOException if the file cannot be written, or a picture's rows cannot be had
   * @throws CancellationException if the thread is interrupted meanwhile
   */
  public void write(Animation animation, Iterator<? extends Picture> pictures) throws IOException {
    destination.write(
        (channel, scratch) -> guarded(() -> writeTo(channel, scratch, animation, pictures)));
  }

  private interface Pulling {
    void run() throws IOException;
  }

  private void guarded(Pulling pulling) throws IOException {
    try {
      pulling.run();
    } catch (UncheckedIOException e) { // a writer pulled rows that could not be had
      throw e.getCause();
    } catch (IOException e) {
      if (MemoryShortage.isCauseOf(e)) {
        throw MemoryShortage.of(destination, "write it", e);
      }
      throw e;
    }
  }

  private void writeTo(
      SeekableByteChannel channel,
      Destination.Scratch scratch,
      Animation animation,
      Iterator<? extends Picture> pictures)
      throws IOException {
    AnimatedPngWriter writer = new AnimatedPngWriter(channel, animation);
    while (pictures.hasNext()) {
      try (SeekableByteChannel written = scratch.emptied()) {
        writeByImageIo(suited(checked(pictures.next())), written);
      }
      try (SeekableByteChannel read = scratch.written()) {
        writer.add(read);
      }
    }
    writer.finish();
  }

  /** Writes to a channel, which the caller closes. */
  void writeTo(SeekableByteChannel channel, Iterator<? extends Picture> pictures)
      throws IOException {
    Picture picture = suited(checked(pictures.next()));
    if (!format.equals("tiff") || !TiffWriter.takes(picture)) {
      checkArgument(!pictures.hasNext(), "%s: can hold one image of this kind only", destination);
      writeByImageIo(picture, channel);
      return;
    }
    TiffWriter tiff = new TiffWriter(channel, TiffWriter.MAX_CLASSIC_BYTES, output.isDeflated());
    tiff.write(picture);
    while (pictures.hasNext()) {
      picture = suited(checked(pictures.next()));
      tiff.write(TiffWriter.takes(picture) ? picture : plain(picture));
    }
    tiff.finish();
  }

  private Picture checked(Picture picture) throws IOException {
    check(picture.width(), picture.height(), picture.metadata());
    return picture;
  }

  private void writeByImageIo(Picture picture, SeekableByteChannel channel) throws IOException {
    BufferedImage rows = firstRows(picture);
    boolean isWhole = rows.getHeight() == picture.height();
    ImageWriter writer =
        writer(rows).orElseThrow(() -> new IOException("no ImageIO plug-in writes " + format));
    try (HeaderedOutput stream = new HeaderedOutput(channel, format, picture.metadata())) {
      ImageWriteParam parameters = parameters(writer);
      writer.setOutput(stream);
      RenderedImage image = isWhole ? rows : new RowsImage(picture, rows, format.equals("jpeg"));
      try {
        writer.write(
            null, new IIOImage(image, null, sampling(writer, rows, parameters)), parameters);
      } catch (IOException
          | RuntimeException e) { // some do not say why, or not even that it failed
        stream.throwIfFailed();
        throw e;
      }
      stream.throwIfFailed();
      stream.finish();
    } finally {
      writer.dispose();
    }
  }

  /** Returns the settings of the output as those of a writer. */
  private ImageWriteParam parameters(ImageWriter writer) throws IOException {
    ImageWriteParam parameters = writer.getDefaultWriteParam();
    boolean isSet =
        output.quality().isPresent() || output.level().isPresent() || output.isDeflated();
    if (!isSet) {
      return parameters;
    }
    if (!parameters.canWriteCompressed()) {
      throw refused("the ImageIO plug-in that writes " + format + " has no compression to set");
    }
    parameters.setCompressionMode(ImageWriteParam.MODE_EXPLICIT);
    if (output.isDeflated()) {
      parameters.setCompressionType("ZLib");
    }
    output.quality().ifPresent(quality -> parameters.setCompressionQuality((float) quality));
    output
        .level() // the JDK's writer makes a level of the quality
        .ifPresent(level -> parameters.setCompressionQuality(1 - level / MAX_PNG_LEVEL));
    return parameters;
  }

  /** Returns metadata that ask for the chroma sampling of a JPEG, or null for the default. */
  private @Nullable IIOMetadata sampling(
      ImageWriter writer, BufferedImage kind, ImageWriteParam parameters) throws IOException {
    boolean isDefault = output.chroma().equals(Output.jpeg().chroma());
    if (output.chroma().isEmpty() || isDefault || kind.getRaster().getNumBands() != 3) {
      return null;
    }
    String luma = output.chroma().orElseThrow().equals("4:4:4") ? "1" : "2";
    IIOMetadata metadata =
        writer.getDefaultImageMetadata(
            ImageTypeSpecifier.createFromRenderedImage(kind), parameters);
    IIOMetadataNode tree = (IIOMetadataNode) metadata.getAsTree(JPEG_METADATA);
    Element first = (Element) tree.getElementsByTagName("componentSpec").item(0);
    first.setAttribute("HsamplingFactor", luma);
    first.setAttribute("VsamplingFactor", "1");
    metadata.setFromTree(JPEG_METADATA, tree);
    return metadata;
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
    if (format.equals("tiff") && picture.tiff().flatMap(TiffTags::layout).isPresent()) {
      return picture;
    }
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
      public Optional<TiffTags> tiff() {
        return picture.tiff();
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
    public Optional<TiffTags> tiff() {
      return source.tiff();
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
