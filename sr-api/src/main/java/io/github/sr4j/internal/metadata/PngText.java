// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.internal.metadata;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import com.google.common.base.Utf8;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * A text of a PNG: a chunk of type tEXt, zTXt or iTXt. Immutable as long as nobody writes to it.
 */
public final class PngText {

  /** Keywords by which programs repeat tags of EXIF and what thumbnails say of their originals. */
  private static final Pattern OF_ONE_SIZE =
      Pattern.compile(
          "(exif|tiff):.*(orientation|dimension|imagewidth|imagelength|resolution|thumbnail).*"
              + "|thumb::.*");

  /** The keyword of what JPEGs and GIFs call a comment. */
  static final String COMMENT = "Comment";

  private static final int MARKS_OF_INTERNATIONAL = 4; // not compressed; language; translation

  private final String type;
  private final String keyword;
  private final byte[] data;

  PngText(String type, String keyword, byte[] data) {
    this.type = type;
    this.keyword = keyword;
    this.data = data;
  }

  /**
   * Returns a comment of a JPEG or GIF, whose encoding nobody knows: UTF-8 if it can be, else
   * Latin-1. Empty if there is none up to its first zero.
   */
  static Optional<PngText> ofComment(byte[] comment) {
    int length = 0;
    while (length < comment.length && comment[length] != 0) {
      length++;
    }
    byte[] text = Arrays.copyOf(comment, length);
    if (length == 0) {
      return Optional.empty();
    }
    boolean isAscii = true;
    for (byte character : text) {
      isAscii &= character >= 0;
    }
    boolean isLatin = isAscii || !Utf8.isWellFormed(text);
    byte[] keyword = COMMENT.getBytes(ISO_8859_1);
    int marks = 1 + (isLatin ? 0 : MARKS_OF_INTERNATIONAL); // zeros
    byte[] data = Arrays.copyOf(keyword, keyword.length + marks + length);
    System.arraycopy(text, 0, data, keyword.length + marks, length);
    return Optional.of(new PngText(isLatin ? "tEXt" : "iTXt", COMMENT, data));
  }

  /** Returns the text as a JPEG has it, if it is a comment. */
  public Optional<byte[]> comment() {
    int marks = 1 + (type.equals("iTXt") ? MARKS_OF_INTERNATIONAL : 0);
    return keyword.equals(COMMENT)
        ? Optional.of(Arrays.copyOfRange(data, COMMENT.length() + marks, data.length))
        : Optional.empty();
  }

  /** Returns the keyword, which names the subject of the text. */
  public String keyword() {
    return keyword;
  }

  /** Returns the type of the chunk. */
  public String type() {
    return type;
  }

  /** Returns all of the chunk's data, with the keyword. */
  public byte[] data() {
    return data;
  }

  boolean isOfAnySize() {
    return !OF_ONE_SIZE.matcher(keyword.toLowerCase(Locale.ROOT)).matches();
  }

  boolean isOfPlace() {
    return keyword.toLowerCase(Locale.ROOT).contains("gps");
  }
}
