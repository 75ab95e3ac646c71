// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.networks.files;

import com.google.common.hash.Hashing;
import com.google.common.io.MoreFiles;
import io.github.sr4j.BackendNotFoundException;
import io.github.sr4j.ModelFormatException;
import io.github.sr4j.networks.graph.Tensor;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The weights of a loss network in a user's file, by the names that the literature has for its
 * layers: {@code conv3_1.weight}, of shape [out, in, height, width], and {@code conv3_1.bias}.
 *
 * <p>The file is an {@code .npz} archive with these names, an HDF5 file of Keras, or an ONNX model;
 * which one is told by its first bytes and the extension {@code .onnx}. docs/losses.md says what
 * each of them holds.
 *
 * @param sha256 of the file, in hexadecimal
 */
public record LossWeights(Path file, Map<String, Tensor> arrays, String sha256) {

  /** The length of a side that a file may choose. */
  public static final long ANY = -1;

  private static final byte[] HDF5 = {(byte) 0x89, 'H', 'D', 'F', '\r', '\n', 0x1a, '\n'};

  /**
   * Reads a file.
   *
   * @param sha256 that the file must have, in hexadecimal; any if null
   * @throws ModelFormatException if the file is damaged, of no such form, or another one
   * @throws BackendNotFoundException if the library that reads HDF5 is not on the class path
   */
  public static LossWeights read(Path file, @Nullable String sha256) throws IOException {
    if (!Files.exists(file)) {
      throw new NoSuchFileException(file.toString(), null, "there is no such file");
    }
    String actual = MoreFiles.asByteSource(file).hash(Hashing.sha256()).toString();
    if (sha256 != null && !actual.equalsIgnoreCase(sha256)) {
      throw new ModelFormatException(
          String.format("%s: must have the SHA-256 %s, but has %s", file, sha256, actual), null);
    }
    Map<String, Tensor> arrays = arrays(file);
    Npz.checkFinite(file, arrays);
    return new LossWeights(file, arrays, actual);
  }

  private static Map<String, Tensor> arrays(Path file) throws IOException {
    if (beginsWith(file, HDF5)) {
      try {
        return KerasWeights.read(file);
      } catch (NoClassDefFoundError e) {
        throw new BackendNotFoundException(
            String.format(
                "%s: reading HDF5 needs io.jhdf:jhdf, which is not on the class path", file),
            e);
      }
    }
    return file.toString().endsWith(".onnx")
        ? OnnxWeights.read(file)
        : Npz.read(file, new LinkedHashMap<>());
  }

  private static boolean beginsWith(Path file, byte[] bytes) throws IOException {
    try (InputStream in = Files.newInputStream(file)) {
      return Arrays.equals(in.readNBytes(bytes.length), bytes);
    }
  }

  /** Returns whether the file has an array of a name. */
  public boolean has(String name) {
    return arrays.containsKey(name);
  }

  /**
   * Returns an array.
   *
   * @param shape the sides that it must have, some of which may be {@link #ANY}
   * @throws ModelFormatException if there is none, or of another shape
   */
  public Tensor get(String name, long... shape) {
    Tensor array = arrays.get(name);
    if (array == null || !fits(array.shape().toArray(), shape)) {
      throw new ModelFormatException(
          String.format(
              "%s: a loss network needs an array \"%s\" of shape %s, but %s",
              file,
              name,
              text(shape),
              array == null
                  ? "the file has " + Names.of(arrays.keySet())
                  : "its shape is " + text(array.shape().toArray())),
          null);
    }
    return array;
  }

  private static boolean fits(long[] actual, long[] expected) {
    if (actual.length != expected.length) {
      return false;
    }
    for (int i = 0; i < actual.length; i++) {
      if (expected[i] != ANY && actual[i] != expected[i]) {
        return false;
      }
    }
    return true;
  }

  private static String text(long[] shape) {
    return Arrays.stream(shape)
        .mapToObj(side -> side == ANY ? "*" : String.valueOf(side))
        .collect(Collectors.joining(", ", "[", "]"));
  }
}
