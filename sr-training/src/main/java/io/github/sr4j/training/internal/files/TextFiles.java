// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.training.internal.files;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;

/** The reading of text files that people write: settings and lists of images. */
public final class TextFiles {

  private static final char BYTE_ORDER_MARK = '\uFEFF';

  private TextFiles() {}

  /**
   * Reads a file of UTF-8, without the byte-order mark that some editors put before it.
   *
   * @param maxBytes the most bytes that it may have
   * @throws IOException if it cannot be read, is larger, or is not UTF-8; the message names the
   *     file and says where
   */
  public static String read(Path file, int maxBytes) throws IOException {
    byte[] bytes;
    try (InputStream in = Files.newInputStream(file)) {
      bytes = in.readNBytes(maxBytes + 1);
    } catch (IOException e) {
      throw Unreadable.named(file.toString(), e);
    }
    if (bytes.length > maxBytes) {
      throw new IOException(
          String.format(
              Locale.ROOT,
              "%s: must be a text of at most %d bytes, but is larger",
              file,
              maxBytes));
    }
    boolean isUtf16 =
        bytes.length >= 2
            && ((bytes[0] == (byte) 0xFE && bytes[1] == (byte) 0xFF)
                || (bytes[0] == (byte) 0xFF && bytes[1] == (byte) 0xFE));
    if (isUtf16) {
      throw new IOException(file + ": must be text in UTF-8, but is UTF-16; save it as UTF-8");
    }
    CharsetDecoder decoder = StandardCharsets.UTF_8.newDecoder();
    ByteBuffer left = ByteBuffer.wrap(bytes);
    CharBuffer text = CharBuffer.allocate(bytes.length);
    CoderResult result = decoder.decode(left, text, true);
    int wrong = result.isError() ? left.position() : indexOfZero(bytes);
    if (wrong >= 0) {
      throw new IOException(
          String.format(
              Locale.ROOT,
              "%s: must be text in UTF-8, but has the byte 0x%02x in line %d; save it as UTF-8",
              file,
              bytes[wrong],
              lineOf(bytes, wrong)));
    }
    text.flip();
    boolean isMarked = text.hasRemaining() && text.charAt(0) == BYTE_ORDER_MARK;
    return text.subSequence(isMarked ? 1 : 0, text.length()).toString();
  }

  private static int indexOfZero(byte[] bytes) {
    for (int i = 0; i < bytes.length; i++) {
      if (bytes[i] == 0) {
        return i;
      }
    }
    return -1;
  }

  private static int lineOf(byte[] bytes, int end) {
    int line = 1;
    for (int i = 0; i < end; i++) {
      line += bytes[i] == '\n' ? 1 : 0;
    }
    return line;
  }
}
