// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.metadata;

import java.util.Locale;
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

  private final String type;
  private final String keyword;
  private final byte[] data;

  PngText(String type, String keyword, byte[] data) {
    this.type = type;
    this.keyword = keyword;
    this.data = data;
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
