// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.internal.tiff;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import com.google.common.collect.ImmutableMap;
import io.github.sr4j.ImageFormatException;
import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The recognition of camera raw files. Most are TIFFs in form, whose first page is a thumbnail or a
 * preview; the picture is in what the sensor measured, one colour at each pixel.
 */
public final class CameraRaw {

  /** The formats by the extensions of their files. */
  private static final ImmutableMap<String, String> BY_EXTENSION =
      ImmutableMap.<String, String>builder()
          .put("3fr", "Hasselblad 3FR")
          .put("arw", "Sony ARW")
          .put("cr2", "Canon CR2")
          .put("cr3", "Canon CR3")
          .put("crw", "Canon CRW")
          .put("dcr", "Kodak DCR")
          .put("dng", "DNG")
          .put("erf", "Epson ERF")
          .put("fff", "Hasselblad FFF")
          .put("gpr", "GoPro GPR")
          .put("iiq", "Phase One IIQ")
          .put("k25", "Kodak K25")
          .put("kdc", "Kodak KDC")
          .put("mef", "Mamiya MEF")
          .put("mos", "Leaf MOS")
          .put("mrw", "Minolta MRW")
          .put("nef", "Nikon NEF")
          .put("nrw", "Nikon NRW")
          .put("orf", "Olympus ORF")
          .put("pef", "Pentax PEF")
          .put("raf", "Fujifilm RAF")
          .put("rw2", "Panasonic RW2")
          .put("rwl", "Leica RWL")
          .put("sr2", "Sony SR2")
          .put("srf", "Sony SRF")
          .put("srw", "Samsung SRW")
          .put("x3f", "Sigma X3F")
          .buildOrThrow();

  /** The formats of makers whose files say nothing else. */
  private static final ImmutableMap<String, String> BY_MAKER =
      ImmutableMap.<String, String>builder()
          .put("nikon", "Nikon NEF")
          .put("sony", "Sony ARW")
          .put("pentax", "Pentax PEF")
          .put("ricoh", "Pentax PEF")
          .put("samsung", "Samsung SRW")
          .put("canon", "Canon")
          .put("hasselblad", "Hasselblad 3FR")
          .put("phase one", "Phase One IIQ")
          .put("mamiya", "Mamiya MEF")
          .put("leaf", "Leaf MOS")
          .put("kodak", "Kodak DCR")
          .put("eastman kodak", "Kodak DCR")
          .put("seiko epson", "Epson ERF")
          .put("olympus", "Olympus ORF")
          .put("panasonic", "Panasonic RW2")
          .put("leica", "Leica")
          .buildOrThrow();

  // PhotometricInterpretation: a colour filter array, or one that is no longer mosaic.
  private static final Set<Long> SENSOR = Set.of(32803L, 34892L);

  // Compression: Kodak, Sony, Epson, Samsung, Nikon, Kodak, Pentax.
  private static final Set<Long> COMPRESSIONS =
      Set.of(262L, 32767L, 32769L, 32770L, 34713L, 65000L, 65535L);

  private CameraRaw() {}

  /**
   * Refuses a file that begins as camera raw files do that are no TIFFs, or not only.
   *
   * @param file its name
   * @param start at least the first 12 bytes, if there are so many
   */
  public static void check(String file, byte[] start) {
    String format = bySignature(start);
    if (format != null) {
      throw refused(file, format);
    }
  }

  private static @Nullable String bySignature(byte[] start) {
    String text = new String(start, ISO_8859_1);
    if (text.startsWith("IIRO") || text.startsWith("IIRS") || text.startsWith("MMOR")) {
      return "Olympus ORF";
    } else if (text.startsWith("IIU\0")) {
      return "Panasonic RW2";
    } else if (text.startsWith("FUJIFILMCCD-RAW")) {
      return "Fujifilm RAF";
    } else if (text.startsWith("ftypcrx ", 4)) {
      return "Canon CR3";
    } else if (text.startsWith("HEAPCCDR", 6)) {
      return "Canon CRW";
    } else if (text.startsWith("\0MRM")) {
      return "Minolta MRW";
    } else if (text.startsWith("FOVb")) {
      return "Sigma X3F";
    } else if (TiffDirectory.isTiff(start) && text.startsWith("CR\2", 8)) {
      return "Canon CR2";
    } else if (TiffDirectory.isTiff(start)
        && (text.startsWith("IIII", 8) || text.startsWith("MMMM", 8))) {
      return "Phase One IIQ";
    }
    return null;
  }

  /** Refuses a TIFF that is a camera raw file. */
  public static void check(String file, TiffDirectory page, List<TiffDirectory> nested)
      throws IOException {
    String extension = extension(file);
    boolean isRaw =
        page.has(TiffDirectory.DNG_VERSION)
            || page.has(TiffDirectory.LEAF_DATA)
            || BY_EXTENSION.containsKey(extension)
            || isOfSensor(page);
    for (TiffDirectory directory : nested) {
      isRaw |= isOfSensor(directory);
    }
    if (isRaw) {
      throw refused(file, format(page, extension));
    }
  }

  private static boolean isOfSensor(TiffDirectory directory) throws IOException {
    return SENSOR.contains(directory.photometric())
        || COMPRESSIONS.contains(directory.compression());
  }

  private static String format(TiffDirectory page, String extension) throws IOException {
    if (page.has(TiffDirectory.DNG_VERSION)) {
      return "DNG";
    }
    if (BY_EXTENSION.containsKey(extension)) {
      return BY_EXTENSION.getOrDefault(extension, "");
    }
    String maker = page.text(TiffDirectory.MAKE).orElse("").toLowerCase(Locale.ROOT);
    for (String name : BY_MAKER.keySet()) {
      if (maker.startsWith(name)) {
        return BY_MAKER.getOrDefault(name, "");
      }
    }
    return "in the form of a TIFF";
  }

  private static String extension(String file) {
    return file.substring(file.lastIndexOf('.') + 1).toLowerCase(Locale.ROOT);
  }

  private static ImageFormatException refused(String file, String format) {
    return new ImageFormatException(
        String.format(
            Locale.ROOT,
            "%s: cannot be read because it is a camera raw file (%s), which holds what the sensor"
                + " measured and at most a preview of the picture; develop it in a raw converter,"
                + " such as the camera maker's, darktable or RawTherapee, export it as a 16-bit"
                + " TIFF, and enlarge that",
            file,
            format),
        null);
  }
}
