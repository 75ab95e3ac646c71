// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.imaging;

import static com.google.common.base.Preconditions.checkArgument;
import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.github.sr4j.ImageFormatException;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
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
    if (isCutOffPng(bytes)) {
      throw damaged(file, format, "the file is cut off", null);
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
      throw damaged(file, format, String.valueOf(e.getMessage()), e);
    }
    if (fatal[0] != null) {
      throw damaged(file, format, fatal[0], null);
    }
    return image;
  }

  /**
   * Whether bytes are a PNG that ends before its IEND chunk. The reader fails on most, not on one that
   * is cut between its last pixel and its end.
   */
  private static boolean isCutOffPng(byte[] bytes) {
    if (!Arrays.equals(PNG_SIGNATURE, Arrays.copyOf(bytes, PNG_SIGNATURE.length))) {
      return false;
    }
    ByteBuffer buffer = ByteBuffer.wrap(bytes).position(PNG_SIGNATURE.length);
    while (buffer.remaining() >= 12) { // a chunk: length, type, data, CRC
      int length = buffer.getInt();
      int type = buffer.getInt();
      if (length < 0 || length > buffer.remaining() - 4) {
        return true;
      }
      if (type == 0x49454E44) { // "IEND"
        return false;
      }
      buffer.position(buffer.position() + length + 4);
    }
    return true;
  }

  private static ImageFormatException notAnImage(Path file, String found) {
    return new ImageFormatException(
        String.format(
            "%s: not an image of a readable format (%s): %s",
            file, names(ImageIO.getReaderFormatNames()), found),
        null);
  }

  private static ImageFormatException damaged(
      Path file, String format, String found, @Nullable Throwable cause) {
    return new ImageFormatException(
        String.format("%s: damaged %s image: %s", file, format, found), cause);
  }

  private static String beginning(byte[] bytes) {
    byte[] start = Arrays.copyOf(bytes, Math.min(bytes.length, 16));
    String text = new String(start, ISO_8859_1);
    return text.chars().allMatch(c -> (c >= ' ' && c < 0x7f) || c == '\n' || c == '\r' || c == '\t')
        ? "the text \"" + text.strip() + "\""
        : "the bytes " + HexFormat.ofDelimiter(" ").formatHex(start);
  }

  static void write(BufferedImage image, Path file) throws IOException {
    String format = extension(file);
    Encoding encoding = Encoding.of(image, format, file);
    try {
      Path folder = file.toAbsolutePath().getParent();
      if (folder == null || Files.isDirectory(file)) {
        throw new FileSystemException(file.toString(), null, "is a folder");
      }
      if (!Files.isDirectory(folder)) {
        throw new NoSuchFileException(
            file.toString(), null, String.format("there is no folder %s", folder));
      }
      Path temporary = folder.resolve("." + file.getFileName() + "." + UUID.randomUUID() + ".tmp");
      try {
        encoding.write(temporary);
        moveInto(file, temporary);
      } catch (FileSystemException e) {
        String reason = e.getReason() == null ? e.getClass().getSimpleName() : e.getReason();
        throw withCause(
            new FileSystemException(
                file.toString(), null, String.format("cannot write into %s: %s", folder, reason)),
            e);
      } finally {
        Files.deleteIfExists(temporary);
      }
    } finally {
      encoding.writer.dispose();
    }
  }

  private static void moveInto(Path file, Path temporary) throws IOException {
    try {
      Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE);
    } catch (AtomicMoveNotSupportedException e) {
      Files.move(temporary, file, StandardCopyOption.REPLACE_EXISTING);
    }
  }

  private static String extension(Path file) {
    String name = String.valueOf(file.getFileName());
    int dot = name.lastIndexOf('.');
    String extension = dot < 0 ? "" : name.substring(dot + 1).toLowerCase(Locale.ROOT);
    Set<String> known = lowerCase(ImageIO.getWriterFileSuffixes());
    checkArgument(
        known.contains(extension),
        "%s: the name of an image must end in one of %s, but %s",
        file,
        known,
        extension.isEmpty() ? "has no extension" : "ends in \"" + extension + "\"");
    return extension;
  }

  private static Set<String> lowerCase(String[] names) {
    return Arrays.stream(names)
        .map(name -> name.toLowerCase(Locale.ROOT))
        .filter(name -> !name.isEmpty())
        .collect(Collectors.toCollection(TreeSet::new));
  }

  private static String names(String[] names) {
    return String.join(", ", lowerCase(names));
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

    static Encoding of(BufferedImage image, String extension, Path file) {
      List<String> jpeg = List.of("jpg", "jpeg");
      boolean plain = jpeg.contains(extension);
      BufferedImage candidate = plain ? plain(image) : image;
      ImageWriter writer = writer(candidate, extension);
      if (writer == null && !plain) {
        candidate = plain(image);
        writer = writer(candidate, extension);
      }
      if (writer == null) {
        throw new IllegalArgumentException(
            String.format(
                "%s: the format cannot hold an image of %s colours; use one of %s",
                file,
                AwtImages.isGray(image) ? "gray" : "RGB",
                names(ImageIO.getWriterFileSuffixes())));
      }
      return new Encoding(candidate, writer);
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
