// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j;

import static com.google.common.base.Preconditions.checkArgument;
import static java.util.Objects.requireNonNull;

import com.google.common.collect.ImmutableSortedMap;
import com.google.common.collect.ImmutableSortedSet;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Objects;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * A model to be opened: one inside a backend's jar, a file, or the bytes of a file. Immutable;
 * nothing is read before the model is opened.
 */
public final class Model {

  private static final ImmutableSortedSet<String> DECLARABLE =
      ImmutableSortedSet.of("alignment", "color", "halo", "layout", "preupscale", "range", "scale");

  private final String name;
  private final Optional<Path> file;
  private final Optional<byte[]> content;
  private final ImmutableSortedMap<String, String> declarations;

  private Model(
      String name,
      Optional<Path> file,
      Optional<byte[]> content,
      ImmutableSortedMap<String, String> declarations) {
    this.name = name;
    this.file = file;
    this.content = content;
    this.declarations = declarations;
  }

  /**
   * Returns a model that a backend on the class path carries in its jar.
   *
   * @param name the name of the model, such as {@code "compact-x2"}; docs/models.md lists them
   */
  public static Model embedded(String name) {
    checkArgument(!name.isBlank(), "name must not be blank");
    return new Model(name, Optional.empty(), Optional.empty(), ImmutableSortedMap.of());
  }

  /** Returns the model in a file. */
  public static Model file(Path file) {
    return new Model(file.toString(), Optional.of(file), Optional.empty(), ImmutableSortedMap.of());
  }

  /**
   * Returns the model with the content of a file.
   *
   * @param name the name of the model in messages; its extension, such as {@code .onnx}, says its
   *     format
   * @param content the bytes, which are copied
   */
  public static Model bytes(String name, byte[] content) {
    return new Model(
        requireNonNull(name, "name"),
        Optional.empty(),
        Optional.of(content.clone()),
        ImmutableSortedMap.of());
  }

  /**
   * Returns a copy with a declared property, for foreign files that lack it where running them
   * cannot show it. It replaces the property of the file's metadata. A value that contradicts the
   * network is refused when the model is opened; a larger halo than needed is ignored.
   *
   * @param key a key of docs/model-format.md without its prefix: {@code scale}, {@code color},
   *     {@code range}, {@code layout}, {@code preupscale}, {@code halo} or {@code alignment}
   * @param value one of the key's values; checked when the model is opened
   * @throws IllegalArgumentException if there is no such key
   */
  public Model declaring(String key, String value) {
    checkArgument(
        DECLARABLE.contains(key), "key must be one of %s, but was \"%s\"", DECLARABLE, key);
    SortedMap<String, String> all = new TreeMap<>(declarations);
    all.put(key, requireNonNull(value, "value"));
    return new Model(name, file, content, ImmutableSortedMap.copyOfSorted(all));
  }

  /**
   * Returns the name of the model in messages: the embedded name, the path, or the name of the
   * bytes.
   */
  public String name() {
    return name;
  }

  /** Returns the file, if the model is one. */
  public Optional<Path> file() {
    return file;
  }

  /** Returns a copy of the bytes, if the model is made of some. */
  public Optional<byte[]> content() {
    return content.map(byte[]::clone);
  }

  /** Returns whether the model is inside a backend's jar. */
  public boolean isEmbedded() {
    return file.isEmpty() && content.isEmpty();
  }

  /** Returns the {@linkplain #declaring declared} properties, by key. */
  public SortedMap<String, String> declarations() {
    return declarations;
  }

  /** Returns whether the other object is a model of the same name, content and declarations. */
  @Override
  public boolean equals(Object other) {
    return other instanceof Model that
        && name.equals(that.name)
        && file.equals(that.file)
        && Arrays.equals(content.orElse(null), that.content.orElse(null))
        && declarations.equals(that.declarations);
  }

  @Override
  public int hashCode() {
    return Objects.hash(name, file, declarations); // not the content, which is long
  }

  @Override
  public String toString() {
    return name;
  }
}
