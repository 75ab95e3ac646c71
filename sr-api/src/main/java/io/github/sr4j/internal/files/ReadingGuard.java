// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.internal.files;

import io.github.sr4j.ImageFormatException;
import io.github.sr4j.SuperResolutionException;
import io.github.sr4j.internal.tiff.TiffDecoder;
import io.github.sr4j.internal.util.MemoryShortage;
import io.github.sr4j.shared.util.Reasons;
import java.io.IOException;
import java.util.Arrays;
import java.util.Locale;
import java.util.concurrent.CancellationException;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import javax.imageio.ImageIO;
import org.jspecify.annotations.Nullable;

/**
 * The guard around the readers of an image file, which fail on damaged files in any way: it says in
 * words for the user what is wrong with the file. Not thread-safe.
 */
final class ReadingGuard {

  /**
   * The warnings after which libjpeg has made up pixels. It also warns of bytes that it skipped
   * before the end, which many cameras write and which harm nothing.
   */
  private static final Pattern FATAL_WARNING =
      Pattern.compile(
          "premature end|inconsistent progression|corrupt(?!.*extraneous bytes before marker 0xd9)",
          Pattern.CASE_INSENSITIVE);

  /** The words of readers about images that are sound. */
  private static final Pattern UNSUPPORTED =
      Pattern.compile("^(unsupported|not supported)\\b", Pattern.CASE_INSENSITIVE);

  private final ImageInput file; // whose text is its name
  private final String format; // as its reader calls it, in lower case
  private @Nullable String fatalWarning;

  ReadingGuard(ImageInput file, String format) {
    this.file = file;
    this.format = format;
  }

  /** Takes a warning of the reader. */
  void warned(String warning) {
    if (fatalWarning == null && FATAL_WARNING.matcher(warning).find()) {
      fatalWarning = warning;
    }
  }

  /** A use of readers. */
  interface Reading<T> {

    /** Reads. */
    T run() throws IOException;
  }

  /**
   * Uses readers.
   *
   * @throws ImageFormatException if the file is damaged, or of a kind that is not read
   * @throws SuperResolutionException if the memory is not enough
   * @throws CancellationException if the thread is interrupted
   */
  <T> T run(Reading<T> reading) {
    T result;
    try {
      result = reading.run();
    } catch (SuperResolutionException | CancellationException e) {
      throw e;
    } catch (TiffDecoder.UnsupportedException e) {
      throw unsupported(String.valueOf(e.getMessage()), e);
    } catch (StackOverflowError e) { // readers follow links from part to part by recursion
      throw damaged("its parts are nested too deeply", e);
    } catch (IOException | RuntimeException | OutOfMemoryError e) { // on damaged files, in any way
      if (MemoryShortage.isCauseOf(e)) {
        throw MemoryShortage.of(file, "decode the " + format + " image", e);
      }
      if (Thread.currentThread().isInterrupted()) { // which closes channels
        CancellationException cancelled =
            new CancellationException("interrupted while reading " + file);
        cancelled.initCause(e);
        throw cancelled;
      }
      if (e instanceof IOException && UNSUPPORTED.matcher(String.valueOf(e.getMessage())).find()) {
        throw unsupported(String.valueOf(e.getMessage()), e);
      }
      throw damaged(found(e), e);
    }
    if (fatalWarning != null) {
      boolean isCutOff = fatalWarning.contains("premature end");
      throw damaged(isCutOff ? Reasons.CUT_OFF + " (" + fatalWarning + ")" : fatalWarning, null);
    }
    return result;
  }

  private static String found(Throwable failure) {
    String reason = Reasons.of(failure);
    // Messages of unchecked exceptions are not made for the user of the file.
    return reason.equals(Reasons.CUT_OFF)
            || (failure instanceof IOException && failure.getMessage() != null)
        ? reason
        : "it cannot be decoded";
  }

  /** Returns the refusal of what no reader reads. */
  static ImageFormatException notAnImage(ImageInput file, String found) {
    return new ImageFormatException(
        String.format(
            Locale.ROOT, "%s: not an image of a readable format (%s): %s", file, readable(), found),
        null);
  }

  /** Returns the refusal of an image that is not as it should be. */
  ImageFormatException damaged(String found, @Nullable Throwable cause) {
    return new ImageFormatException(
        String.format(Locale.ROOT, "%s: damaged %s image: %s", file, format, found), cause);
  }

  /** Returns the refusal of an image that is as it should be, and that nobody here reads. */
  ImageFormatException unsupported(String found, @Nullable Throwable cause) {
    String name = format.contains("tif") ? "TIFF" : format.toUpperCase(Locale.ROOT);
    return unsupported(file, name, found, cause);
  }

  static ImageFormatException unsupported(
      ImageInput file, String format, String found, @Nullable Throwable cause) {
    String advice =
        switch (format) {
          case "TIFF" -> "; write it again with another compression, such as Deflate, or as a PNG";
          case "JPEG" -> "; save it as a baseline or progressive JPEG, or as a PNG";
          default -> "; save it as RGB of 8 or 16 bits, or as a PNG or TIFF";
        };
    return new ImageFormatException(
        String.format(
            Locale.ROOT, "%s: a %s of a kind that is not read: %s%s", file, format, found, advice),
        cause);
  }

  private static String readable() {
    return Arrays.stream(ImageIO.getReaderFormatNames())
        .map(name -> name.toLowerCase(Locale.ROOT))
        .distinct()
        .sorted()
        .collect(Collectors.joining(", "));
  }
}
