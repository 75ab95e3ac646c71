// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.shared.util;

import com.google.common.collect.ImmutableSetMultimap;
import com.google.common.collect.ImmutableSortedMap;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import javax.imageio.ImageIO;

/** The extensions of image files. */
public final class FileNames {

  /** The further extensions of formats, by the one that ImageIO's plug-ins name. */
  private static final ImmutableSetMultimap<String, String> SYNONYMS =
      ImmutableSetMultimap.<String, String>builder()
          .putAll("jpg", "jfi", "jfif", "jif", "jpe", "jpeg")
          .putAll("tif", "tiff")
          .put("bmp", "dib")
          .put("png", "apng")
          .build();

  /**
   * The format that is written for each extension. Not GIF and WBMP, which would reduce the colours
   * to 256 or 2.
   */
  private static final ImmutableSortedMap<String, String> WRITTEN =
      ImmutableSortedMap.<String, String>naturalOrder()
          .put("apng", "png")
          .put("bmp", "bmp")
          .put("dib", "bmp")
          .put("jfi", "jpeg")
          .put("jfif", "jpeg")
          .put("jif", "jpeg")
          .put("jpe", "jpeg")
          .put("jpeg", "jpeg")
          .put("jpg", "jpeg")
          .put("png", "png")
          .put("tif", "tiff")
          .put("tiff", "tiff")
          .build();

  private FileNames() {}

  /** Returns the extension of a file, in lower case and without the dot; empty if it has none. */
  public static String extension(Path file) {
    String name = String.valueOf(file.getFileName());
    int dot = name.lastIndexOf('.');
    return dot <= 0 || name.startsWith(".") ? "" : name.substring(dot + 1).toLowerCase(Locale.ROOT);
  }

  /** Returns the extensions, in lower case, of the image formats that can be read. */
  public static Set<String> readable() {
    Set<String> extensions = new TreeSet<>();
    for (String suffix : ImageIO.getReaderFileSuffixes()) {
      if (!suffix.isEmpty()) {
        String extension = suffix.toLowerCase(Locale.ROOT);
        extensions.add(extension);
        extensions.addAll(SYNONYMS.get(extension));
      }
    }
    return extensions;
  }

  /**
   * Returns the name of the format that is written to a file; empty if its extension is of none.
   */
  public static Optional<String> writtenFormat(Path file) {
    return Optional.ofNullable(WRITTEN.get(extension(file)));
  }
}
