// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.imaging;

import static com.google.common.base.Preconditions.checkArgument;
import static java.nio.charset.StandardCharsets.ISO_8859_1;

import com.google.common.collect.ImmutableSortedSet;
import io.github.sr4j.ImageFormatException;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Iterator;
import java.util.Locale;
import java.util.UUID;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.zip.CRC32;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.ImageTypeSpecifier;
import javax.imageio.ImageWriteParam;
import javax.imageio.ImageWriter;
import javax.imageio.stream.ImageInputStream;
import javax.imageio.stream.ImageOutputStream;
import javax.imageio.stream.MemoryCacheImageInputStream;
import javax.imageio.stream.MemoryCacheImageOutputStream;
import org.jspecify.annotations.Nullable;

/** Image files: never half read, never half written. */
final class ImageFiles {

  private static final String CUT_OFF = "the file is cut off";

  /** Not GIF and WBMP, which would reduce the colours to 256 or 2. */
  private static final ImmutableSortedSet<String> WRITABLE =
      ImmutableSortedSet.of("bmp", "jpeg", "jpg", "png", "tif", "tiff");

  private static final float JPEG_QUALITY = 0.95f;

  /**
   * The warnings after which libjpeg has made up pixels. It also warns of bytes that it skipped
   * between two segments, which many cameras write and which harm nothing.
   */
  private static final Pattern FATAL_WARNING =
      Pattern.compile("premature end|corrupt(?!.*extraneous bytes)", Pattern.CASE_INSENSITIVE);

  private static final byte[] PNG_SIGNATURE = {(byte) 0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};

  private ImageFiles() {}

  static BufferedImage read(Path file) throws IOException {
    if (Files.isDirectory(file)) {
      throw new FileSystemException(file.toString(), null, "is a folder, not an image");
    }
    byte[] bytes;
    try {
      bytes = Files.readAllBytes(file);
    } catch (NoSuchFileException e) {
      throw withCause(new NoSuchFileException(file.toString(), null, "no such file"), e);
    }
    if (bytes.length == 0) {
      throw notAnImage(file, "the file is empty");
    }
    try (ImageInputStream stream =
        new MemoryCacheImageInputStream(new ByteArrayInputStream(bytes))) {
      Iterator<ImageReader> readers = ImageIO.getImageReaders(stream);
      if (!readers.hasNext()) {
        throw notAnImage(file, "it begins with " + beginning(bytes));
      }
      ImageReader reader = readers.next();
      try {
        return read(file, bytes, stream, reader);
      } finally {
        reader.dispose();
      }
    }
  }

  private static BufferedImage read(
      Path file, byte[] bytes, ImageInputStream stream, ImageReader reader) throws IOException {
    String format = reader.getFormatName().toLowerCase(Locale.ROOT);
    String defect = isCutOffJpeg(bytes) ? CUT_OFF : defectOfPng(bytes);
    if (defect != null) {
      throw damaged(file, format, defect, null);
    }
    String[] fatal = new String[1];
    reader.addIIOReadWarningListener(
        (source, warning) -> {
          if (fatal[0] == null && FATAL_WARNING.matcher(warning).find()) {
            fatal[0] = warning;
          }
        });
    BufferedImage image;
    try {
      reader.setInput(stream, true, true);
      image = reader.read(0);
    } catch (IOException | RuntimeException e) { // readers fail in any way on damaged files
      throw damaged(file, format, found(e), e);
    }
    if (fatal[0] != null) {
      throw damaged(file, format, fatal[0], null);
    }
    return image;
  }

  /**
   * Returns what is wrong with the chunks of a PNG, or null. The reader ignores checksums, and does
   * not miss what is cut off behind the last pixel.
   */
  private static @Nullable String defectOfPng(byte[] bytes) {
    if (!Arrays.equals(PNG_SIGNATURE, Arrays.copyOf(bytes, PNG_SIGNATURE.length))) {
      return null;
    }
    ByteBuffer buffer = ByteBuffer.wrap(bytes).position(PNG_SIGNATURE.length);
    while (buffer.remaining() >= 12) { // a chunk: length, type, data, CRC of type and data
      int length = buffer.getInt();
      int start = buffer.position();
      if (length < 0 || length > buffer.remaining() - 8) {
        return CUT_OFF;
      }
      int type = buffer.getInt();
      boolean critical = (type >> 24 & 0x20) == 0; // upper case: needed for the pixels
      CRC32 checksum = new CRC32();
      checksum.update(bytes, start, 4 + length);
      buffer.position(start + 4 + length);
      if (buffer.getInt() != (int) checksum.getValue() && critical) {
        return String.format(
            "the checksum of its %s chunk is wrong", new String(bytes, start, 4, ISO_8859_1));
      }
      if (type == 0x49454E44) { // "IEND"
        return null;
      }
    }
    return CUT_OFF;
  }

  /**
   * Whether bytes are a JPEG that ends before its EOI marker. The reader makes up gray pixels for
   * what is missing, and mostly, but not always, warns.
   */
  private static boolean isCutOffJpeg(byte[] bytes) {
    if (bytes.length < 3 || bytes[0] != (byte) 0xff || bytes[1] != (byte) 0xd8) {
      return false;
    }
    int at = 2;
    while (true) {
      // To the next marker: past entropy-coded data, in which 0xff is followed by 0 or a restart
      // marker, and past filling bytes.
      while (at + 1 < bytes.length && !(bytes[at] == (byte) 0xff && isMarker(bytes[at + 1]))) {
        at++;
      }
      if (at + 1 >= bytes.length) {
        return true;
      }
      if (bytes[at + 1] == (byte) 0xd9) {
        return false;
      }
      if (at + 3 >= bytes.length) {
        return true;
      }
      int length = ((bytes[at + 2] & 0xff) << 8) | (bytes[at + 3] & 0xff);
      at += 2 + length; // the segment may hold a thumbnail with an EOI of its own
    }
  }

  private static boolean isMarker(byte code) {
    int marker = code & 0xff;
    return marker != 0 && marker != 0xff && !(marker >= 0xd0 && marker <= 0xd7);
  }

  private static String found(Exception failure) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof EOFException) {
        return CUT_OFF;
      }
    }
    String message = failure.getMessage();
    // Messages of unchecked exceptions are not made for the user of the file.
    return failure instanceof IOException && message != null
        ? message
        : String.format("it cannot be decoded (%s)", failure);
  }

  private static ImageFormatException notAnImage(Path file, String found) {
    return new ImageFormatException(
        String.format("%s: not an image of a readable format (%s): %s", file, readable(), found),
        null);
  }

  private static ImageFormatException damaged(
      Path file, String format, String found, @Nullable Throwable cause) {
    return new ImageFormatException(
        String.format("%s: damaged %s image: %s", file, format, found), cause);
  }

  private static String readable() {
    return Arrays.stream(ImageIO.getReaderFormatNames())
        .map(name -> name.toLowerCase(Locale.ROOT))
        .distinct()
        .sorted()
        .collect(Collectors.joining(", "));
  }

  private static String beginning(byte[] bytes) {
    byte[] start = Arrays.copyOf(bytes, Math.min(bytes.length, 16));
    String text = new String(start, ISO_8859_1);
    return text.chars().allMatch(c -> (c >= ' ' && c < 0x7f) || c == '\n' || c == '\r' || c == '\t')
        ? "the text \"" + text.strip() + "\""
        : "the bytes " + HexFormat.ofDelimiter(" ").formatHex(start);
  }

  static void write(BufferedImage image, Path file) throws IOException {
    Encoding encoding = Encoding.of(image, extension(file));
    try {
      Path folder = file.toAbsolutePath().getParent();
      if (folder == null || Files.isDirectory(file)) {
        throw new FileSystemException(file.toString(), null, "is a folder");
      }
      if (!Files.isDirectory(folder)) {
        throw new NoSuchFileException(
            file.toString(), null, String.format("there is no folder %s", folder));
      }
      Path temporary = folder.resolve("." + UUID.randomUUID() + ".tmp");
      try {
        encoding.write(temporary);
        // Not all file systems replace a file when they only move.
        Files.move(
            temporary, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
      } catch (IOException e) {
        throw withCause(
            new FileSystemException(
                file.toString(), null, String.format("cannot be written: %s", reason(e))),
            e);
      } finally {
        Files.deleteIfExists(temporary);
      }
    } finally {
      encoding.writer.dispose();
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

  private static String extension(Path file) {
    String name = String.valueOf(file.getFileName());
    int dot = name.lastIndexOf('.');
    String extension = dot < 0 ? "" : name.substring(dot + 1).toLowerCase(Locale.ROOT);
    checkArgument(
        WRITABLE.contains(extension),
        "%s: the name of an image to write must end in one of %s, but %s",
        file,
        WRITABLE,
        extension.isEmpty() ? "has no extension" : "ends in \"" + extension + "\"");
    return extension;
  }

  private static <E extends Exception> E withCause(E exception, Throwable cause) {
    exception.initCause(cause);
    return exception;
  }

  /** An image and a writer that can write it. */
  private static final class Encoding {
    private final BufferedImage image;
    final ImageWriter writer;

    private Encoding(BufferedImage image, ImageWriter writer) {
      this.image = image;
      this.writer = writer;
    }

    static Encoding of(BufferedImage image, String extension) {
      ImageWriter writer = extension.startsWith("jp") ? null : writer(image, extension);
      if (writer != null) {
        return new Encoding(image, writer);
      }
      // All writers of the formats above take these images.
      return new Encoding(plain(image), ImageIO.getImageWritersBySuffix(extension).next());
    }

    private static @Nullable ImageWriter writer(BufferedImage image, String extension) {
      ImageTypeSpecifier type = ImageTypeSpecifier.createFromRenderedImage(image);
      Iterator<ImageWriter> all = ImageIO.getImageWritersBySuffix(extension);
      while (all.hasNext()) {
        ImageWriter writer = all.next();
        if (writer.getOriginatingProvider().canEncodeImage(type)) {
          return writer;
        }
        writer.dispose();
      }
      return null;
    }

    /** The image with 8 bits per sample, over white. */
    private static BufferedImage plain(BufferedImage image) {
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
          new BufferedImage(1, 1, BufferedImage.TYPE_3BYTE_BGR));
    }

    void write(Path file) throws IOException {
      ImageWriteParam parameters = writer.getDefaultWriteParam();
      String format = writer.getOriginatingProvider().getFormatNames()[0];
      if (format.equalsIgnoreCase("jpeg") || format.equalsIgnoreCase("jpg")) {
        parameters.setCompressionMode(ImageWriteParam.MODE_EXPLICIT);
        parameters.setCompressionQuality(JPEG_QUALITY);
      }
      // The umask decides who may read it, unlike with Files.createTempFile.
      try (OutputStream out = Files.newOutputStream(file, StandardOpenOption.CREATE_NEW);
          ImageOutputStream stream = new MemoryCacheImageOutputStream(out)) {
        writer.setOutput(stream);
        writer.write(null, new IIOImage(image, null, null), parameters);
      }
    }
  }
}
