// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.networks.files;

import com.google.common.hash.Hasher;
import com.google.common.hash.Hashing;
import io.github.sr4j.ModelFormatException;
import io.github.sr4j.networks.graph.Shape;
import io.github.sr4j.networks.graph.Tensor;
import java.io.BufferedOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipException;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;
import org.jspecify.annotations.Nullable;

/**
 * NumPy's archive of named arrays: a zip file with an {@code .npy} entry for each. Only float32
 * arrays in row-major order are read. Every entry carries a checksum, which reading verifies; names
 * and checksums have one of their own, in the comment of the files that are written here.
 */
public final class Npz {

  private static final String SIGNATURE = "sr4j sha256 ";
  private static final byte[] MAGIC = {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y'};
  private static final long MAX_ENTRY = Integer.MAX_VALUE - 64;

  /** Weights hardly shrink; arrays of zeros do, but only our own files have large ones. */
  private static final int MAX_DEFLATION = 100;

  private static final long MAX_DEFLATED = 1 << 26;
  private static final Pattern HEADER =
      Pattern.compile(
          "\\{'descr': '([^']*)', 'fortran_order': (True|False), 'shape': \\(([^)]*)\\),?"
              + " *\\}\\s*");

  private Npz() {}

  /**
   * Writes arrays and texts.
   *
   * @param texts entries that are not arrays, by name
   */
  public static void write(OutputStream out, Map<String, Tensor> arrays, Map<String, String> texts)
      throws IOException {
    ZipOutputStream zip = new ZipOutputStream(new BufferedOutputStream(out));
    Hasher directory = Hashing.sha256().newHasher();
    for (Map.Entry<String, String> text : texts.entrySet()) {
      put(zip, text.getKey(), text.getValue().getBytes(StandardCharsets.UTF_8), directory);
    }
    for (Map.Entry<String, Tensor> array : arrays.entrySet()) {
      put(zip, array.getKey() + ".npy", encode(array.getValue()), directory);
    }
    zip.setComment(SIGNATURE + directory.hash());
    zip.finish();
    zip.flush();
  }

  private static void put(ZipOutputStream zip, String name, byte[] content, Hasher directory)
      throws IOException {
    ZipEntry entry = new ZipEntry(name);
    entry.setTime(315_532_800_000L); // 1980-01-01, zip's first day: equal weights, equal bytes
    zip.putNextEntry(entry);
    zip.write(content);
    zip.closeEntry();
    add(directory, entry);
  }

  private static void add(Hasher directory, ZipEntry entry) {
    directory.putUnencodedChars(entry.getName()).putLong(entry.getCrc()).putLong(entry.getSize());
  }

  private static byte[] encode(Tensor array) {
    StringBuilder shape = new StringBuilder();
    for (long side : array.shape().toArray()) {
      shape.append(side).append(array.shape().rank() == 1 ? "," : ", ");
    }
    if (array.shape().rank() > 1) {
      shape.setLength(shape.length() - 2);
    }
    String header = "{'descr': '<f4', 'fortran_order': False, 'shape': (" + shape + "), }";
    int unpadded = MAGIC.length + 4 + header.length() + 1;
    header += " ".repeat((64 - unpadded % 64) % 64) + "\n";
    ByteBuffer bytes =
        ByteBuffer.allocate(MAGIC.length + 4 + header.length() + 4 * array.samples().length)
            .order(ByteOrder.LITTLE_ENDIAN);
    bytes.put(MAGIC).put((byte) 1).put((byte) 0).putShort((short) header.length());
    bytes.put(header.getBytes(StandardCharsets.ISO_8859_1));
    bytes.asFloatBuffer().put(array.samples());
    return bytes.array();
  }

  /**
   * Reads all arrays of a file, by name.
   *
   * @param texts receives the entries that are not arrays
   * @throws ModelFormatException if the file is not an archive of float32 arrays, is damaged, or
   *     unpacks to more than there is memory for
   */
  public static Map<String, Tensor> read(Path file, Map<String, String> texts) throws IOException {
    if (!Files.exists(file)) {
      throw new NoSuchFileException(file.toString(), null, "there is no such file");
    }
    if (Files.isDirectory(file)) {
      throw new IOException(file + ": must be a checkpoint or an .npz file, but is a folder");
    }
    Map<String, Tensor> arrays = new LinkedHashMap<>();
    Hasher directory = Hashing.sha256().newHasher();
    try (ZipFile zip = new ZipFile(file.toFile())) {
      String comment = zip.getComment() == null ? "" : zip.getComment();
      List<ZipEntry> entries = List.copyOf(Collections.list(zip.entries()));
      boolean isSigned = comment.startsWith(SIGNATURE);
      checkEntries(file, entries, isSigned);
      for (ZipEntry entry : entries) {
        byte[] content = content(zip, entry);
        String name = entry.getName();
        if (name.endsWith(".npy")) {
          arrays.put(name.substring(0, name.length() - 4), decode(file, name, content));
        } else {
          texts.put(name, new String(content, StandardCharsets.UTF_8));
        }
        add(directory, entry);
      }
      // Only what is written here has texts, and a comment; a change cannot take away both.
      boolean isOurs = isSigned || !texts.isEmpty();
      if (isOurs && !comment.equals(SIGNATURE + directory.hash())) {
        throw new ZipException("the checksum of its directory is wrong");
      }
    } catch (ZipException | EOFException e) {
      throw new ModelFormatException(
          String.format(
              "%s: must be a checkpoint or an .npz file, but is damaged or something else (%s)",
              file, e.getMessage()),
          e);
    }
    return arrays;
  }

  private static byte[] content(ZipFile zip, ZipEntry entry) throws IOException {
    byte[] content;
    try (InputStream in = zip.getInputStream(entry)) {
      content = in.readNBytes((int) entry.getSize() + 1);
    }
    CRC32 sum = new CRC32(); // ZipFile does not compare it
    sum.update(content);
    if (content.length != entry.getSize() || sum.getValue() != entry.getCrc()) {
      throw new ZipException("the checksum of " + Names.shortened(entry.getName()) + " is wrong");
    }
    return content;
  }

  /** Refuses archives of other things, and those that would fill the memory, by their directory. */
  private static void checkEntries(Path file, List<ZipEntry> entries, boolean isSigned) {
    String expected = "must be a checkpoint or an .npz file";
    List<String> others =
        entries.stream().map(ZipEntry::getName).filter(name -> !name.endsWith(".npy")).toList();
    if (others.stream().anyMatch(name -> name.endsWith("/data.pkl"))) {
      throw new ModelFormatException(
          String.format(
              "%s: %s, but is a file of PyTorch; save its arrays with numpy.savez", file, expected),
          null);
    }
    if (!isSigned && (entries.isEmpty() || others.size() == entries.size())) {
      throw new ModelFormatException(
          String.format(
              "%s: %s, but has no arrays; its entries are %s", file, expected, Names.of(others)),
          null);
    }
    long max = Runtime.getRuntime().maxMemory() / 3; // bytes, and from them floats
    long sum = 0;
    for (ZipEntry entry : entries) {
      long size = entry.getSize();
      sum += size;
      boolean isBomb =
          !isSigned && size > MAX_DEFLATED && size / MAX_DEFLATION > entry.getCompressedSize();
      if (isBomb || size < 0 || size > MAX_ENTRY || sum > max) {
        throw new ModelFormatException(
            String.format(
                Locale.ROOT,
                "%s: %s whose arrays fit into memory, but %s has %d bytes, packed in %d, where Java"
                    + " may use %d for all",
                file,
                expected,
                Names.shortened(entry.getName()),
                size,
                entry.getCompressedSize(),
                max),
            null);
      }
    }
  }

  /**
   * Refuses values that are not finite: a network with them computes nothing else.
   *
   * @throws ModelFormatException if there is one; the message names the file and the array
   */
  public static void checkFinite(Path file, Map<String, Tensor> arrays) {
    arrays.forEach(
        (name, array) -> {
          for (float sample : array.samples()) {
            if (!Float.isFinite(sample)) {
              throw new ModelFormatException(
                  String.format(
                      "%s: weights must be finite, but \"%s\" has the value %s",
                      file, Names.shortened(name), sample),
                  null);
            }
          }
        });
  }

  private static Tensor decode(Path file, String name, byte[] content) {
    ByteBuffer bytes = ByteBuffer.wrap(content).order(ByteOrder.LITTLE_ENDIAN);
    String expected = "must be a float32 array in row-major order";
    if (content.length < 10 || !Arrays.equals(content, 0, 6, MAGIC, 0, 6)) {
      throw refused(file, name, expected, "has no NumPy header", null);
    }
    int lengthBytes = content[6] == 1 ? 2 : 4;
    long headerLength = lengthBytes == 2 ? Short.toUnsignedInt(bytes.getShort(8)) : bytes.getInt(8);
    long from = 8L + lengthBytes + headerLength;
    if (headerLength < 0 || from > content.length) {
      throw refused(file, name, expected, "ends inside its header", null);
    }
    String header =
        new String(content, 8 + lengthBytes, (int) headerLength, StandardCharsets.ISO_8859_1);
    Matcher matcher = HEADER.matcher(header);
    if (!matcher.matches() || !matcher.group(1).equals("<f4") || matcher.group(2).equals("True")) {
      throw refused(file, name, expected, "is " + Names.shortened(header.strip()), null);
    }
    try {
      String[] sides = matcher.group(3).isBlank() ? new String[0] : matcher.group(3).split(",");
      long[] shape =
          Arrays.stream(sides)
              .map(String::strip)
              .filter(side -> !side.isEmpty())
              .mapToLong(Long::parseLong)
              .toArray();
      long length = 1;
      for (long side : shape) {
        length = Math.multiplyExact(length, side);
      }
      if (Arrays.stream(shape).anyMatch(side -> side < 0)) {
        throw new NumberFormatException("negative");
      }
      if (length != (content.length - from) / 4.0) {
        throw refused(
            file, name, length + " values expected", "has " + (content.length - from) / 4, null);
      }
      float[] samples = new float[(int) length];
      bytes.position((int) from);
      bytes.asFloatBuffer().get(samples);
      return Tensor.of(Shape.of(shape), samples);
    } catch (NumberFormatException | ArithmeticException e) {
      String shape = Names.shortened(matcher.group(3));
      throw refused(file, name, expected, "has the shape (" + shape + ")", e);
    }
  }

  private static ModelFormatException refused(
      Path file, String name, String expected, String found, @Nullable Exception cause) {
    return new ModelFormatException(
        String.format("%s: %s %s, but %s", file, Names.shortened(name), expected, found), cause);
  }
}
