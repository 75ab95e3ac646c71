// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.training.internal.files;

import io.github.sr4j.ImageFormatException;
import io.github.sr4j.shared.settings.SettingException;
import io.github.sr4j.shared.settings.SettingName;
import io.github.sr4j.shared.util.Reasons;
import io.github.sr4j.train.TrainingSettings;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.util.List;

/** The messages on files that cannot be read. */
public final class Unreadable {

  private static final SettingName SKIP_UNREADABLE =
      new SettingName(TrainingSettings.SKIP_UNREADABLE.name());

  private Unreadable() {}

  /** Returns in one sentence which file cannot be read and why. */
  public static String reason(Exception failure) {
    if (failure instanceof UncheckedIOException unchecked && unchecked.getCause() != null) {
      return reason(unchecked.getCause());
    }
    if (failure instanceof FileSystemException file && file.getReason() == null) {
      return file.getFile() + ": " + Reasons.of(file); // the message is the name alone
    }
    return String.valueOf(failure.getMessage());
  }

  /**
   * Throws what ends a run that leaves out no files.
   *
   * @param failures one for each file, at least one
   */
  public static IOException refused(List<Exception> failures) {
    Exception first = failures.get(0);
    SettingException refusal =
        failures.size() == 1
            ? new SettingException(
                first, "%s; %s would leave it out", reason(first), SKIP_UNREADABLE)
            : new SettingException(
                first,
                "%s (one of %s files that cannot be read); %s would leave them out",
                reason(first),
                failures.size(),
                SKIP_UNREADABLE);
    String message = String.valueOf(refusal.getMessage());
    if (first instanceof ImageFormatException) {
      throw new ImageFormatException(message, refusal);
    }
    if (first instanceof NoSuchFileException missing) {
      String prefix = missing.getFile() + ": "; // which its message has anyway
      NoSuchFileException named =
          new NoSuchFileException(missing.getFile(), null, message.substring(prefix.length()));
      named.initCause(refusal);
      return named;
    }
    return new IOException(message, refusal);
  }

  /** Returns a failure to read a file that names the file. */
  public static IOException named(String file, IOException failure) {
    boolean isNamed =
        failure instanceof FileSystemException
            || String.valueOf(failure.getMessage()).contains(file);
    return isNamed
        ? failure
        : new IOException(
            String.format(
                "%s: cannot be read: %s",
                file, failure.getMessage() == null ? "no reason is given" : failure.getMessage()),
            failure);
  }
}
