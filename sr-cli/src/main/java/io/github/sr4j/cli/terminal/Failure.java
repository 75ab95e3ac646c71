// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.cli.terminal;

import io.github.sr4j.SuperResolutionException;
import io.github.sr4j.shared.settings.SettingException;
import io.github.sr4j.shared.settings.SettingName;
import io.github.sr4j.shared.util.Reasons;
import io.github.sr4j.shared.util.VisibleText;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CancellationException;
import org.jspecify.annotations.Nullable;

/**
 * A failure of a command that the user has to mend, and its one line.
 *
 * <p>Exceptions of the library bring such a line along; those of the JDK often are just the name of
 * a file.
 */
public final class Failure extends Exception {

  private static final long serialVersionUID = 1L;

  private static final String HEAP_OPTION = "-Xmx";

  /** Creates a failure without a cause. */
  public Failure(String message) {
    this(message, null);
  }

  /** Creates a failure. */
  public Failure(String message, @Nullable Throwable cause) {
    super(message, cause);
  }

  /**
   * Says in one line what is wrong, where, and what to do.
   *
   * @param options the names of those of the command that failed: no other is spoken of
   */
  public static String describe(Throwable failure, Set<String> options) {
    String message = text(failure, options);
    return inOneLine(
        message.contains(HEAP_OPTION) ? message + "; for sr4j, set SR4J_OPTS=-Xmx8g" : message);
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
    if (failure instanceof OutOfMemoryError) {
      return String.format(
          Locale.ROOT,
          "not enough memory, of which Java may use %d MB; %sallow more with -Xmx",
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
    if (options.contains("--tile-size")) {
      return "use smaller tiles (--tile-size), or ";
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
