// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.networks.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.management.ThreadMXBean;
import io.github.sr4j.ModelFormatException;
import io.github.sr4j.networks.InitialWeights;
import io.github.sr4j.networks.Network;
import io.github.sr4j.networks.SharedData;
import io.github.sr4j.networks.files.Npz;
import io.github.sr4j.networks.graph.Shape;
import io.github.sr4j.networks.graph.Tensor;
import io.github.sr4j.networks.stored.StoredNetwork;
import io.github.sr4j.networks.zoo.Networks;
import io.github.sr4j.shared.protobuf.ProtobufWriter;
import io.jhdf.HdfFile;
import io.jhdf.WritableHdfFile;
import io.jhdf.api.WritableGroup;
import io.jhdf.checksum.ChecksumUtils;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

final class WeightFileTest {

  private static final byte[] SIX = Pickle.floats(1, 2, 3, 4, 5, 6);

  private static Pickle dictionary(String name) {
    return new Pickle().op("}").text(name).vector("0", "FloatStorage", 6).op("s");
  }

  private static WeightFile of(byte[] content) {
    return WeightFile.of("a.pth", content);
  }

  private static byte[] safetensors(String header, int data) {
    byte[] text = header.getBytes(StandardCharsets.UTF_8);
    return ByteBuffer.allocate(8 + text.length + data)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putLong(text.length)
        .put(text)
        .array();
  }

  @Test
  void bothFormsOfPyTorch_giveTheSameArrays() {
    Pickle pickle = dictionary("conv.weight").op(".");
    Map<String, Tensor> expected = Map.of("conv.weight", Tensor.of(Shape.of(6), 1, 2, 3, 4, 5, 6));

    assertThat(of(pickle.archive(Map.of("0", SIX))).tensors()).isEqualTo(expected);
    assertThat(of(pickle.olderForm("0", 6, SIX)).tensors()).isEqualTo(expected);
  }

  @Test
  void views_shareAStorage() {
    byte[] content =
        new Pickle()
            .op("}")
            .text("transposed")
            .tensor("0", "FloatStorage", 6, 0, new long[] {3, 2}, new long[] {1, 3})
            .op("s")
            .text("tail")
            .tensor("0", "FloatStorage", 6, 4, new long[] {2}, new long[] {1})
            .op("s")
            .text("repeated")
            .tensor("0", "FloatStorage", 6, 1, new long[] {2, 2}, new long[] {0, 2})
            .op("s")
            .text("scalar")
            .tensor("0", "FloatStorage", 6, 5, new long[] {}, new long[] {})
            .op("s.")
            .archive(Map.of("0", SIX));

    assertThat(of(content).tensors())
        .containsEntry("transposed", Tensor.of(Shape.of(3, 2), 1, 4, 2, 5, 3, 6))
        .containsEntry("tail", Tensor.of(Shape.of(2), 5, 6))
        .containsEntry("repeated", Tensor.of(Shape.of(2, 2), 2, 4, 2, 4))
        .containsEntry("scalar", Tensor.of(Shape.of(), 6));
  }

  @ParameterizedTest
  @CsvSource({
    "HalfStorage, F16, 003c00c0, 1, -2",
    "BFloat16Storage, BF16, 803f00c0, 1, -2",
    "DoubleStorage, F64, 000000000000f03f00000000000000c0, 1, -2",
    "LongStorage, I64, 0100000000000000feffffffffffffff, 1, -2",
    "IntStorage, I32, 01000000feffffff, 1, -2",
    "ShortStorage, I16, 0100feff, 1, -2",
    "CharStorage, I8, 01fe, 1, -2",
    "ByteStorage, U8, 01fe, 1, 254",
    "BoolStorage, BOOL, 0100, 1, 0",
  })
  void types_areRead(String storage, String type, String hex, float first, float second) {
    byte[] bytes = new byte[hex.length() / 2];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = (byte) Integer.parseInt(hex.substring(2 * i, 2 * i + 2), 16);
    }
    byte[] archive =
        new Pickle().op("}").text("x").vector("0", storage, 2).op("s.").archive(Map.of("0", bytes));
    String header =
        String.format(
            "{\"__metadata__\": {\"a\": \"\\u0062\"}, \"x\": {\"dtype\":\"%s\",\"shape\":[2],"
                + "\"data_offsets\":[0,%s]}}",
            type, bytes.length);
    byte[] tensors = safetensors(header, bytes.length);
    System.arraycopy(bytes, 0, tensors, tensors.length - bytes.length, bytes.length);

    Map<String, Tensor> expected = Map.of("x", Tensor.of(Shape.of(2), first, second));
    assertThat(of(archive).tensors()).isEqualTo(expected);
    assertThat(of(archive).types()).isEqualTo(type);
    assertThat(of(tensors).tensors()).isEqualTo(expected);
  }

  static Stream<Arguments> wrapped() {
    return Stream.of(
        Arguments.of("params", dictionary("w"), "w"),
        Arguments.of("state_dict", dictionary("module.w"), "w"),
        Arguments.of("model", dictionary("module._orig_mod.w"), "w"),
        Arguments.of("something", dictionary("_orig_mod.a.w"), "a.w"),
        Arguments.of("net", module(), "conv.weight"));
  }

  /** A pickled module of a class that is not there, with a module in it. */
  private static Pickle module() {
    return new Pickle()
        .global("archs.foo", "Net")
        .op(")")
        .raw(0x81)
        .op("}")
        .text("training")
        .raw(0x89)
        .op("s")
        .text("_modules")
        .op("}")
        .text("conv")
        .global("torch.nn.modules.conv", "Conv2d")
        .op(")")
        .raw(0x81)
        .op("}")
        .text("_modules")
        .op("}s")
        .text("_parameters")
        .op("}")
        .text("weight")
        .global("torch._utils", "_rebuild_parameter")
        .op("(")
        .vector("0", "FloatStorage", 6)
        .raw(0x88)
        .op("NtRs")
        .text("bias")
        .op("Nssbssb");
  }

  @ParameterizedTest
  @MethodSource("wrapped")
  void wrappers_areTakenAway(String key, Pickle inner, String name) {
    byte[] pickle = inner.bytes();
    byte[] content =
        new Pickle()
            .op("}")
            .text("epoch")
            .number(3)
            .op("s")
            .text(key)
            .op(new String(pickle, 2, pickle.length - 2, StandardCharsets.ISO_8859_1))
            .op("s.")
            .archive(Map.of("0", SIX));

    assertThat(of(content).shapes()).containsOnlyKeys(name);
  }

  @Test
  void averagedWeights_arePreferred() {
    byte[] content =
        new Pickle()
            .op("}")
            .text("params")
            .op("}")
            .text("w")
            .vector("0", "FloatStorage", 6)
            .op("ss")
            .text("params_ema")
            .op("}")
            .text("w")
            .tensor("0", "FloatStorage", 6, 5, new long[] {1}, new long[] {1})
            .op("ss.")
            .archive(Map.of("0", SIX));

    assertThat(of(content).tensors()).isEqualTo(Map.of("w", Tensor.of(Shape.of(1), 6)));
  }

  @Test
  void archiveOfNumPy_isRead(@TempDir Path folder) throws IOException {
    Path file = folder.resolve("a.bin");
    Map<String, Tensor> arrays = Map.of("w", Tensor.of(Shape.of(2), 1, 2));
    try (OutputStream out = Files.newOutputStream(file)) {
      Npz.write(out, arrays, Map.of("properties", "x".repeat(1000)));
    }

    assertThat(WeightFile.read(file).tensors()).isEqualTo(arrays);
    assertThat(WeightFile.read(file).form()).isEqualTo("NumPy");
  }

  /** Writes layers in the forms of Keras: a model, its weights, and Keras 3. */
  private static byte[] keras(Path folder, String form) {
    Path file = folder.resolve(form + ".h5");
    try (WritableHdfFile hdf = HdfFile.write(file)) {
      boolean isThree = form.equals("three");
      WritableGroup root = isThree ? hdf.putGroup("layers") : hdf;
      if (form.equals("model")) {
        root = hdf.putGroup("model_weights");
        hdf.putGroup("optimizer_weights").putDataset("iterations:0", new long[] {7});
      }
      for (String layer : List.of("conv2d", "p_re_lu", "norm")) {
        WritableGroup own = root.putGroup(layer).putGroup(isThree ? "vars" : layer);
        switch (layer) {
          case "conv2d" -> {
            own.putDataset(
                isThree ? "0" : "kernel:0", new float[][][][] {{{{1, 2, 3}, {4, 5, 6}}}});
            own.putDataset(isThree ? "1" : "bias:0", new float[] {7, 8, 9});
          }
          case "p_re_lu" ->
              own.putDataset(isThree ? "0" : "alpha:0", new float[][][] {{{0.5f, 0.25f}}});
          default -> {
            own.putDataset(isThree ? "2" : "moving_mean:0", new double[] {1, 2});
            own.putDataset(isThree ? "3" : "moving_variance:0", new float[] {3, 4});
          }
        }
      }
    }
    try {
      return Files.readAllBytes(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"model", "weights", "three"})
  void arraysOfKeras_getTheNamesAndAxesOfPyTorch(String form, @TempDir Path folder) {
    byte[] content = keras(folder, form);

    WeightFile file = of(content);

    assertThat(WeightFile.isWeights(Arrays.copyOf(content, WeightFile.HEAD))).isTrue();
    assertThat(file.form()).isEqualTo("Keras, HDF5");
    Map<String, Tensor> arrays = file.tensors();
    assertThat(arrays)
        .containsEntry("conv2d.weight", Tensor.of(Shape.of(3, 2, 1, 1), 1, 4, 2, 5, 3, 6))
        .containsEntry("conv2d.bias", Tensor.of(Shape.of(3), 7, 8, 9))
        .containsEntry("norm.running_mean", Tensor.of(Shape.of(2), 1, 2))
        .containsEntry("norm.running_var", Tensor.of(Shape.of(2), 3, 4))
        .hasSize(5);
    assertThat(arrays.get("p_re_lu.weight").samples()).containsExactly(0.5f, 0.25f);
  }

  @Test
  void depthwiseKernelsOfKeras_haveTheAxesOfPyTorch(@TempDir Path folder) throws IOException {
    Path file = folder.resolve("a.h5");
    try (WritableHdfFile hdf = HdfFile.write(file)) { // 1 row, 2 columns, 2 channels, 1 kernel each
      hdf.putGroup("d")
          .putDataset("depthwise_kernel:0", new float[][][][] {{{{1}, {2}}, {{3}, {4}}}});
    }

    assertThat(WeightFile.read(file).tensors())
        .containsExactly(Map.entry("d.weight", Tensor.of(Shape.of(2, 1, 1, 2), 1, 3, 2, 4)));
  }

  @Test
  void wholeNumbersOfKeras_areRefused(@TempDir Path folder) throws IOException {
    Path file = folder.resolve("a.h5");
    try (WritableHdfFile hdf = HdfFile.write(file)) {
      hdf.putGroup("d").putDataset("kernel:0", new int[][] {{1, 2}});
    }

    assertThatThrownBy(() -> WeightFile.read(file))
        .isInstanceOf(ModelFormatException.class)
        .hasMessageEndingWith(
            "a.h5: must hold arrays of 32 or 64-bit floats, but d.weight is of int");
  }

  @Test
  void sizeBeyondAFileOfKeras_isRefused_beforeMemoryIsTaken(@TempDir Path folder)
      throws IOException {
    Path file = folder.resolve("a.h5");
    try (WritableHdfFile hdf = HdfFile.write(file)) {
      hdf.putGroup("d").putDataset("bias:0", new float[777]);
    }
    ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i + 8 <= bytes.limit(); i++) {
      if (bytes.getLong(i) == 777) { // the side of the array
        bytes.putLong(i, 1 << 30);
        sign(bytes.array(), i);
      }
    }

    assertThatThrownBy(() -> of(bytes.array()))
        .isInstanceOf(ModelFormatException.class)
        .hasMessage(
            "a.pth: must hold arrays of at most three times its size, but d.bias of"
                + " [1073741824] exceeds that");
  }

  /** Writes the checksum of the object header of version 2 around a place anew. */
  private static void sign(byte[] content, int place) {
    ByteBuffer bytes = ByteBuffer.wrap(content).order(ByteOrder.LITTLE_ENDIAN);
    int header = place;
    while (bytes.getInt(header) != 0x5244484f) { // OHDR
      header--;
    }
    int flags = bytes.get(header + 5);
    int at = header + 6 + ((flags & 0x20) == 0 ? 0 : 16) + ((flags & 0x10) == 0 ? 0 : 4);
    int sizeBytes = 1 << (flags & 3);
    int size = 0;
    for (int i = sizeBytes - 1; i >= 0; i--) {
      size = size << 8 | Byte.toUnsignedInt(bytes.get(at + i));
    }
    int end = at + sizeBytes + size;
    bytes.putInt(end, ChecksumUtils.checksum(Arrays.copyOfRange(content, header, end)));
  }

  private static byte[] onnx() {
    Network network = Networks.of("srvgg(features=4, layers=1)", 2);
    Map<String, Tensor> weights = InitialWeights.draw(Networks.parameters(network), /* seed= */ 1);
    return StoredNetwork.of(network, weights, Map.of()).onnx(Map.of());
  }

  @Test
  void initialisersOfOnnx_areRead() {
    Network network = Networks.of("srvgg(features=4, layers=1)", 2);
    Map<String, Tensor> weights = InitialWeights.draw(Networks.parameters(network), /* seed= */ 1);

    WeightFile file = WeightFile.of("a.onnx", onnx());

    assertThat(file.form()).isEqualTo("ONNX");
    assertThat(file.tensors()).containsAllEntriesOf(weights); // slopes of [4, 1, 1] as [4]
    assertThat(WeightFile.isWeights(Arrays.copyOf(onnx(), WeightFile.HEAD))).isFalse();
  }

  @Test
  void initialisersOfOnnx_thatAreCast_haveTheNamesThatLayersUse() {
    ProtobufWriter cast = new ProtobufWriter().text(1, "w_half").text(2, "w").text(4, "Cast");
    ProtobufWriter half =
        new ProtobufWriter()
            .integers(1, 2)
            .integer(2, 10) // FLOAT16
            .text(8, "w_half")
            .bytes(9, new byte[] {0, 0x3c, 0, (byte) 0xc0});
    ProtobufWriter graph = new ProtobufWriter().message(1, cast).message(5, half);
    byte[] model = new ProtobufWriter().integer(1, 8).message(7, graph).toBytes();

    assertThat(WeightFile.of("a.onnx", model).tensors())
        .containsExactly(Map.entry("w", Tensor.of(Shape.of(2), 1, -2)));
  }

  @Test
  void initialisersOfOnnx_elsewhereOrOfAnotherSize_areRefused() {
    // graph { initializer { dims: 3 data_type: FLOAT name: "w" raw_data: 8 bytes } }
    byte[] tensor = {8, 3, 16, 1, 66, 1, 'w', 74, 8, 0, 0, 0, 0, 0, 0, 0, 0};
    byte[] model = new byte[6 + tensor.length];
    System.arraycopy(
        new byte[] {8, 8, 58, (byte) (tensor.length + 2), 42, (byte) tensor.length},
        0,
        model,
        0,
        6);
    System.arraycopy(tensor, 0, model, 6, tensor.length);

    assertThatThrownBy(() -> WeightFile.of("a.onnx", model))
        .isInstanceOf(ModelFormatException.class)
        .hasMessage(
            "a.onnx: must have the values of its initialisers in the file itself, but w of [3] has"
                + " 8 bytes");
    model[7] = 2;
    assertThat(WeightFile.of("a.onnx", model).tensors())
        .containsExactly(Map.entry("w", Tensor.of(Shape.of(2), 0, 0)));
  }

  @Test
  void partOfAFile_isFoundByItsPrefix() {
    WeightFile file = of(dictionary("generator.conv.w").op(".").archive(Map.of("0", SIX)));

    assertThat(file.below("generator.").orElseThrow().shapes()).containsOnlyKeys("conv.w");
    assertThat(file.below("discriminator.")).isEmpty();
  }

  static Stream<Arguments> hostile() throws IOException {
    byte[] good = dictionary("w").op(".").archive(Map.of("0", SIX));
    return Stream.of(
        Arguments.of(ascii("cos\nsystem\n(S'touch pwned'\ntR."), "its pickle calls os.system,"),
        Arguments.of(
            new Pickle().global("posix", "system").text("id").raw(0x85).op("R.").bytes(),
            "its pickle calls posix.system,"),
        Arguments.of(
            new Pickle().global("builtins", "eval").text("1").raw(0x85).op("R.").archive(Map.of()),
            "its pickle calls builtins.eval,"),
        Arguments.of(
            new Pickle().global("evil.module", "Loader").op(")R.").archive(Map.of()),
            "its pickle calls evil.module.Loader, which is not run"),
        Arguments.of(ascii("(ievil\nLoader\n."), "its pickle calls evil.Loader,"),
        Arguments.of(
            new Pickle().text("os").text("system").raw(0x93).text("id").raw(0x85).op("R.").bytes(),
            "its pickle calls os.system,"),
        Arguments.of(
            new Pickle()
                .op("}")
                .text("w")
                .vector("0", "FloatStorage", 1L << 40)
                .op("s.")
                .archive(Map.of("0", SIX)),
            "must hold 1099511627776 values of 4 bytes, but has 24 bytes"),
        Arguments.of(
            new Pickle()
                .op("}")
                .text("w")
                .vector("0", "FloatStorage", 1L << 40)
                .op("s.")
                .olderForm("0", 1L << 40, SIX),
            "a storage is declared to have 1099511627776 values, but has 1099511627776 in 24"),
        Arguments.of(
            new Pickle()
                .op("}")
                .text("w")
                .tensor("0", "FloatStorage", 6, 1, new long[] {6}, new long[] {1})
                .op("s.")
                .archive(Map.of("0", SIX)),
            "w of shape [6] must lie within its storage of 6 values"),
        Arguments.of(
            new Pickle()
                .op("}")
                .text("w")
                .tensor("0", "FloatStorage", 6, 0, new long[] {30_000, 30_000}, new long[] {0, 0})
                .op("s.")
                .archive(Map.of("0", SIX)),
            "must hold arrays of at most three times its size, but w exceeds that"),
        Arguments.of(
            new Pickle()
                .op("}")
                .text("w")
                .tensor(
                    "0",
                    "FloatStorage",
                    6,
                    0,
                    new long[] {1L << 40, 1L << 40, 0},
                    new long[] {1, 1, 1})
                .op("s.")
                .archive(Map.of("0", SIX)),
            "must lie within its storage"),
        Arguments.of(bomb(), "must unpack to at most twice its size"),
        Arguments.of(Arrays.copyOf(good, good.length / 2), "is truncated"),
        Arguments.of(
            dictionary("w").op(".").olderForm("0", 6, Arrays.copyOf(SIX, 20)), "is truncated"),
        Arguments.of(
            safetensors(
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]},"
                    + "\"b\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[4,12]}}",
                12),
            "b must have bytes of its own, but shares some with a"),
        Arguments.of(
            safetensors("{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}", 7),
            "is truncated or damaged: a of shape [2]"),
        Arguments.of(safetensors("{\"a\": {\"a\": {", 0), "is not the JSON of safetensors"),
        Arguments.of(
            new Pickle().op("(".repeat(200_000) + "t".repeat(200_000) + ".").archive(Map.of()),
            "must hold at most"),
        Arguments.of(
            new Pickle().op("]".repeat(9_000) + "a".repeat(8_999) + ".").archive(Map.of()),
            "holds no tensors"),
        Arguments.of(loop(), "at most 64 in each other"),
        Arguments.of(doubling(), "at most 64 in each other"),
        Arguments.of(new Pickle().op("N.").archive(Map.of()), "holds no tensors"),
        Arguments.of(new Pickle().op("R").bytes(), "not one that Python writes"),
        Arguments.of(new byte[0], "is empty"),
        Arguments.of(ascii("<!DOCTYPE html><html>"), "is a web page"),
        Arguments.of(
            ascii("version https://git-lfs.github.com/spec/v1\n"), "is a pointer of Git LFS"),
        Arguments.of(
            dictionary("w").op(".").archive(Map.of("0", Pickle.floats(1, 2, 3, 4, Float.NaN, 6))),
            "weights must be finite, but w has the value NaN"));
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  /** A dictionary under two of its own keys. */
  private static byte[] loop() {
    return new Pickle().op("}q\u0001").text("a").op("h\u0001s").text("b").op("h\u0001s.").bytes();
  }

  /** Dictionaries with two names each for the next one: 2^99 ways through them. */
  private static byte[] doubling() {
    Pickle pickle = new Pickle().op("}");
    for (int i = 0; i < 99; i++) {
      pickle.op("q\u0001}").text("a").op("h\u0001s").text("b").op("h\u0001s");
    }
    return pickle.op(".").archive(Map.of());
  }

  private static byte[] bomb() throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (ZipOutputStream zip = new ZipOutputStream(out)) {
      zip.putNextEntry(new ZipEntry("archive/data.pkl"));
      zip.write(new byte[50_000_000]);
      zip.closeEntry();
    }
    return out.toByteArray();
  }

  @ParameterizedTest
  @MethodSource("hostile")
  void fileThatAttacks_isRefusedInOneLine(byte[] content, String reason) {
    Assertions.assertTimeoutPreemptively(
        Duration.ofSeconds(20),
        () ->
            assertThatThrownBy(() -> of(content).tensors())
                .isInstanceOf(ModelFormatException.class)
                .hasMessageStartingWith("a.pth: ")
                .hasMessageContaining(reason)
                .hasMessageNotContaining("\n"));
  }

  /** Four times the file, and what messages, names and classes take. */
  @ParameterizedTest
  @MethodSource("hostile")
  void fileThatAttacks_takesLittleMemory(byte[] content, String reason) {
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long thread = Thread.currentThread().getId();
    long before = threads.getThreadAllocatedBytes(thread);

    assertThatThrownBy(() -> of(content).tensors()).hasMessageContaining(reason);

    assertThat(threads.getThreadAllocatedBytes(thread) - before)
        .isLessThan(4L * content.length + 4_000_000);
  }

  @ParameterizedTest
  @ValueSource(strings = {"archive", "older", "safetensors", "onnx", "model", "three"})
  void mutations_areReadOrRefused(String form, @TempDir Path folder) {
    Pickle pickle = dictionary("conv.weight").op(".");
    byte[] original =
        switch (form) {
          case "archive" -> pickle.archive(Map.of("0", SIX));
          case "older" -> pickle.olderForm("0", 6, SIX);
          case "onnx" -> onnx();
          case "model", "three" -> keras(folder, form);
          default ->
              safetensors(
                  "{\"a\":{\"dtype\":\"F32\",\"shape\":[1,2],\"data_offsets\":[0,8]},"
                      + "\"b\":{\"dtype\":\"F16\",\"shape\":[2],\"data_offsets\":[8,12]}}",
                  12);
        };
    SplittableRandom random = new SplittableRandom(1);
    int refused = 0;
    for (int i = 0; i < 10_000; i++) {
      byte[] mutated =
          Arrays.copyOf(original, original.length - random.nextInt(2) * random.nextInt(9));
      for (int change = random.nextInt(4); change >= 0; change--) {
        mutated[random.nextInt(mutated.length)] = (byte) random.nextInt(256);
      }
      try {
        of(mutated).tensors();
      } catch (ModelFormatException e) {
        refused++;
        assertThat(e).hasMessageStartingWith("a.pth: ");
        assertThat(e.getMessage()).doesNotContainPattern("\\p{Cc}");
      }
    }
    assertThat(refused).isGreaterThan(1000);
  }

  @Test
  void weightsAreToldFromModels_byTheirFirstBytes() {
    for (byte[] weights :
        List.of(
            dictionary("w").op(".").archive(Map.of("0", SIX)),
            dictionary("w").op(".").olderForm("0", 6, SIX),
            safetensors("{}", 0))) {
      assertThat(WeightFile.isWeights(Arrays.copyOf(weights, WeightFile.HEAD))).isTrue();
    }
    assertThat(WeightFile.isWeights(new byte[] {8, 8, 18, 4, 's', 'r', '4', 'j', 58})).isFalse();
    assertThat(WeightFile.isWeights(new byte[0])).isFalse();
  }

  @ParameterizedTest
  @CsvSource({
    "IMDN_x2.pth, 694404, IMDB1.c1.weight",
    "PANx2_DF2K.pth, 261403, SCPA_trunk.0.conv1_a.weight",
    "carn_m.pth, 414811, sub_mean.shifter.weight",
    "dncnn_25.pth, 555137, model.0.weight",
    "fsrcnn_x2.pth, 12809, first_part.0.weight",
    "realesr_animevideov3_x4.safetensors, 621424, body.0.weight",
    "rlfn_s_x4.pth, 470208, block_1.c1_r.weight",
    "rlfn_x2.pth, 526856, block_1.c1_r.weight",
  })
  void filesOfTheirAuthors_areRead(String name, long values, String key) throws IOException {
    WeightFile file = WeightFile.read(SharedData.path("models/pth/" + name));

    assertThat(file.shapes()).containsKey(key);
    assertThat(file.tensors().values().stream().mapToLong(t -> t.samples().length).sum())
        .isEqualTo(values);
  }
}
