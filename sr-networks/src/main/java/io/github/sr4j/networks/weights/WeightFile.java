// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.networks.weights;

import static java.util.stream.Collectors.joining;

import com.google.common.hash.Hashing;
import io.github.sr4j.BackendNotFoundException;
import io.github.sr4j.ModelFormatException;
import io.github.sr4j.networks.files.Names;
import io.github.sr4j.networks.files.Npz;
import io.github.sr4j.networks.graph.Shape;
import io.github.sr4j.networks.graph.Tensor;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * The weights that another program has stored: named arrays, in a file of PyTorch, safetensors,
 * NumPy, Keras (HDF5) or ONNX. The form is told by the content, not by the extension.
 *
 * <p>What a program wraps around weights is taken away: {@code params_ema}, {@code state_dict} and
 * other keys, of which averaged weights are preferred, and the prefixes {@code module.} and {@code
 * _orig_mod.}. Nothing in a file is executed, and sizes are checked against the file before memory
 * is taken for them. Immutable.
 */
public final class WeightFile {

  /** How many bytes of a file {@link #isWeights} needs. */
  public static final int HEAD = 16;

  private static final long MAX_BYTES = Integer.MAX_VALUE - 8; // of an array
  private static final int SMALL = 1 << 16; // bytes, which any file may take
  private static final byte[] HDF5 = {(byte) 0x89, 'H', 'D', 'F', '\r', '\n', 0x1a, '\n'};
  private static final int ZIP = 0x04034b50;
  private static final int PROTO = 0x80; // the first byte of pickles

  private final Refusal refusal;
  private final String form;
  private final String sha256;
  private final long length;
  private final Map<String, StoredArray> arrays;

  private WeightFile(
      Refusal refusal, String form, String sha256, long length, Map<String, StoredArray> arrays) {
    this.refusal = refusal;
    this.form = form;
    this.sha256 = sha256;
    this.length = length;
    this.arrays = arrays;
  }

  /**
   * Reads a file.
   *
   * @throws ModelFormatException if it is damaged or holds something else than weights; the message
   *     names the file and the first thing found wrong
   */
  public static WeightFile read(Path file) throws IOException {
    if (!Files.exists(file)) {
      throw new NoSuchFileException(file.toString(), null, "there is no such file");
    }
    Refusal refusal = new Refusal(file.toString());
    if (!Files.isRegularFile(file)) {
      throw refusal.of("must be a file of weights, but is a folder or a device");
    }
    long size = Files.size(file);
    if (size > MAX_BYTES) {
      throw refusal.of("must have at most %s bytes, but has %s", MAX_BYTES, size);
    }
    byte[] content;
    try (InputStream in = Files.newInputStream(file)) {
      content = in.readNBytes((int) size);
    } catch (OutOfMemoryError e) {
      throw new ModelFormatException(
          String.format(
              Locale.ROOT,
              "%s: has %d bytes, for which Java's memory does not suffice; give it more with -Xmx",
              file,
              size),
          e);
    }
    return isNpz(refusal, content) ? ofNpz(refusal, file, content) : of(refusal, content);
  }

  /**
   * Reads the content of a file. NumPy's archives are read from files only.
   *
   * @param name what messages call it
   * @throws ModelFormatException if it is damaged or holds something else than weights
   */
  public static WeightFile of(String name, byte[] content) {
    return of(new Refusal(name), content);
  }

  /**
   * Returns whether a file is one of weights, rather than a model that can be run as it is.
   *
   * @param head its first bytes, {@link #HEAD} if it has as many
   */
  public static boolean isWeights(byte[] head) {
    ByteBuffer bytes = ByteBuffer.wrap(head).order(ByteOrder.LITTLE_ENDIAN);
    return isZip(head) || isPickle(head) || Safetensors.isHeader(bytes) || isHdf5(head);
  }

  /** Returns whether a file is one of weights, by its first bytes; not if it cannot be read. */
  public static boolean isWeights(Path file) {
    if (!Files.isRegularFile(file)) {
      return false;
    }
    try (InputStream in = Files.newInputStream(file)) {
      return isWeights(in.readNBytes(HEAD));
    } catch (IOException e) {
      return false; // whoever opens it says why
    }
  }

  private static boolean isPickle(byte[] head) {
    return head.length > 2 && (head[0] & 0xff) == PROTO && head[1] >= 2 && head[1] <= 5;
  }

  /** Whether a text may be a pickle of Python's oldest protocols. */
  private static boolean isOldPickle(byte[] content) {
    return content.length > 1
        && "c(]}dlti".indexOf(content[0]) >= 0
        && content[content.length - 1] == '.';
  }

  private static boolean isNpz(Refusal refusal, byte[] content) {
    if (!isZip(content)) {
      return false;
    }
    ZipDirectory zip = new ZipDirectory(refusal, ByteBuffer.wrap(content));
    return TorchFile.pickleIn(zip).isEmpty()
        && zip.names().stream().anyMatch(name -> name.endsWith(".npy"));
  }

  private static boolean isHdf5(byte[] head) {
    return head.length >= HDF5.length && Arrays.equals(head, 0, HDF5.length, HDF5, 0, HDF5.length);
  }

  private static boolean isZip(byte[] content) {
    return content.length > 4
        && ByteBuffer.wrap(content).order(ByteOrder.LITTLE_ENDIAN).getInt(0) == ZIP;
  }

  private static WeightFile ofNpz(Refusal refusal, Path file, byte[] content) throws IOException {
    Map<String, StoredArray> arrays = new LinkedHashMap<>();
    Npz.read(file, new LinkedHashMap<>())
        .forEach((name, tensor) -> arrays.put(name, StoredArray.of(tensor)));
    return new WeightFile(refusal, "NumPy", sha256(content), content.length, arrays);
  }

  private static WeightFile of(Refusal refusal, byte[] content) {
    ByteBuffer bytes = ByteBuffer.wrap(content).order(ByteOrder.LITTLE_ENDIAN);
    String form;
    Map<String, StoredArray> arrays;
    if (isZip(content)) {
      form = "PyTorch, zip archive";
      ZipDirectory zip = new ZipDirectory(refusal, bytes);
      String pickle =
          TorchFile.pickleIn(zip)
              .orElseThrow(
                  () ->
                      refusal.of(
                          "must be an archive of PyTorch, with data.pkl, or of NumPy, with .npy"
                              + " entries, but has %s",
                          Names.of(zip.names())));
      arrays = StateDict.of(refusal, TorchFile.readArchive(refusal, zip, pickle, content.length));
    } else if (isPickle(content) || isOldPickle(content)) {
      form = "PyTorch, older form";
      arrays = StateDict.of(refusal, TorchFile.readPickles(refusal, bytes));
    } else if (Safetensors.isHeader(bytes)) {
      form = "safetensors";
      arrays = Safetensors.read(refusal, bytes);
    } else if (isHdf5(content)) {
      form = "Keras, HDF5";
      arrays = ofKeras(refusal, content);
    } else if (OnnxFile.isModel(content)) {
      form = "ONNX";
      arrays = OnnxFile.read(refusal, content);
    } else {
      throw unknown(refusal, content);
    }
    if (arrays.isEmpty()) {
      throw refusal.of("must hold weights, but holds no arrays");
    }
    return new WeightFile(refusal, form, sha256(content), content.length, arrays);
  }

  private static Map<String, StoredArray> ofKeras(Refusal refusal, byte[] content) {
    Map<String, StoredArray> arrays = new LinkedHashMap<>();
    try {
      KerasFile.read(refusal, content, 3L * content.length + SMALL)
          .forEach((name, tensor) -> arrays.put(name, StoredArray.of(tensor)));
    } catch (NoClassDefFoundError e) {
      throw new BackendNotFoundException(
          refusal.file() + ": reading HDF5 needs io.jhdf:jhdf, which is not on the class path", e);
    }
    return arrays;
  }

  private static ModelFormatException unknown(Refusal refusal, byte[] content) {
    String head =
        new String(content, 0, Math.min(content.length, 300), StandardCharsets.ISO_8859_1);
    String found = "is something else";
    if (content.length == 0) {
      found = "is empty";
    } else if (head.startsWith("version https://git-lfs")) {
      found = "is a pointer of Git LFS; fetch the file itself with git lfs pull";
    } else if (head.stripLeading()
        .toLowerCase(Locale.ROOT)
        .matches("(?s)<(!doctype|html|\\?xml).*")) {
      found = "is a web page; download the file itself";
    } else if (head.length() > 262 && head.startsWith("ustar", 257)) {
      found = "is a tar archive, the form of PyTorch before 0.2; save it again with a newer one";
    } else if (head.startsWith("GGUF")) {
      found = "is a GGUF file";
    }
    return refusal.of(
        "must be a file of weights of PyTorch, safetensors, NumPy, Keras or ONNX, but " + found);
  }

  private static String sha256(byte[] content) {
    return Hashing.sha256().hashBytes(content).toString();
  }

  /** Returns the name of the file in messages. */
  public String name() {
    return refusal.file();
  }

  /** Returns the form of the file, such as {@code safetensors}. */
  public String form() {
    return form;
  }

  /** Returns the SHA-256 of the file, in hexadecimal. */
  public String sha256() {
    return sha256;
  }

  /** Returns the types of the elements, such as {@code F16}, separated by commas. */
  public String types() {
    return arrays.values().stream()
        .map(array -> array.type().name())
        .distinct()
        .sorted()
        .collect(joining(", "));
  }

  /** Returns the shapes of the arrays, by name, in the order of the file. */
  public Map<String, Shape> shapes() {
    Map<String, Shape> shapes = new LinkedHashMap<>();
    arrays.forEach((name, array) -> shapes.put(name, array.shape()));
    return shapes;
  }

  /**
   * Returns the arrays whose names begin with a prefix, without it; empty if there are none. Files
   * with several networks name them by prefixes.
   */
  public Optional<WeightFile> below(String prefix) {
    Map<String, StoredArray> chosen = new LinkedHashMap<>();
    arrays.forEach(
        (name, array) -> {
          if (name.startsWith(prefix)) {
            chosen.put(name.substring(prefix.length()), array);
          }
        });
    return chosen.isEmpty()
        ? Optional.empty()
        : Optional.of(new WeightFile(refusal, form, sha256, length, chosen));
  }

  /**
   * Reads the arrays, by name.
   *
   * @throws ModelFormatException if one has values that are not finite, or all of them take more
   *     than three times the memory of the file
   */
  public Map<String, Tensor> tensors() {
    long budget = 3 * length + SMALL;
    Map<StoredArray, Tensor> shared = new LinkedHashMap<>();
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    for (Map.Entry<String, StoredArray> entry : arrays.entrySet()) {
      StoredArray array = entry.getValue();
      Tensor tensor = shared.get(array);
      if (tensor == null) {
        budget -= Float.BYTES * array.shape().size();
        if (budget < 0) {
          throw refusal.of(
              "must hold arrays of at most three times its size, but %s exceeds that",
              entry.getKey());
        }
        tensor = array.read();
        checkFinite(entry.getKey(), tensor);
        shared.put(array, tensor);
      }
      tensors.put(entry.getKey(), tensor);
    }
    return tensors;
  }

  private void checkFinite(String name, Tensor tensor) {
    for (float sample : tensor.samples()) {
      if (!Float.isFinite(sample)) {
        throw refusal.of("weights must be finite, but %s has the value %s", name, sample);
      }
    }
  }
}
