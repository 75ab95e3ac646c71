// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.networks.files;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.common.hash.Hashing;
import com.google.common.io.MoreFiles;
import io.github.sr4j.BackendNotFoundException;
import io.github.sr4j.ModelFormatException;
import io.github.sr4j.dl4j.LossFiles;
import io.github.sr4j.networks.graph.Shape;
import io.github.sr4j.networks.graph.Tensor;
import io.github.sr4j.spi.Loss;
import io.github.sr4j.spi.PatchBatch;
import io.github.sr4j.testkit.TestImages;
import io.github.sr4j.train.Losses;
import io.jhdf.HdfFile;
import io.jhdf.WritableHdfFile;
import io.jhdf.api.WritableGroup;
import io.jhdf.checksum.ChecksumUtils;
import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import onnx.Onnx.AttributeProto;
import onnx.Onnx.GraphProto;
import onnx.Onnx.ModelProto;
import onnx.Onnx.NodeProto;
import onnx.Onnx.TensorProto;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.shade.protobuf.ByteString;

/** The same weights in each of the formats, as the programs that write them lay them out. */
final class LossWeightsTest {

  private static final Map<String, Tensor> VGG = LossFiles.vgg16("conv3_1", 7);

  @TempDir static Path directory;

  /** Keras 2 with {@code model.save}, {@code model.save_weights}, and Keras 3. */
  private enum Layout {
    MODEL,
    WEIGHTS,
    KERAS_3
  }

  @ParameterizedTest
  @ValueSource(strings = {"MODEL", "WEIGHTS", "KERAS_3"})
  void keras_isReadByTheNamesOfItsLayers(String layout) throws IOException {
    Path file = directory.resolve(layout + ".h5");
    writeKeras(file, Layout.valueOf(layout));

    assertIsVgg(LossWeights.read(file, null).arrays());
  }

  private static void writeKeras(Path file, Layout layout) {
    try (WritableHdfFile hdf = HdfFile.write(file)) {
      WritableGroup root =
          switch (layout) {
            case MODEL -> hdf.putGroup("model_weights");
            case WEIGHTS -> hdf;
            case KERAS_3 -> hdf.putGroup("layers");
          };
      root.putGroup("block1_pool");
      WritableGroup head = root.putGroup("predictions");
      head.putDataset("kernel:0", new float[2][3]);
      head.putDataset("bias:0", new float[] {1, 2, 3});
      for (String name : LossFiles.VGG16.subList(0, 5)) {
        String layer = "block" + name.charAt(4) + "_conv" + name.charAt(6);
        WritableGroup group = root.putGroup(layer);
        boolean isThree = layout == Layout.KERAS_3;
        WritableGroup inner = group.putGroup(isThree ? "vars" : layer);
        float[] bias = VGG.get(name + ".bias").samples();
        inner.putDataset(isThree ? "0" : "kernel:0", kernel(VGG.get(name + ".weight")));
        inner.putDataset(isThree ? "1" : "bias:0", bias);
      }
    }
  }

  /** Turns [out, in, height, width] into [height, width, in, out]. */
  private static float[][][][] kernel(Tensor weight) {
    int out = (int) weight.shape().length(0);
    int in = (int) weight.shape().length(1);
    float[][][][] kernel = new float[3][3][in][out];
    for (int i = 0; i < weight.samples().length; i++) {
      kernel[i % 9 / 3][i % 3][i / 9 % in][i / 9 / in] = weight.samples()[i];
    }
    return kernel;
  }

  private static void assertIsVgg(Map<String, Tensor> actual) {
    assertThat(actual.keySet()).containsExactlyInAnyOrderElementsOf(VGG.keySet());
    VGG.forEach(
        (name, array) -> {
          assertThat(actual.get(name).shape()).as(name).isEqualTo(array.shape());
          assertThat(actual.get(name).samples()).as(name).isEqualTo(array.samples());
        });
  }

  @Test
  void onnx_isReadByTheOrderOfItsNodes() throws IOException {
    Path file = directory.resolve("vgg.onnx");
    writeOnnx(file, TensorProto.DataType.FLOAT);

    assertIsVgg(LossWeights.read(file, null).arrays());
  }

  /** Weights as raw bytes, as floats and in a node, under names that say nothing. */
  private static void writeOnnx(Path file, TensorProto.DataType type) throws IOException {
    GraphProto.Builder graph = GraphProto.newBuilder().setName("main_graph");
    String last = "image";
    int next = 0;
    for (String name : LossFiles.VGG16.subList(0, 5)) {
      if (name.endsWith("_1") && next > 0) {
        graph.addNode(node("MaxPool", "p" + next, last));
        last = "p" + next;
      }
      TensorProto weight = tensor("w" + next, VGG.get(name + ".weight"), next % 2 == 0, type);
      TensorProto bias = tensor("b" + next, VGG.get(name + ".bias"), next % 2 == 1, type);
      if (next == 1) {
        AttributeProto value = AttributeProto.newBuilder().setName("value").setT(bias).build();
        NodeProto constant =
            NodeProto.newBuilder()
                .setOpType("Constant")
                .addOutput("b1")
                .addAttribute(value)
                .build();
        graph.addNode(constant);
      } else {
        graph.addInitializer(bias);
      }
      graph.addInitializer(weight);
      graph.addNode(node("Conv", "c" + next, last, "w" + next, "b" + next));
      graph.addNode(node("Relu", "r" + next, "c" + next));
      last = "r" + next;
      next++;
    }
    Files.write(file, ModelProto.newBuilder().setGraph(graph).build().toByteArray());
  }

  private static NodeProto node(String type, String output, String... inputs) {
    return NodeProto.newBuilder()
        .setOpType(type)
        .addAllInput(List.of(inputs))
        .addOutput(output)
        .build();
  }

  private static TensorProto tensor(
      String name, Tensor array, boolean isRaw, TensorProto.DataType type) {
    TensorProto.Builder tensor =
        TensorProto.newBuilder().setName(name).setDataType(type.getNumber());
    Arrays.stream(array.shape().toArray()).forEach(tensor::addDims);
    if (isRaw) {
      ByteBuffer bytes =
          ByteBuffer.allocate(4 * array.samples().length).order(ByteOrder.LITTLE_ENDIAN);
      bytes.asFloatBuffer().put(array.samples());
      tensor.setRawData(ByteString.copyFrom(bytes));
    } else {
      for (float sample : array.samples()) {
        tensor.addFloatData(sample);
      }
    }
    return tensor.build();
  }

  /** The formats give one loss: equal but for the file that they name. */
  @Test
  void lossOfEachFormat_isTheSame() throws IOException {
    Path npz = LossFiles.write(directory.resolve("same.npz"), VGG);
    Path keras = directory.resolve("same.h5");
    Path onnx = directory.resolve("same.onnx");
    writeKeras(keras, Layout.MODEL);
    writeOnnx(onnx, TensorProto.DataType.FLOAT);
    PatchBatch.Shape shape = new PatchBatch.Shape(1, 3, 8, 8);
    float[] prediction = TestImages.noise(3, 8, 8, 1).samples();
    float[] target = TestImages.noise(3, 8, 8, 2).samples();
    double expected = Double.NaN;

    for (Path file : List.of(npz, keras, onnx)) {
      Loss loss = Losses.parse("feature(" + file + ":relu2_2, input=caffe)");
      double value = loss.evaluate(shape, prediction, target, new float[shape.size()]);
      expected = file.equals(npz) ? value : expected;
      assertThat(value).as(file.toString()).isPositive().isEqualTo(expected);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"npz", "h5", "onnx"})
  void otherDigest_isRefused(String extension) throws IOException {
    Path file = directory.resolve("digest." + extension);
    switch (extension) {
      case "npz" -> LossFiles.write(file, VGG);
      case "h5" -> writeKeras(file, Layout.WEIGHTS);
      default -> writeOnnx(file, TensorProto.DataType.FLOAT);
    }
    String digest = MoreFiles.asByteSource(file).hash(Hashing.sha256()).toString();
    String text = "feature(" + file + ":relu1_1, input=caffe, sha256=";

    assertThat(Losses.parse(text + digest + ")").toString()).contains(digest);
    assertThatThrownBy(() -> Losses.parse(text + "12ab)"))
        .isInstanceOf(ModelFormatException.class)
        .hasMessageContaining(file + ": must have the SHA-256 12ab, but has " + digest);
  }

  @Test
  void onnxOfOtherNumbers_isRefused() throws IOException {
    Path file = directory.resolve("half.onnx");
    writeOnnx(file, TensorProto.DataType.FLOAT16);

    assertThatThrownBy(() -> LossWeights.read(file, null))
        .isInstanceOf(ModelFormatException.class)
        .hasMessageContaining("weights must be 32-bit floats in the file itself")
        .hasMessageContaining("FLOAT16");
  }

  @Test
  void onnxWithoutConvolutions_isRefused() throws IOException {
    Path file = directory.resolve("empty.onnx");
    Files.write(file, ModelProto.newBuilder().build().toByteArray());

    assertThatThrownBy(() -> LossWeights.read(file, null))
        .isInstanceOf(ModelFormatException.class)
        .hasMessage(file + ": must have convolutions with weights, but has none");
  }

  @Test
  void kerasOfAnotherNetwork_isRefused() {
    Path file = directory.resolve("other.h5");
    try (WritableHdfFile hdf = HdfFile.write(file)) {
      hdf.putGroup("conv2d").putDataset("kernel:0", new float[] {1});
    }

    assertThatThrownBy(() -> LossWeights.read(file, null))
        .isInstanceOf(ModelFormatException.class)
        .hasMessageContaining("must hold layers such as block1_conv1");
  }

  @Test
  void kerasOfDoubles_isRefused() {
    Path file = directory.resolve("double.h5");
    try (WritableHdfFile hdf = HdfFile.write(file)) {
      hdf.putGroup("block1_conv1").putDataset("bias:0", new double[] {1});
    }

    assertThatThrownBy(() -> LossWeights.read(file, null))
        .isInstanceOf(ModelFormatException.class)
        .hasMessageContaining("/block1_conv1/bias:0 must be of 32-bit floats, but is of double");
  }

  /** A link to a group in itself, which only other programs write. */
  @Test
  void kerasWhoseGroupsFormACycle_isRefused() throws IOException {
    Path file = directory.resolve("cycle.h5");
    try (WritableHdfFile hdf = HdfFile.write(file)) {
      hdf.putGroup("block1_conv1").putGroup("inner").putDataset("bias:0", new float[] {1});
    }
    long outer;
    long inner;
    try (HdfFile hdf = new HdfFile(file)) {
      outer = hdf.getByPath("block1_conv1").getAddress();
      inner = hdf.getByPath("block1_conv1/inner").getAddress();
    }
    ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < bytes.capacity() - 8; i++) {
      if (bytes.getLong(i) == inner) {
        bytes.putLong(i, outer);
        sign(bytes.array(), (int) outer);
      }
    }
    Files.write(file, bytes.array());

    assertThatThrownBy(() -> LossWeights.read(file, null))
        .isInstanceOf(ModelFormatException.class)
        .hasMessage(
            file + ": must have groups in groups as Keras has them, but one lies in itself: inner");
  }

  /** Writes the checksum of an object header of version 2 anew. */
  private static void sign(byte[] content, int header) {
    ByteBuffer bytes = ByteBuffer.wrap(content).order(ByteOrder.LITTLE_ENDIAN);
    assertThat(bytes.getInt(header)).isEqualTo(0x5244484f); // OHDR
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

  @Test
  void kerasWithArraysLargerThanTheMemory_isRefused() throws IOException {
    Path file = directory.resolve("large.h5");
    try (WritableHdfFile hdf = HdfFile.write(file)) {
      hdf.putGroup("block1_conv1").putDataset("kernel:0", new float[3][5][7][11]);
    }
    ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < bytes.capacity() - 32; i++) {
      if (bytes.getLong(i) == 3 && bytes.getLong(i + 8) == 5 && bytes.getLong(i + 16) == 7) {
        bytes.putLong(i, 60_000).putLong(i + 8, 60_000);
        sign(bytes.array(), headerBefore(bytes, i));
        i += 32;
      }
    }
    Files.write(file, bytes.array());

    assertThatThrownBy(() -> LossWeights.read(file, null))
        .isInstanceOf(ModelFormatException.class)
        .hasMessageContainingAll(
            file.toString(), "fit into memory", "[60000, 60000, 7, 11] values");
  }

  private static int headerBefore(ByteBuffer bytes, int position) {
    int header = position;
    while (bytes.getInt(header) != 0x5244484f) {
      header--;
    }
    return header;
  }

  @Test
  void onnxWithShapesThatItDoesNotHold_isRefused() throws IOException {
    Path file = directory.resolve("shapes.onnx");
    for (List<Long> shape :
        List.of(List.of(50_000L, 50_000L, 50_000L), List.of(-4L), List.of(0L))) {
      TensorProto.Builder tensor =
          TensorProto.newBuilder()
              .setName("w")
              .setDataType(TensorProto.DataType.FLOAT.getNumber())
              .addFloatData(1)
              .addAllDims(shape);
      GraphProto graph =
          GraphProto.newBuilder()
              .addInitializer(tensor)
              .addNode(NodeProto.newBuilder().setOpType("Conv").addInput("image").addInput("w"))
              .build();
      Files.write(file, ModelProto.newBuilder().setGraph(graph).build().toByteArray());

      assertThatThrownBy(() -> LossWeights.read(file, null))
          .isInstanceOf(ModelFormatException.class)
          .hasMessageContainingAll(file.toString(), "1 of the values of its shape " + shape);
    }
  }

  @Test
  void weightsThatAreNotFinite_areNamed() throws IOException {
    Path file = directory.resolve("nan.npz");
    Map<String, Tensor> arrays =
        Map.of("conv1_1.bias", Tensor.of(Shape.of(2), new float[] {1, Float.NaN}));
    LossFiles.write(file, arrays);

    assertThatThrownBy(() -> LossWeights.read(file, null))
        .isInstanceOf(ModelFormatException.class)
        .hasMessage(file + ": weights must be finite, but \"conv1_1.bias\" has the value NaN");
  }

  /** Whatever part of a file is missing, it is refused as a file. */
  @ParameterizedTest
  @ValueSource(strings = {"h5", "onnx"})
  void shortenedFile_isRefused(String extension) throws IOException {
    Path whole = directory.resolve("whole." + extension);
    if (extension.equals("h5")) {
      writeKeras(whole, Layout.WEIGHTS);
    } else {
      writeOnnx(whole, TensorProto.DataType.FLOAT);
    }
    byte[] bytes = Files.readAllBytes(whole);
    Path file = directory.resolve("damaged." + extension);
    for (int length = 9; length < bytes.length / 2; length += bytes.length / 37) {
      Files.write(file, Arrays.copyOf(bytes, length));
      assertThatThrownBy(() -> LossWeights.read(file, null))
          .as("%s of %s bytes", length, bytes.length)
          .isInstanceOf(ModelFormatException.class)
          .hasMessageContaining(file.toString());
    }
  }

  /** Without the optional library, the message says what to add. */
  @Test
  void hdf5WithoutItsLibrary_isRefused_sayingWhatToAdd() throws Exception {
    Path file = directory.resolve("keras.h5");
    writeKeras(file, Layout.WEIGHTS);
    Class<?> reader = new WithoutHdf5().loadClass(LossWeights.class.getName());
    Method read = reader.getDeclaredMethod("read", Path.class, String.class);
    read.setAccessible(true);

    assertThatThrownBy(() -> read.invoke(null, file, null))
        .isInstanceOf(InvocationTargetException.class)
        .cause()
        .isInstanceOf(BackendNotFoundException.class)
        .hasMessage(file + ": reading HDF5 needs io.jhdf:jhdf, which is not on the class path");
  }

  /** Loads this package anew, and finds nothing of the library. */
  private static final class WithoutHdf5 extends ClassLoader {

    WithoutHdf5() {
      super(LossWeights.class.getClassLoader());
    }

    @Override
    protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
      if (name.startsWith("io.jhdf.")) {
        throw new ClassNotFoundException(name);
      }
      return name.startsWith(LossWeights.class.getPackageName())
          ? defined(name)
          : super.loadClass(name, resolve);
    }

    private Class<?> defined(String name) throws ClassNotFoundException {
      Class<?> loaded = findLoadedClass(name);
      if (loaded != null) {
        return loaded;
      }
      try (InputStream in = getParent().getResourceAsStream(name.replace('.', '/') + ".class")) {
        byte[] bytes = in.readAllBytes();
        return defineClass(name, bytes, 0, bytes.length);
      } catch (IOException e) {
        throw new ClassNotFoundException(name, e);
      }
    }
  }
}
