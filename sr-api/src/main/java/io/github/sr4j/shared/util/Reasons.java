// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.shared.util;

import java.io.EOFException;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.FileSystemLoopException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.ReadOnlyFileSystemException;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The reasons of failures, in words for people: without names of classes and hash codes. */
public final class Reasons {

  /** The reason of a file whose end is missing. */
  public static final String CUT_OFF = "the file is cut off";

  /** The messages of operating systems and the JDK for failures that have a common name. */
  private static final Map<Pattern, String> COMMON =
      Map.of(
          pattern("no space left|not enough space|out of disk space"), "the disk is full",
          pattern("quota exceeded"), "the disk quota is used up",
          pattern("file too large"), "the file would be larger than its disk allows",
          pattern("read-only file system"), "the disk is read-only",
          pattern("broken pipe|pipe is being closed"), "whoever read it has closed it",
          pattern("too many open files"), "this process has too many open files",
          pattern("file ?name too long"), "the name is too long",
          pattern("input/output error"), "the disk reports an error");

  /** Names of classes with their packages, with or without a hash code, as toString has them. */
  private static final Pattern CLASS =
      Pattern.compile("\\b(?:[a-z][a-z0-9_]*\\.){2,}[A-Z][\\w$.]*(?:@[0-9a-f]+)?(?:: )?");

  private static final Pattern HASH_CODE = Pattern.compile("\\b[A-Z][\\w$]*@[0-9a-f]{4,8}\\b");

  private static final int MAX_CAUSES = 64; // a chain of causes may be a ring

  private Reasons() {}

  private static Pattern pattern(String words) {
    return Pattern.compile(words, Pattern.CASE_INSENSITIVE);
  }

  /**
   * Returns why a failure is: its reason, or that of the first of its causes with a common name.
   */
  public static String of(Throwable failure) {
    @Nullable Throwable cause = failure;
    for (int i = 0; cause != null && i < MAX_CAUSES; i++, cause = cause.getCause()) {
      @Nullable String common = common(cause);
      if (common != null) {
        return common;
      }
    }
    return own(failure);
  }

  /** Returns the common name of what a system says, or the text without names of classes. */
  public static String ofText(String text) {
    @Nullable String common = commonName(text);
    return common == null ? withoutClasses(text) : common;
  }

  private static @Nullable String commonName(String text) {
    for (Map.Entry<Pattern, String> entry : COMMON.entrySet()) {
      if (entry.getKey().matcher(text).find()) {
        return entry.getValue();
      }
    }
    return null;
  }

  private static @Nullable String common(Throwable failure) {
    if (failure instanceof EOFException) {
      return CUT_OFF;
    }
    if (failure instanceof CharacterCodingException) {
      return "it is not text in UTF-8";
    }
    if (failure instanceof ReadOnlyFileSystemException) {
      return "it is in an archive or file system that cannot be written to";
    }
    if (failure instanceof FileSystemLoopException) {
      return "it is a symbolic link that leads to itself";
    }
    // The message of a file system's exception begins with a name that means nothing to the user.
    @Nullable String text =
        failure instanceof FileSystemException file ? file.getReason() : failure.getMessage();
    if (text != null && failure instanceof IOException) {
      return commonName(text);
    }
    if (failure instanceof AccessDeniedException) {
      return "permission denied";
    }
    if (failure instanceof NoSuchFileException) {
      return "no such file or folder";
    }
    if (failure instanceof FileAlreadyExistsException) {
      return "there is a file of that name";
    }
    if (failure instanceof NotDirectoryException) {
      return "it is a file where a folder is needed";
    }
    return failure instanceof DirectoryNotEmptyException ? "the folder is not empty" : null;
  }

  private static String own(Throwable failure) {
    @Nullable String text =
        failure instanceof FileSystemException file ? file.getReason() : failure.getMessage();
    String plain = text == null ? "" : withoutClasses(text);
    return plain.isEmpty() ? "a failure without a reason" : plain;
  }

  /** Returns a text without the names of classes with their packages, and without hash codes. */
  public static String withoutClasses(String text) {
    String plain = HASH_CODE.matcher(CLASS.matcher(text).replaceAll("")).replaceAll("");
    return plain.strip();
  }
}
