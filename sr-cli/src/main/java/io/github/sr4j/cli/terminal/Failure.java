// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.cli.terminal;

import com.google.common.collect.ImmutableSet;
import io.github.sr4j.ImageFormatException;
import io.github.sr4j.SuperResolutionException;
import io.github.sr4j.internal.settings.SettingException;
import io.github.sr4j.internal.settings.SettingName;
import io.github.sr4j.internal.util.Reasons;
import io.github.sr4j.internal.util.VisibleText;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A failure of a command that the user has to mend, and its one line.
 *
 * <p>Exceptions of the library bring such a line along; those of the JDK often are just the name of
 * a file.
 */
public final class Failure extends Exception {

  private static final long serialVersionUID = 1L;

  /** The settings of {@link io.github.sr4j.Upscaler} that options have another name for. */
  private static final Map<String, String> OPTIONS =
      Map.ofEntries(
          Map.entry("approximateTiles", "--approximate-tiles"),
          Map.entry("maxMemory", "--max-memory"),
          Map.entry("maxOpeningTime", "--max-opening-time"),
          Map.entry("maxPixels", "--max-pixels"),
          Map.entry("maxPixelsPerByte", "--max-pixels-per-byte"),
          Map.entry("overlap", "--approximate-tiles"),
          Map.entry("selfEnsemble", "--self-ensemble"),
          Map.entry("tileSize", "--tile"));

  private static final Pattern UNREADABLE = Pattern.compile(": (damaged|not an image)");

  /** A setting where messages name it, which is not in the name of a file. */
  private static final Pattern SETTING =
      Pattern.compile(
          "(?<![^ ])(approximateTiles|maxMemory|maxOpeningTime|maxPixels(?:PerByte)?|selfEnsemble"
              + "|tileSize)(?=[ ,;])|^overlap(?= must )");

  private static final Pattern HOW_TO_DECLARE =
      Pattern.compile(
          " \\(with Model\\.declaring(?:, (or as metadata sr4j\\.\\* of the file))?\\)");

  private static final String PROPERTY = "(alignment|color|halo|layout|preupscale|range|scale)";
  private static final Pattern DECLARATION = Pattern.compile("\\b" + PROPERTY + "=(?=[\\w-])");
  private static final Pattern DECLARED =
      Pattern.compile("\\bthe declared " + PROPERTY + "(?= must )");

  /** Creates a failure without a cause. */
  public Failure(String message) {
    this(message, null);
  }

  /** Creates a failure. */
  public Failure(String message, @Nullable Throwable cause) {
    super(message, cause);
  }

  /** Says in one line what is wrong, where, and what to do, for a command with all options. */
  public static String describe(Throwable failure) {
    return describe(failure, ImmutableSet.copyOf(OPTIONS.values()));
  }

  /**
   * Says in one line what is wrong, where, and what to do.
   *
   * @param options those of the command that failed: no other is spoken of
   */
  public static String describe(Throwable failure, Set<String> options) {
    return inOneLine(
        withDeclarations(withOptions(text(failure, options), options), options)
            .replaceFirst(
                " with -Xmx(?=[,.]|$)", " with the environment variable SR4J_OPTS, as in -Xmx8g"));
  }

  /** Returns a message of the library in which properties to be declared are named as options. */
  private static String withDeclarations(String message, Set<String> options) {
    String declared =
        DECLARED
            .matcher(message)
            .replaceAll(
                property ->
                    options.contains("--" + property.group(1))
                        ? "the declared --" + property.group(1)
                        : property.group());
    return HOW_TO_DECLARE.matcher(declared).find()
        ? HOW_TO_DECLARE
            .matcher(DECLARATION.matcher(declared).replaceAll("--$1 "))
            .replaceFirst(how -> how.group(1) == null ? "" : " (" + how.group(1) + ")")
        : declared;
  }

  /** Returns a message of the library with its settings named as the options of a command. */
  public static String withOptions(String message, Set<String> options) {
    return SETTING
        .matcher(message)
        .replaceAll(
            setting -> {
              String option = OPTIONS.getOrDefault(setting.group(), setting.group());
              return options.contains(option)
                  ? option
                  : setting.group().equals("maxPixels")
                      ? "the most pixels that this command reads"
                      : setting.group();
            });
  }

  /** Returns whether someone stopped it, as by Ctrl-C: nothing is to be mended. */
  public static boolean isInterruption(Throwable failure) {
    return failure instanceof CancellationException
        || failure instanceof ClosedByInterruptException // of a file being read or written
        || (failure.getCause() instanceof IOException cause && isInterruption(cause));
  }

  /** Returns a text in one line, with invisible characters made visible. */
  public static String inOneLine(@Nullable String text) {
    return VisibleText.of(String.valueOf(text).strip().replaceAll("\\s*\\R\\s*", "; "));
  }

  private static String text(Throwable failure, Set<String> options) {
    if (failure instanceof UncheckedIOException && failure.getCause() != null) {
      return text(failure.getCause(), options);
    }
    if (isInterruption(failure)) {
      return "interrupted";
    }
    Optional<SettingException> setting = SettingException.of(failure);
    if (setting.isPresent()) {
      return setting.get().message(name -> named(name, options));
    }
    if (failure instanceof FileSystemException file) {
      return file.getFile() + ": " + problem(file);
    }
    if (failure instanceof ImageFormatException
        && UNREADABLE.matcher(String.valueOf(failure.getMessage())).find()) {
      return failure.getMessage() + "; use another image";
    }
    if (failure instanceof OutOfMemoryError) {
      return String.format(
          Locale.ROOT,
          "not enough memory, of which Java may use %d MB; %sallow more, as with the environment"
              + " variable SR4J_OPTS=-Xmx8g",
          Runtime.getRuntime().maxMemory() >> 20,
          lessMemory(options));
    }
    if (failure instanceof LinkageError) {
      return "native code cannot be loaded: " + Reasons.of(failure);
    }
    boolean isExplained =
        failure instanceof Failure
            || failure instanceof SuperResolutionException
            || failure instanceof IOException
            || failure instanceof IllegalArgumentException;
    if (isExplained && failure.getMessage() != null) {
      return failure.getMessage();
    }
    String message = Reasons.withoutClasses(String.valueOf(failure.getMessage()));
    boolean isSaid = failure instanceof IllegalStateException && failure.getMessage() != null;
    return "internal error"
        + (isSaid ? ": " + message : "")
        + "; please report it with the output of --verbose";
  }

  /** Returns the option of a setting, or its words if the command has no such option. */
  private static String named(SettingName setting, Set<String> options) {
    String option = "--" + setting.key();
    return options.contains(option) ? option : setting.inWords();
  }

  private static String lessMemory(Set<String> options) {
    if (options.contains("--tile")) {
      return "use smaller tiles (--tile), or ";
    }
    return options.contains("--batch") ? "use a smaller --batch or --patch, or " : "";
  }

  private static String problem(FileSystemException failure) {
    if (failure.getReason() != null) {
      return Reasons.ofText(failure.getReason());
    }
    if (failure instanceof NoSuchFileException) {
      return "no such file or folder; check the path";
    }
    if (failure instanceof AccessDeniedException) {
      return "permission denied; change its permissions or choose another path";
    }
    if (failure instanceof FileAlreadyExistsException || failure instanceof NotDirectoryException) {
      return "is a file where a folder is needed; choose another path";
    }
    return Reasons.of(failure);
  }
}
