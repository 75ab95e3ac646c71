// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.internal.files;

import static io.github.sr4j.shared.settings.UpscalerSettings.MAX_PIXELS;
import static io.github.sr4j.shared.settings.UpscalerSettings.MAX_PIXELS_PER_BYTE;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.util.Objects.requireNonNull;

import io.github.sr4j.ImageFormatException;
import io.github.sr4j.SuperResolutionException;
import io.github.sr4j.internal.animation.AnimatedPngFile;
import io.github.sr4j.internal.animation.Animation;
import io.github.sr4j.internal.animation.Canvas;
import io.github.sr4j.internal.animation.GifFile;
import io.github.sr4j.internal.animation.WebpAlpha;
import io.github.sr4j.internal.animation.WebpFile;
import io.github.sr4j.internal.files.FileMetadata.Profile;
import io.github.sr4j.internal.files.MetadataReader.Overlooked;
import io.github.sr4j.internal.images.Layer;
import io.github.sr4j.internal.images.NoData;
import io.github.sr4j.internal.images.Orientation;
import io.github.sr4j.internal.pixels.AwtPixels;
import io.github.sr4j.internal.regions.Region;
import io.github.sr4j.internal.tiff.CameraRaw;
import io.github.sr4j.internal.tiff.TiffCompression;
import io.github.sr4j.internal.tiff.TiffDecoder;
import io.github.sr4j.internal.tiff.TiffDirectory;
import io.github.sr4j.internal.tiff.TiffLayout;
import io.github.sr4j.internal.tiff.TiffTags;
import io.github.sr4j.internal.util.ChannelInput;
import io.github.sr4j.internal.util.MemoryShortage;
import io.github.sr4j.internal.util.SplicedChannel;
import io.github.sr4j.shared.settings.SettingException;
import io.github.sr4j.shared.util.ForeignFormat;
import io.github.sr4j.shared.util.Reasons;
import java.awt.Dimension;
import java.awt.Rectangle;
import java.awt.color.ColorSpace;
import java.awt.color.ICC_ColorSpace;
import java.awt.color.ICC_Profile;
import java.awt.image.BufferedImage;
import java.awt.image.ColorModel;
import java.awt.image.ComponentColorModel;
import java.awt.image.DataBuffer;
import java.awt.image.DataBufferUShort;
import java.awt.image.DirectColorModel;
import java.awt.image.IndexColorModel;
import java.awt.image.Raster;
import java.awt.image.WritableRaster;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteOrder;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.concurrent.CancellationException;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import javax.imageio.ImageReadParam;
import javax.imageio.ImageReader;
import javax.imageio.ImageTypeSpecifier;
import org.jspecify.annotations.Nullable;

/** An image file of any format that ImageIO has a reader for, open to be read. Not thread-safe. */
public final class ImageSource implements AutoCloseable {

  /**
   * How much of an image is decoded at a time, in bytes.
   *
   * @param sequential where readers decode from the top down to the rows that are asked for, so
   *     that these should be asked for a few times only
   * @param random where rows are read where they lie: in a TIFF
   */
  public record Budget(long sequential, long random) {

    /** Returns the budget that suits the heap. */
    public static Budget ofHeap() {
      long bytes = Runtime.getRuntime().maxMemory() / 8;
      return new Budget(Math.max(1 << 24, Math.min(bytes, 1 << 28)), 1 << 24);
    }
  }

  /**
   * The warnings after which libjpeg has made up pixels. It also warns of bytes that it skipped
   * before the end, which many cameras write and which harm nothing.
   */
  private static final Pattern FATAL_WARNING =
      Pattern.compile(
          "premature end|inconsistent progression|corrupt(?!.*extraneous bytes before marker 0xd9)",
          Pattern.CASE_INSENSITIVE);

  /** The words of readers about images that are sound. */
  private static final Pattern UNSUPPORTED =
      Pattern.compile("^(unsupported|not supported)\\b", Pattern.CASE_INSENSITIVE);

  // The decoders of lossless and lossy WebP buffer so many bytes beyond those that they need. The
  // former, where none are left, decodes what it has again, for as long as the image wants bits.
  private static final int VP8L_LOOKAHEAD = 8;
  private static final int VP8_LOOKAHEAD = 1;

  // At 8 bits and with alpha: the canvas, what a frame hides of it, and the frame.
  private static final int CANVAS_BYTES_PER_PIXEL = 12;

  private static final int SLACK_BYTES = 16; // what rounding to whole blocks and bytes can take

  private static final int MAX_SMALL_TILE = 1 << 24; // pixels, of an image of any size
  private static final int MAX_SAMPLES = 1024; // per pixel: the limit of the JDK's TIFF reader

  private final ImageInput file; // whose text is its name
  private final Budget budget;
  private final PixelLimits limits;
  private final SeekableByteChannel channel;
  private final ChannelInput stream;
  private final ImageReader reader;
  private final @Nullable JpegScan jpeg; // the structure of a JPEG
  private final String format;
  private final byte[] start; // of the file, with zeros behind a shorter one
  private final List<MetadataReader.Page> directories;
  private final List<TiffDirectory> tiff; // of a TIFF's pages, else none
  private final List<WebpFile.Image> webpImages; // of the only image, or of the frames
  private final Optional<Animation> frames; // of one frame or more
  private @Nullable String fatalWarning;
  private @Nullable Page current; // the one that may have a window
  private @Nullable WebpAlpha alpha; // of the first image, once it is needed

  private ImageSource(
      ImageInput file,
      Budget budget,
      PixelLimits limits,
      SeekableByteChannel channel,
      ChannelInput stream,
      ImageReader reader,
      @Nullable JpegScan jpeg)
      throws IOException {
    this.file = file;
    this.budget = budget;
    this.limits = limits;
    this.channel = channel;
    this.stream = stream;
    this.reader = reader;
    this.jpeg = jpeg;
    this.format = reader.getFormatName().toLowerCase(Locale.ROOT);
    this.start = start(stream, PixelLimits.START_BYTES);
    this.directories = guarded(() -> MetadataReader.read(stream));
    Optional<WebpFile> webp =
        guarded(
            () -> format.equals("webp") ? Optional.of(WebpFile.read(stream)) : Optional.empty());
    this.webpImages = webp.map(WebpFile::images).orElse(List.of());
    this.frames =
        guarded(
            () ->
                switch (format) {
                  case "gif" -> Optional.of(GifFile.read(stream));
                  case "png" -> AnimatedPngFile.read(stream);
                  default -> webp.flatMap(WebpFile::animation);
                });
    this.tiff = guarded(this::checkedDirectories);
    reader.addIIOReadWarningListener(
        (source, warning) -> {
          if (fatalWarning == null && FATAL_WARNING.matcher(warning).find()) {
            fatalWarning = warning;
          }
        });
    ChannelInput input = webpImages.isEmpty() ? stream : webp(webpImages.get(0));
    guarded(
        () -> {
          input.setByteOrder(ByteOrder.BIG_ENDIAN);
          input.seek(0);
          return input;
        });
    reader.setInput(input, false, true);
  }

  /** Returns the data of an image of a WebP, up to where its decoder may read. */
  private ChannelInput webp(WebpFile.Image image) {
    ChannelInput input = new ChannelInput(new SplicedChannel(channel, image.file()));
    input.padEnd(image.isLossless() ? VP8L_LOOKAHEAD : VP8_LOOKAHEAD);
    input.hideLength();
    return input;
  }

  /** Returns the transparency that an image of a WebP has besides its colours, or null. */
  private @Nullable WebpAlpha alphaOf(WebpFile.Image image) {
    WebpFile.Alpha stored = image.alpha().orElse(null);
    if (stored == null) {
      return null;
    }
    byte[] samples = new byte[image.width() * image.height()]; // at most 2^14 a side
    if (stored.raw().isPresent()) {
      guarded(
          () -> {
            stream.seek(stored.raw().get().offset());
            stream.readFully(samples);
            return samples;
          });
    } else {
      BufferedImage green = decodePart(stored.compressed().orElseThrow());
      int[] row = new int[image.width()];
      for (int y = 0; y < image.height(); y++) {
        green.getRaster().getSamples(0, y, row.length, 1, 1, row);
        for (int x = 0; x < row.length; x++) {
          samples[y * row.length + x] = (byte) row[x];
        }
      }
    }
    return WebpAlpha.unfiltered(samples, image.width(), stored.filter());
  }

  private WebpAlpha alphaOfFirst() {
    WebpAlpha known = alpha;
    if (known == null) {
      known = requireNonNull(alphaOf(webpImages.get(0)));
      alpha = known;
    }
    return known;
  }

  /** Decodes an image that is part of the file. */
  private BufferedImage decodePart(SplicedChannel.Parts parts) {
    return guarded(
        () -> {
          try (ImageSource part =
              open(file, limits, budget, new SplicedChannel(channel, parts), null)) {
            return part.readFirst();
          }
        });
  }

  /** Opens a file with the budget that suits the heap. */
  public static ImageSource open(Path file, long maxPixels) throws IOException {
    return open(ImageInput.of(file), maxPixels); // which has nothing to close
  }

  /** Opens an image with the budget that suits the heap. */
  public static ImageSource open(ImageInput file, long maxPixels) throws IOException {
    return open(file, PixelLimits.of(maxPixels), Budget.ofHeap());
  }

  /**
   * Opens an image. It does not close the input, which must be open as long as this.
   *
   * @param limits on the pixels that an image in the file may have
   * @throws ImageFormatException if the file is not an image, or is damaged as far as can be seen
   *     without decoding it
   * @throws IOException if the file does not exist or cannot be read
   */
  public static ImageSource open(ImageInput file, PixelLimits limits, Budget budget)
      throws IOException {
    file.check();
    JpegScan jpeg = scanned(file);
    SeekableByteChannel channel = file.channel();
    if (jpeg != null && jpeg.unsupported() != null) {
      try (channel) {
        throw unsupported(file, "JPEG", jpeg.unsupported(), null);
      }
    }
    ImageSource source =
        open(file, limits, budget, jpeg == null ? channel : jpeg.mended(channel), jpeg);
    try {
      if (jpeg != null && jpeg.isLossless() && isOfTheJdk(source.reader)) {
        throw source.unsupported(
            "it is lossless, which com.twelvemonkeys.imageio:imageio-jpeg on the class path would"
                + " read",
            null);
      }
      String defect = jpeg == null ? FileCheck.defect(file) : jpeg.defect();
      if (defect != null) {
        throw source.damaged(defect, null);
      }
      return source;
    } catch (IOException | RuntimeException e) {
      try (source) {
        throw e;
      }
    }
  }

  private static boolean isOfTheJdk(ImageReader reader) {
    return reader.getClass().getName().startsWith("com.sun.imageio.");
  }

  private static @Nullable JpegScan scanned(ImageInput file) throws IOException {
    try (InputStream in = file.stream()) {
      return JpegScan.of(in);
    }
  }

  private static ImageSource open(
      ImageInput file,
      PixelLimits limits,
      Budget budget,
      SeekableByteChannel channel,
      @Nullable JpegScan jpeg)
      throws IOException {
    ChannelInput stream = new ChannelInput(channel);
    ImageReader reader = null;
    try {
      reader = reader(file, stream);
      return new ImageSource(file, budget, limits, channel, stream, reader, jpeg);
    } catch (Throwable e) { // also an error, which the file may be the cause of
      try (stream) {
        if (reader != null) {
          reader.dispose();
        }
      }
      if (e instanceof OutOfMemoryError) {
        throw MemoryShortage.of(file, "open it", e);
      }
      throw e;
    }
  }

  /**
   * Reads the directories of a TIFF, if the file is one.
   *
   * @throws ImageFormatException if the file is a camera raw file
   */
  private List<TiffDirectory> checkedDirectories() throws IOException {
    if (!format.contains("tif")) {
      return List.of();
    }
    stream.seek(0);
    List<TiffDirectory> pages = TiffDirectory.readAll(stream);
    for (TiffDirectory page : pages) {
      CameraRaw.check(file.toString(), page, page.nested());
    }
    return pages;
  }

  private static ImageReader reader(ImageInput file, ChannelInput stream) throws IOException {
    byte[] start =
        Arrays.copyOf(
            start(stream, ForeignFormat.START),
            (int) Math.min(ForeignFormat.START, stream.length()));
    if (start.length == 0) {
      throw notAnImage(file, "the file is empty");
    }
    CameraRaw.check(file.toString(), start);
    Iterator<ImageReader> readers = ImageIO.getImageReaders(stream);
    if (!readers.hasNext()) {
      Optional<ForeignFormat> foreign = ForeignFormat.of(start);
      if (foreign.isPresent()) {
        throw new ImageFormatException(
            String.format(
                Locale.ROOT,
                "%s: cannot be read because it is %s; %s",
                file,
                foreign.get().title(),
                foreign.get().advice()),
            null);
      }
      throw notAnImage(
          file,
          isBigTiff(start)
              ? "it is a BigTIFF, which com.twelvemonkeys.imageio:imageio-tiff on the class path"
                  + " would read"
              : "it begins with " + shown(Arrays.copyOf(start, Math.min(16, start.length))));
    }
    return readers.next();
  }

  private static byte[] start(ChannelInput stream, int count) throws IOException {
    byte[] start = new byte[count];
    stream.seek(0);
    stream.read(start, 0, count);
    stream.seek(0);
    return start;
  }

  private static boolean isBigTiff(byte[] start) {
    String text = new String(start, ISO_8859_1);
    return text.startsWith("II+\0") || text.startsWith("MM\0+");
  }

  /**
   * Returns how the pictures of the file are shown if they are those of an animation: of more than
   * one frame, or of a frame and a still image.
   */
  public Optional<Animation> animation() {
    return frames.filter(animation -> animation.pictures() > 1);
  }

  /**
   * Returns the images in the file, top to bottom as they are to be looked at: the {@linkplain
   * #pages pages} of a TIFF; the frames of an animation, each on the canvas with what is left of
   * those before it, and before them the still image that the file may hold; else the one image.
   * Those of an animation are cheap to go through in their order only.
   *
   * @throws ImageFormatException if the file is damaged, or an image has too many pixels
   */
  public List<Picture> pictures() {
    return guarded(
        () -> {
          if (frames.isPresent() && (animation().isPresent() || !isFirstWhole())) {
            return picturesOf(frames.get());
          }
          int count = format.contains("tif") ? reader.getNumImages(true) : 1;
          List<Picture> pictures = new ArrayList<>();
          for (int index : tiff.isEmpty() ? List.of(0) : pages()) {
            if (index < count) {
              pictures.add(new Page(index));
            }
          }
          if (pictures.isEmpty()) {
            throw damaged("it has no image", null);
          }
          return pictures;
        });
  }

  /** Returns the omitted parts of the file, as sentences. */
  public List<String> notes() {
    Stream<String> ofMetadata =
        directories.stream().flatMap(page -> page.metadata().notes().stream());
    int channels = guarded(this::droppedChannels);
    Stream<String> ofChannels =
        channels == 0
            ? Stream.empty()
            : Stream.of(
                String.format(
                    Locale.ROOT,
                    "%s of its channels are left out: saved selections or spot colours",
                    channels));
    return Stream.concat(ofMetadata, ofChannels).distinct().toList();
  }

  /** Returns how many channels a document of Photoshop has beyond colour and alpha. */
  private int droppedChannels() throws IOException {
    if (!format.equals("psd")) {
      return 0;
    }
    ColorModel model = first().model();
    int channels = (start[12] & 0xff) << 8 | (start[13] & 0xff);
    // Not what the model says of itself: the reader's own one counts what it drops.
    int read =
        model instanceof IndexColorModel
            ? 1
            : model.getNumColorComponents() + (model.hasAlpha() ? 1 : 0);
    return Math.max(0, channels - read);
  }

  /** Whether the first image is all of the canvas, or a still image. */
  private boolean isFirstWhole() {
    return frames
        .map(
            animation ->
                animation.hasStill()
                    || animation.frames().get(0).covers(animation.width(), animation.height()))
        .orElse(true);
  }

  private List<Picture> picturesOf(Animation animation) throws IOException {
    checkSize(animation.width(), animation.height());
    for (Animation.Frame frame : animation.frames()) {
      checkSize(frame.width(), frame.height());
    }
    checkCanvas(animation);
    FileMetadata stored = directories.get(0).metadata();
    boolean isApplied = new Page(0).metadata.isProfileApplied();
    boolean isOpaque = animation.isOpaque();
    List<Picture> pictures = new ArrayList<>();
    if (animation.still().isPresent()) {
      Animation.Frame still = animation.still().get();
      Animation alone =
          new Animation(animation.width(), animation.height(), 1, Optional.empty(), List.of(still));
      Canvas canvas = new Canvas(alone, isOpaque, frame -> decodePart(still.file()));
      pictures.add(new FrameOnCanvas(canvas, 0, alone, stored, isApplied));
    }
    Canvas canvas = new Canvas(animation, isOpaque, this::decodeFrame);
    for (int i = 0; i < animation.frames().size(); i++) {
      pictures.add(new FrameOnCanvas(canvas, i, animation, stored, isApplied));
    }
    return pictures;
  }

  private BufferedImage decodeFrame(int index) {
    Animation.Frame frame = frames.orElseThrow().frames().get(index);
    BufferedImage colors = decodePart(frame.file());
    WebpAlpha transparency = webpImages.isEmpty() ? null : alphaOf(webpImages.get(index));
    return transparency == null
        ? colors
        : transparency.with(colors, Region.ofWhole(frame.width(), frame.height()));
  }

  /** The canvas is in memory whole, unlike other images. */
  private void checkCanvas(Animation animation) {
    long pixels = (long) animation.width() * animation.height();
    long bytes = pixels * CANVAS_BYTES_PER_PIXEL;
    long heap = Runtime.getRuntime().maxMemory();
    if (bytes > heap / 2) {
      throw new ImageFormatException(
          String.format(
              Locale.ROOT,
              "%s: the canvas of the animation is %sx%s (width x height) and would take about %s"
                  + " MB, more than half of Java's heap of %s MB; -Xmx sets a larger one",
              file,
              animation.width(),
              animation.height(),
              bytes >> 20,
              heap >> 20),
          null);
    }
  }

  /**
   * Returns the directories that are pages of a TIFF: all but reduced copies of other pages and
   * masks, unless there is nothing else.
   */
  private List<Integer> pages() throws IOException {
    List<Integer> pages = new ArrayList<>();
    for (int i = 0; i < tiff.size(); i++) {
      if (!tiff.get(i).isReduced() && !tiff.get(i).isMask()) {
        pages.add(i);
      }
    }
    return pages.isEmpty() ? IntStream.range(0, tiff.size()).boxed().toList() : pages;
  }

  /**
   * Returns how many images of a TIFF are masks of others, which {@link #pictures} leaves out;
   * those of reduced copies do not count.
   */
  public int masks() {
    return guarded(
        () -> {
          int masks = 0;
          for (TiffDirectory directory : tiff) {
            masks += (directory.isMask() && !directory.isReduced()) ? 1 : 0;
          }
          return pages().size() == tiff.size() ? 0 : masks;
        });
  }

  private Page first() throws IOException {
    return new Page(tiff.isEmpty() ? 0 : pages().get(0));
  }

  /**
   * Reads the first image of the file whole: of an animation the first frame on its canvas, or the
   * still image that the file holds besides.
   *
   * @throws ImageFormatException if the file is damaged, or the image has too many pixels, or bands
   *     beyond colour and alpha
   */
  public BufferedImage readFirst() {
    if (!isFirstWhole()) {
      return guarded(() -> pictures().get(0).band(0).rows());
    }
    Page page = guarded(this::first);
    if (page.hasBands()) {
      throw new ImageFormatException(
          String.format(
              Locale.ROOT,
              "%s: has %s samples per pixel, more than colour and alpha; an image in memory has"
                  + " none of them, but files are enlarged with all of them",
              file,
              page.model().getNumComponents()),
          null);
    }
    return NoData.with(
        page.tiff().map(TiffTags::noData).orElse(OptionalDouble.empty()),
        page.decode(0, Integer.MAX_VALUE));
  }

  /**
   * Returns the size of the first image of the file, upright.
   *
   * @throws ImageFormatException if the file is damaged or the image has too many pixels
   */
  public Dimension firstSize() {
    Page page = guarded(this::first);
    if (isFirstWhole()) {
      return new Dimension(page.width(), page.height());
    }
    Animation animation = frames.orElseThrow();
    checkSize(animation.width(), animation.height());
    return page.orientation.swapsSides()
        ? new Dimension(animation.height(), animation.width())
        : new Dimension(animation.width(), animation.height());
  }

  /** Frees the reader and closes the file. */
  @Override
  public void close() throws IOException {
    try (stream) {
      reader.dispose();
    }
  }

  private interface Reading<T> {
    T run() throws IOException;
  }

  private <T> T guarded(Reading<T> reading) {
    T result;
    try {
      result = reading.run();
    } catch (SuperResolutionException | CancellationException e) {
      throw e;
    } catch (TiffDecoder.UnsupportedException e) {
      throw unsupported(String.valueOf(e.getMessage()), e);
    } catch (StackOverflowError e) { // readers follow links from part to part by recursion
      throw damaged("its parts are nested too deeply", e);
    } catch (IOException | RuntimeException | OutOfMemoryError e) { // on damaged files, in any way
      if (MemoryShortage.isCauseOf(e)) {
        throw MemoryShortage.of(file, "decode the " + format + " image", e);
      }
      if (Thread.currentThread().isInterrupted()) { // which closes channels
        CancellationException cancelled =
            new CancellationException("interrupted while reading " + file);
        cancelled.initCause(e);
        throw cancelled;
      }
      if (e instanceof IOException && UNSUPPORTED.matcher(String.valueOf(e.getMessage())).find()) {
        throw unsupported(String.valueOf(e.getMessage()), e);
      }
      throw damaged(found(e), e);
    }
    if (fatalWarning != null) {
      boolean isCutOff = fatalWarning.contains("premature end");
      throw damaged(isCutOff ? Reasons.CUT_OFF + " (" + fatalWarning + ")" : fatalWarning, null);
    }
    return result;
  }

  private static String found(Throwable failure) {
    String reason = Reasons.of(failure);
    // Messages of unchecked exceptions are not made for the user of the file.
    return reason.equals(Reasons.CUT_OFF)
            || (failure instanceof IOException && failure.getMessage() != null)
        ? reason
        : "it cannot be decoded";
  }

  /** Refuses an image of a TIFF that its bytes cannot hold. */
  private void checkBytes(int width, int height, TiffDirectory directory) throws IOException {
    long compression = directory.compression();
    int bits = directory.bitsPerPixel();
    long[] counts = directory.byteCounts();
    boolean isSparse = Arrays.stream(counts).anyMatch(count -> count == 0);
    long bytes = stream.length();
    double wanted = (double) width * height * bits / Byte.SIZE;
    if (compression == TiffCompression.NONE && !isSparse && limits.maxPerByte().isEmpty()) {
      if (wanted > bytes) {
        throw damaged(
            String.format(
                Locale.ROOT,
                "%s: its pixels take %.0f bytes, but it has %s",
                Reasons.CUT_OFF,
                wanted,
                bytes),
            null);
      }
      return;
    }
    double stored = 0;
    for (long count : counts) { // of which some may be of the same bytes
      stored += Math.max(0, count);
    }
    boolean isKnown = compression != TiffCompression.OLD_JPEG && !isSparse && stored > 0;
    bytes = isKnown && stored < bytes ? (long) stored : bytes;
    checkBytes(width, height, limits.perByteOfTiff(compression, bits, width, isSparse), bytes);
  }

  /** Refuses an image that its bytes cannot hold, or that takes too much to be decoded at all. */
  private void checkBytes(int width, int height) {
    long pixels = (long) width * height;
    checkBytes(
        width,
        height,
        limits.perByte(format, start, width),
        jpeg == null ? stream.length() : jpeg.dataBytes());
    if (jpeg != null && jpeg.coefficientBytes(pixels) > maxCoefficientBytes()) {
      throw new ImageFormatException(
          String.format(
              Locale.ROOT,
              "%s: the jpeg image of %sx%s (width x height) comes in several scans, for which %s MB"
                  + " outside of the heap are needed, but at most %s MB may be; allow Java more"
                  + " with -Xmx, or save it as a baseline JPEG",
              file,
              width,
              height,
              jpeg.coefficientBytes(pixels) >> 20,
              maxCoefficientBytes() >> 20),
          null);
    }
  }

  private void checkBytes(int width, int height, double perByte, long bytes) {
    long pixels = (long) width * height;
    if (pixels > perByte * (bytes + SLACK_BYTES)) {
      throw refusal(
          new SettingException(
              "%s: %s is %s, but the %s image declares %s pixels, %sx%s (width x height), in %s"
                  + " bytes; it may be cut off",
              file,
              MAX_PIXELS_PER_BYTE,
              String.format(Locale.ROOT, perByte < 10 ? "%.2f" : "%.0f", perByte),
              format,
              pixels,
              width,
              height,
              bytes));
    }
  }

  private static ImageFormatException refusal(SettingException setting) {
    return new ImageFormatException(setting.getMessage(), setting);
  }

  /** As much as Java may use besides, or what photographs of 100 megapixels need. */
  private static long maxCoefficientBytes() {
    return Math.max(1 << 30, Runtime.getRuntime().maxMemory());
  }

  private void checkSize(int width, int height) {
    if (width <= 0 || height <= 0) {
      throw damaged(
          String.format(Locale.ROOT, "it is %sx%s pixels (width x height)", width, height), null);
    }
    long pixels = (long) width * height;
    if (pixels > limits.max()) {
      throw refusal(
          new SettingException(
              "%s: %s is %s, but the %s image has %s pixels, %sx%s (width x height)",
              file, MAX_PIXELS, limits.max(), format, pixels, width, height));
    }
  }

  private static ImageFormatException notAnImage(ImageInput file, String found) {
    return new ImageFormatException(
        String.format(
            Locale.ROOT, "%s: not an image of a readable format (%s): %s", file, readable(), found),
        null);
  }

  private ImageFormatException damaged(String found, @Nullable Throwable cause) {
    return new ImageFormatException(
        String.format(Locale.ROOT, "%s: damaged %s image: %s", file, format, found), cause);
  }

  /** An image that is as it should be, and that nobody here reads. */
  private ImageFormatException unsupported(String found, @Nullable Throwable cause) {
    String name = tiff.isEmpty() ? format.toUpperCase(Locale.ROOT) : "TIFF";
    return unsupported(file, name, found, cause);
  }

  private static ImageFormatException unsupported(
      ImageInput file, String format, String found, @Nullable Throwable cause) {
    String advice =
        switch (format) {
          case "TIFF" -> "; write it again with another compression, such as Deflate, or as a PNG";
          case "JPEG" -> "; save it as a baseline or progressive JPEG, or as a PNG";
          default -> "; save it as RGB of 8 or 16 bits, or as a PNG or TIFF";
        };
    return new ImageFormatException(
        String.format(
            Locale.ROOT, "%s: a %s of a kind that is not read: %s%s", file, format, found, advice),
        cause);
  }

  private static String readable() {
    return Arrays.stream(ImageIO.getReaderFormatNames())
        .map(name -> name.toLowerCase(Locale.ROOT))
        .distinct()
        .sorted()
        .collect(Collectors.joining(", "));
  }

  private static String shown(byte[] start) {
    String text = new String(start, ISO_8859_1);
    return text.chars().allMatch(c -> (c >= ' ' && c < 0x7f) || c == '\n' || c == '\r' || c == '\t')
        ? "the text \"" + text.strip() + "\""
        : "the bytes " + HexFormat.ofDelimiter(" ").formatHex(start);
  }

  /** A frame of an animation with what is left of those before it, turned as the file says. */
  private static final class FrameOnCanvas implements Picture {

    private final Canvas canvas;
    private final int index;
    private final Animation animation;
    private final Orientation orientation;
    private final FileMetadata metadata;

    FrameOnCanvas(
        Canvas canvas, int index, Animation animation, FileMetadata stored, boolean isApplied) {
      this.canvas = canvas;
      this.index = index;
      this.animation = animation;
      this.orientation = stored.orientation();
      this.metadata =
          stored
              .turned(animation.width(), animation.height())
              .withProfile(stored.profile(), isApplied);
    }

    @Override
    public int width() {
      return orientation.swapsSides() ? animation.height() : animation.width();
    }

    @Override
    public int height() {
      return orientation.swapsSides() ? animation.width() : animation.height();
    }

    @Override
    public FileMetadata metadata() {
      return metadata;
    }

    @Override
    public ColorModel model() {
      int type = hasAlpha() ? BufferedImage.TYPE_4BYTE_ABGR : BufferedImage.TYPE_3BYTE_BGR;
      return new BufferedImage(1, 1, type).getColorModel();
    }

    @Override
    public boolean hasAlpha() {
      return !canvas.isOpaque();
    }

    @Override
    public Band band(int row) throws IOException {
      return new Band(0, orientation.turn(canvas.at(index)));
    }
  }

  /** An image of the file, turned as its orientation says, decoded a window of rows at a time. */
  private final class Page implements Picture {

    private final int index;
    private final int storedWidth;
    private final int storedHeight;
    private final @Nullable TiffDecoder decoder; // null if the reader decodes
    private final @Nullable TiffTags tags;
    private final Orientation orientation;
    private final FileMetadata metadata;
    private final @Nullable ImageTypeSpecifier type;
    private final @Nullable ColorSpace droppedSpace;
    private final Overlooked overlooked;
    private final ColorModel model;
    private final boolean hasAlpha;
    private final int unit; // rows that are decoded together anyway
    private final int windowRows;
    private @Nullable Band window;

    Page(int index) throws IOException {
      this.index = index;
      TiffDirectory directory = index < tiff.size() ? tiff.get(index) : null;
      checkSamples(directory);
      decoder = directory == null ? null : decoder(directory);
      storedWidth = decoder == null ? reader.getWidth(index) : decoder.width();
      storedHeight = decoder == null ? reader.getHeight(index) : decoder.height();
      checkSize(storedWidth, storedHeight);
      if (directory == null) {
        checkBytes(storedWidth, storedHeight);
      } else {
        checkBytes(storedWidth, storedHeight, directory);
        checkTiles(directory);
      }
      FileMetadata stored =
          index < directories.size() ? directories.get(index).metadata() : FileMetadata.NONE;
      orientation = stored.orientation();
      type = decoder == null ? stored.profile().map(this::typeInProfile).orElse(null) : null;
      ColorModel colors;
      if (decoder != null) {
        colors = decoder.layout().colorModel();
      } else if (type != null) {
        colors = type.getColorModel();
      } else {
        colors = reader.getImageTypes(index).next().getColorModel();
      }
      model = decoder == null ? colors : decoder.layout().model();
      if (directory != null && decoder == null) {
        checkComponents(directory, colors);
      }
      if (format.equals("psd") && psdBits() > 16) { // which readers take for whole numbers
        throw unsupported("it has samples of " + psdBits() + " bits", null);
      }
      droppedSpace =
          type == null && (format.equals("png") || !tiff.isEmpty())
              ? stored.profile().map(profile -> space(profile, colors)).orElse(null)
              : null;
      boolean isApplied = type != null || (droppedSpace != null && !hasBands());
      metadata = stored.turned(storedWidth, storedHeight).withProfile(stored.profile(), isApplied);
      tags = directory == null ? null : tags(directory, colors);
      boolean isAlphaApart = !webpImages.isEmpty() && webpImages.get(0).alpha().isPresent();
      overlooked =
          index < directories.size() ? directories.get(index).overlooked() : Overlooked.NOTHING;
      hasAlpha = isAlphaApart || colors.hasAlpha() || overlooked.alphaMask() != 0;
      long bits = bitsPerPixel() + (isAlphaApart ? 8 : 0);
      checkRow(bits);
      int strip = tiff.isEmpty() ? storedHeight : segmentHeight();
      boolean isRandom = !orientation.swapsSides() && strip <= storedHeight / 4;
      unit = isRandom ? strip : 1;
      long rows =
          (isRandom ? budget.random() : budget.sequential()) / Math.max(1, width() * bits / 8);
      windowRows = (int) Math.max(1, Math.min(rows, height()));
    }

    private @Nullable TiffDecoder decoder(TiffDirectory directory) throws IOException {
      long compression = directory.compression();
      if (!TiffCompression.isReadable(compression)) {
        throw new TiffDecoder.UnsupportedException(
            String.format(
                Locale.ROOT,
                "it is compressed with %s (Compression %s)",
                TiffCompression.name(compression),
                compression));
      }
      return TiffDecoder.of(stream, directory, TiffTags.of(directory, null).noData().orElse(0));
    }

    /** Refuses an image of which the reader would drop samples without a word. */
    private void checkComponents(TiffDirectory directory, ColorModel colors) throws IOException {
      long samples = directory.samplesPerPixel();
      boolean isPalette = directory.photometric() == TiffDirectory.PALETTE;
      int ofColor = isPalette ? 1 : colors.getNumColorComponents();
      long extra = directory.wholeNumber(TiffDirectory.EXTRA_SAMPLES, 0);
      boolean isAlpha = colors.hasAlpha() && (extra == 1 || extra == 2); // else a guess
      int expected = ofColor + (isAlpha ? 1 : 0); // not what the model says of itself
      if (samples > expected) {
        throw new TiffDecoder.UnsupportedException(
            String.format(
                Locale.ROOT,
                "it has %s samples per pixel, more than colour and alpha, and is neither gray nor"
                    + " RGB (PhotometricInterpretation %s)",
                samples,
                directory.photometric()));
      }
    }

    private int psdBits() {
      return (start[22] & 0xff) << 8 | (start[23] & 0xff);
    }

    private TiffTags tags(TiffDirectory directory, ColorModel model) throws IOException {
      TiffLayout layout = decoder == null ? null : decoder.layout();
      TiffTags read =
          TiffTags.of(directory, layout != null && layout.isSpecial() ? layout : null)
              .turned(orientation, storedWidth, storedHeight);
      // What stands for no data is then the number of a colour, of which the result has none.
      return model instanceof IndexColorModel ? read.withoutNoData() : read;
    }

    private boolean hasBands() {
      return decoder != null && decoder.layout().hasBands();
    }

    private int segmentHeight() throws IOException {
      return decoder == null ? reader.getTileHeight(index) : decoder.segmentHeight();
    }

    private long bitsPerPixel() {
      return decoder == null ? model.getPixelSize() : 8L * decoder.layout().bytesPerPixel();
    }

    /** Readers make room for tiles, which may be larger than the image. */
    private void checkTiles(TiffDirectory directory) throws IOException {
      long tileWidth = directory.wholeNumber(TiffDirectory.TILE_WIDTH, 1);
      long tileHeight = directory.wholeNumber(TiffDirectory.TILE_HEIGHT, 1);
      double pixels = (double) tileWidth * tileHeight;
      if (pixels > Math.max(MAX_SMALL_TILE, (double) storedWidth * storedHeight)) {
        throw damaged(
            String.format(
                Locale.ROOT,
                "its tiles are of %sx%s pixels (width x height), but it is of %sx%s",
                tileWidth,
                tileHeight,
                storedWidth,
                storedHeight),
            null);
      }
    }

    /** Readers count the bits of a row in 32 bits. */
    private void checkRow(long bits) {
      if (bits * storedWidth > Integer.MAX_VALUE) {
        throw new ImageFormatException(
            String.format(
                Locale.ROOT,
                "%s: the %s image has rows of %s pixels of %s bits, but a row must be of less than"
                    + " 2^31 bits",
                file,
                format,
                storedWidth,
                bits),
            null);
      }
    }

    /** Readers allocate something for each sample of a pixel, of which a TIFF may declare 2^31. */
    private void checkSamples(@Nullable TiffDirectory directory) throws IOException {
      long samples = index < directories.size() ? directories.get(index).samplesPerPixel() : 1;
      samples = directory == null ? samples : Math.max(samples, directory.samplesPerPixel());
      if (samples > MAX_SAMPLES) {
        throw damaged(
            String.format(Locale.ROOT, "it must have at most %s samples per pixel", MAX_SAMPLES),
            null);
      }
    }

    /**
     * Some readers convert to sRGB what they could also leave in the colour space of the profile.
     */
    private @Nullable ImageTypeSpecifier typeInProfile(Profile profile) {
      try {
        for (Iterator<ImageTypeSpecifier> types = reader.getImageTypes(index); types.hasNext(); ) {
          ImageTypeSpecifier candidate = types.next();
          ColorModel model = candidate.getColorModel();
          if (!model.getColorSpace().isCS_sRGB()
              && model.getColorSpace().getType() == ColorSpace.TYPE_RGB
              && profile.isOf("RGB ")) {
            return candidate;
          }
        }
        return null;
      } catch (IOException e) {
        return null; // reading the pixels will say so again
      }
    }

    /** The space of a profile of which the JDK's readers take no notice, if it can be had. */
    private @Nullable ColorSpace space(Profile profile, ColorModel model) {
      boolean isRgb =
          model instanceof IndexColorModel palette
              ? !AwtPixels.isGray(palette) // grays remain what they are
              : model instanceof ComponentColorModel && model.getColorSpace().isCS_sRGB();
      if (!isRgb || !profile.isOf("RGB ")) {
        return null;
      }
      try {
        return new ICC_ColorSpace(ICC_Profile.getInstance(profile.bytes()));
      } catch (IllegalArgumentException e) {
        return null; // not a profile
      }
    }

    private BufferedImage withOverlookedAlpha(BufferedImage image) {
      if (overlooked.gray() >= 0 && image.getColorModel().hasAlpha()) {
        // The reader compares the level with that of the file, but after it made 8 bits of it.
        WritableRaster raster = image.getRaster();
        int[] row = new int[2 * image.getWidth()];
        for (int y = 0; y < image.getHeight(); y++) {
          raster.getPixels(0, y, image.getWidth(), 1, row);
          for (int i = 0; i < row.length; i += 2) {
            row[i + 1] = row[i] == overlooked.gray() ? 0 : 255;
          }
          raster.setPixels(0, y, image.getWidth(), 1, row);
        }
      }
      if (overlooked.alphaMask() == 0
          || !(image.getColorModel() instanceof DirectColorModel model)
          || !(image.getRaster().getDataBuffer() instanceof DataBufferUShort data)) {
        return image;
      }
      DirectColorModel withAlpha =
          new DirectColorModel(
              model.getColorSpace(),
              16,
              model.getRedMask(),
              model.getGreenMask(),
              model.getBlueMask(),
              overlooked.alphaMask(),
              false,
              DataBuffer.TYPE_USHORT);
      return new BufferedImage(
          withAlpha,
          Raster.createPackedRaster(
              data,
              image.getWidth(),
              image.getHeight(),
              image.getWidth(),
              withAlpha.getMasks(),
              null),
          false,
          null);
    }

    /** Returns an image with the colours of its palette in place of their numbers. */
    private BufferedImage expanded(BufferedImage image) {
      BufferedImage colors =
          new BufferedImage(
              image.getWidth(),
              image.getHeight(),
              hasAlpha ? BufferedImage.TYPE_4BYTE_ABGR : BufferedImage.TYPE_3BYTE_BGR);
      int[] row = new int[image.getWidth()];
      for (int y = 0; y < image.getHeight(); y++) {
        image.getRGB(0, y, row.length, 1, row, 0, row.length);
        colors.setRGB(0, y, row.length, 1, row, 0, row.length);
      }
      return colors;
    }

    @Override
    public int width() {
      return orientation.swapsSides() ? storedHeight : storedWidth;
    }

    @Override
    public int height() {
      return orientation.swapsSides() ? storedWidth : storedHeight;
    }

    @Override
    public ColorModel model() {
      return model;
    }

    @Override
    public boolean hasAlpha() {
      return hasAlpha;
    }

    @Override
    public FileMetadata metadata() {
      return metadata;
    }

    @Override
    public Optional<TiffTags> tiff() {
      return Optional.ofNullable(tags);
    }

    @Override
    public List<Layer> layers() {
      if (decoder == null) {
        return List.of(Layer.WHOLE);
      }
      TiffLayout layout = decoder.layout();
      return layout.layers(
          droppedSpace == null ? layout.colorModel().getColorSpace() : droppedSpace);
    }

    @Override
    public Band band(int row) {
      Band last = window;
      if (last != null && last.holds(row)) {
        return last;
      }
      if (current != null) {
        current.window = null; // two of them need not be in memory
      }
      current = this;
      boolean isUpwards = last != null && row == last.top() - 1;
      int bottom = isUpwards ? row + 1 : Math.min(height(), row - row % unit + rows());
      int top = isUpwards ? Math.max(0, bottom - rows()) : row;
      last = null;
      Band next = new Band(top, decode(top, bottom));
      window = next;
      return next;
    }

    private int rows() {
      return Math.max(1, windowRows / unit) * unit;
    }

    BufferedImage decode(int top, int bottom) {
      return guarded(() -> decoded(top, bottom));
    }

    private BufferedImage decoded(int top, int bottom) throws IOException {
      ImageReadParam parameters = reader.getDefaultReadParam();
      Region region =
          orientation.stored(top, Math.min(bottom, height()), storedWidth, storedHeight);
      parameters.setSourceRegion(
          new Rectangle(region.x(), region.y(), region.width(), region.height()));
      if (type != null
          && isOfTheJdk(reader)) { // whose JPEG reader would not recognise its own type
        parameters.setDestination(type.createBufferedImage(region.width(), region.height()));
      } else if (type != null) {
        parameters.setDestinationType(type);
      }
      BufferedImage stored =
          decoder == null
              ? withOverlookedAlpha(reader.read(index, parameters))
              : decoder.read(region);
      if (!webpImages.isEmpty() && webpImages.get(0).alpha().isPresent()) {
        stored = alphaOfFirst().with(stored, region);
      }
      boolean isPalette = droppedSpace != null && stored.getColorModel() instanceof IndexColorModel;
      BufferedImage turned = orientation.turn(isPalette ? expanded(stored) : stored);
      ColorModel model = turned.getColorModel();
      // TwelveMonkeys' reader has 8-bit RGBA as it is in the file, and says that it is not.
      boolean isPremultiplied =
          model.isAlphaPremultiplied()
              || (index < directories.size()
                  && directories.get(index).isPremultiplied()
                  && turned.getType() == BufferedImage.TYPE_4BYTE_ABGR);
      if (hasBands() || (droppedSpace == null && isPremultiplied == model.isAlphaPremultiplied())) {
        return turned;
      }
      return new BufferedImage(
          new ComponentColorModel(
              droppedSpace == null ? model.getColorSpace() : droppedSpace,
              decoder == null ? null : model.getComponentSize(),
              model.hasAlpha(),
              isPremultiplied,
              model.getTransparency(),
              model.getTransferType()),
          turned.getRaster(),
          isPremultiplied,
          null);
    }
  }
}
