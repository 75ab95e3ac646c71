// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.internal.files;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.util.Objects.requireNonNull;

import io.github.sr4j.ImageFormatException;
import io.github.sr4j.internal.animation.AnimatedPngFile;
import io.github.sr4j.internal.animation.Animation;
import io.github.sr4j.internal.animation.Canvas;
import io.github.sr4j.internal.animation.GifFile;
import io.github.sr4j.internal.animation.WebpAlpha;
import io.github.sr4j.internal.animation.WebpFile;
import io.github.sr4j.internal.files.MetadataReader.Overlooked;
import io.github.sr4j.internal.images.Layer;
import io.github.sr4j.internal.images.NoData;
import io.github.sr4j.internal.images.Orientation;
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
import io.github.sr4j.shared.util.ForeignFormat;
import java.awt.Dimension;
import java.awt.Rectangle;
import java.awt.color.ColorSpace;
import java.awt.image.BufferedImage;
import java.awt.image.ColorModel;
import java.awt.image.ComponentColorModel;
import java.awt.image.IndexColorModel;
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
   * The bytes of an image that are decoded at a time.
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

  // The decoders of lossless and lossy WebP buffer so many bytes beyond those that they need. The
  // former, where none are left, decodes what it has again, for as long as the image wants bits.
  private static final int VP8L_LOOKAHEAD = 8;
  private static final int VP8_LOOKAHEAD = 1;

  private final ImageInput file; // whose text is its name
  private final Budget budget;
  private final PixelLimits limits;
  private final SeekableByteChannel channel;
  private final ChannelInput stream;
  private final ImageReader reader;
  private final String format;
  private final ReadingGuard guard;
  private final SizeChecks checks;
  private final byte[] start; // of the file, with zeros behind a shorter one
  private final List<MetadataReader.Page> directories;
  private final List<TiffDirectory> tiff; // of a TIFF's pages, else none
  private final List<WebpFile.Image> webpImages; // of the only image, or of the frames
  private final Optional<Animation> frames; // of one frame or more
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
    this.format = reader.getFormatName().toLowerCase(Locale.ROOT);
    this.guard = new ReadingGuard(file, format);
    this.start = start(stream, PixelLimits.START_BYTES);
    this.checks = new SizeChecks(file, format, guard, limits, start, stream.length(), jpeg);
    this.directories = guard.run(() -> MetadataReader.read(stream));
    Optional<WebpFile> webp =
        guard.run(
            () -> format.equals("webp") ? Optional.of(WebpFile.read(stream)) : Optional.empty());
    this.webpImages = webp.map(WebpFile::images).orElse(List.of());
    this.frames =
        guard.run(
            () ->
                switch (format) {
                  case "gif" -> Optional.of(GifFile.read(stream));
                  case "png" -> AnimatedPngFile.read(stream);
                  default -> webp.flatMap(WebpFile::animation);
                });
    this.tiff = guard.run(this::checkedDirectories);
    reader.addIIOReadWarningListener((source, warning) -> guard.warned(warning));
    ChannelInput input = webpImages.isEmpty() ? stream : webp(webpImages.get(0));
    guard.run(
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
      guard.run(
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
    return guard.run(
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
        throw ReadingGuard.unsupported(file, "JPEG", jpeg.unsupported(), null);
      }
    }
    ImageSource source =
        open(file, limits, budget, jpeg == null ? channel : jpeg.mended(channel), jpeg);
    try {
      if (jpeg != null && jpeg.isLossless() && isOfTheJdk(source.reader)) {
        throw source.guard.unsupported(
            "it is lossless, which com.twelvemonkeys.imageio:imageio-jpeg on the class path would"
                + " read",
            null);
      }
      String defect = jpeg == null ? FileCheck.defect(file) : jpeg.defect();
      if (defect != null) {
        throw source.guard.damaged(defect, null);
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
      throw ReadingGuard.notAnImage(file, "the file is empty");
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
      throw ReadingGuard.notAnImage(
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

  private static String shown(byte[] start) {
    String text = new String(start, ISO_8859_1);
    return text.chars().allMatch(c -> (c >= ' ' && c < 0x7f) || c == '\n' || c == '\r' || c == '\t')
        ? "the text \"" + text.strip() + "\""
        : "the bytes " + HexFormat.ofDelimiter(" ").formatHex(start);
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
    return guard.run(
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
            throw guard.damaged("it has no image", null);
          }
          return pictures;
        });
  }

  /** Returns the omitted parts of the file, as sentences. */
  public List<String> notes() {
    Stream<String> ofMetadata =
        directories.stream().flatMap(page -> page.metadata().notes().stream());
    int channels = guard.run(this::droppedChannels);
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
    checks.checkCanvas(animation);
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
    return guard.run(
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
      return guard.run(() -> pictures().get(0).band(0).rows());
    }
    Page page = guard.run(this::first);
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
    Page page = guard.run(this::first);
    if (isFirstWhole()) {
      return new Dimension(page.width(), page.height());
    }
    Animation animation = frames.orElseThrow();
    checks.checkSize(animation.width(), animation.height());
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
      checks.checkSamples(samplesPerPixel(directory));
      decoder = directory == null ? null : decoder(directory);
      storedWidth = decoder == null ? reader.getWidth(index) : decoder.width();
      storedHeight = decoder == null ? reader.getHeight(index) : decoder.height();
      checks.checkSize(storedWidth, storedHeight);
      if (directory == null) {
        checks.checkBytes(storedWidth, storedHeight);
      } else {
        checks.checkBytes(storedWidth, storedHeight, directory);
        checks.checkTiles(storedWidth, storedHeight, directory);
      }
      FileMetadata stored =
          index < directories.size() ? directories.get(index).metadata() : FileMetadata.NONE;
      orientation = stored.orientation();
      type =
          decoder == null
              ? stored
                  .profile()
                  .map(profile -> PageColors.typeInProfile(reader, index, profile))
                  .orElse(null)
              : null;
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
        throw guard.unsupported("it has samples of " + psdBits() + " bits", null);
      }
      droppedSpace =
          type == null && (format.equals("png") || !tiff.isEmpty())
              ? stored
                  .profile()
                  .map(profile -> PageColors.droppedSpace(profile, colors))
                  .orElse(null)
              : null;
      boolean isApplied = type != null || (droppedSpace != null && !hasBands());
      metadata = stored.turned(storedWidth, storedHeight).withProfile(stored.profile(), isApplied);
      tags = directory == null ? null : tags(directory, colors);
      boolean isAlphaApart = !webpImages.isEmpty() && webpImages.get(0).alpha().isPresent();
      overlooked =
          index < directories.size() ? directories.get(index).overlooked() : Overlooked.NOTHING;
      hasAlpha = isAlphaApart || colors.hasAlpha() || overlooked.alphaMask() != 0;
      long bits = bitsPerPixel() + (isAlphaApart ? 8 : 0);
      checks.checkRow(storedWidth, bits);
      int strip = tiff.isEmpty() ? storedHeight : segmentHeight();
      boolean isRandom = !orientation.swapsSides() && strip <= storedHeight / 4;
      unit = isRandom ? strip : 1;
      long rows =
          (isRandom ? budget.random() : budget.sequential()) / Math.max(1, width() * bits / 8);
      windowRows = (int) Math.max(1, Math.min(rows, height()));
    }

    private long samplesPerPixel(@Nullable TiffDirectory directory) throws IOException {
      long samples = index < directories.size() ? directories.get(index).samplesPerPixel() : 1;
      return directory == null ? samples : Math.max(samples, directory.samplesPerPixel());
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
      return guard.run(() -> decoded(top, bottom));
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
              ? PageColors.withOverlookedAlpha(reader.read(index, parameters), overlooked)
              : decoder.read(region);
      if (!webpImages.isEmpty() && webpImages.get(0).alpha().isPresent()) {
        stored = alphaOfFirst().with(stored, region);
      }
      boolean isPalette = droppedSpace != null && stored.getColorModel() instanceof IndexColorModel;
      BufferedImage turned =
          orientation.turn(isPalette ? PageColors.expanded(stored, hasAlpha) : stored);
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
