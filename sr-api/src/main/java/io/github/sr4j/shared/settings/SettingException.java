// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.shared.settings;

import io.github.sr4j.ModelFormatException;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A refusal that names settings. Whoever knows how the user has written them, as a key of a file or
 * as an option, asks for the message with those names; {@link #getMessage} has the names in Java.
 *
 * <p>An exception of another kind that is about a setting has one of these, with the same message,
 * as its cause: {@link #of(Throwable)} finds it.
 */
public final class SettingException extends IllegalArgumentException {

  private static final long serialVersionUID = 1L;

  private static final char MARK = '\0'; // around names; no message holds one otherwise

  private final String marked;

  /**
   * Creates a refusal.
   *
   * @param template as for {@link String#format}
   * @param arguments of the template, {@link SettingName}s among them
   */
  public SettingException(String template, @Nullable Object... arguments) {
    this(null, template, arguments);
  }

  /** Creates a refusal that another failure is the cause of. */
  public SettingException(
      @Nullable Throwable cause, String template, @Nullable Object... arguments) {
    this(marked(template, arguments), cause);
  }

  private SettingException(String marked, @Nullable Throwable cause) {
    super(null, cause);
    this.marked = marked;
  }

  private static String marked(String template, @Nullable Object... arguments) {
    Object[] shown =
        Arrays.stream(arguments)
            .map(
                argument ->
                    argument instanceof SettingName name
                        ? MARK + name.key() + MARK
                        : String.valueOf(argument).replace(MARK, ' '))
            .toArray();
    return String.format(Locale.ROOT, template, shown);
  }

  private static String message(String marked, Function<SettingName, String> names) {
    String[] parts = marked.split(String.valueOf(MARK), -1);
    StringBuilder message = new StringBuilder();
    for (int i = 0; i < parts.length; i++) {
      message.append(i % 2 == 0 ? parts[i] : names.apply(new SettingName(parts[i])));
    }
    return message.toString();
  }

  /**
   * Checks a setting.
   *
   * @throws SettingException if {@code holds} is false
   */
  public static void check(boolean holds, String template, @Nullable Object... arguments) {
    if (!holds) {
      throw new SettingException(template, arguments);
    }
  }

  /**
   * Returns a value that is read from the text of a setting.
   *
   * @param setting the key of the setting
   * @throws SettingException if reading refuses the text; it names the setting in any case
   */
  public static <T> T naming(String setting, Supplier<T> reading) {
    try {
      return reading.get();
    } catch (SettingException e) {
      throw e;
    } catch (IllegalArgumentException e) {
      throw new SettingException(e, "%s: %s", new SettingName(setting), e.getMessage());
    }
  }

  /** Returns the refusal that an exception is, or that it passes on with the same message. */
  public static Optional<SettingException> of(Throwable failure) {
    if (failure instanceof SettingException setting) {
      return Optional.of(setting);
    }
    return failure.getCause() instanceof SettingException cause
            && String.valueOf(cause.getMessage()).equals(failure.getMessage())
        ? Optional.of(cause)
        : Optional.empty();
  }

  /** Returns the message with the names in Java. */
  @Override
  public String getMessage() {
    return message(SettingName::inJava);
  }

  /** Returns whether the message names a setting. */
  public boolean names(SettingName setting) {
    return marked.contains(MARK + setting.key() + MARK);
  }

  /** Returns a refusal of a model with the message of this one, which is its cause. */
  public ModelFormatException ofModel() {
    return new ModelFormatException(getMessage(), this);
  }

  /** Returns the message with the names that settings have for the user. */
  public String message(Function<SettingName, String> names) {
    return message(marked, names);
  }
}
