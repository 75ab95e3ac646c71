// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.internal.util;

import com.google.common.collect.ImmutableSetMultimap;
import java.nio.file.Path;
import java.util.Locale;
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
}
