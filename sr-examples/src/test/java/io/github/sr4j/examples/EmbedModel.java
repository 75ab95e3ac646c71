// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.examples;

import ai.onnxruntime.platform.Fp16Conversions;
import io.github.sr4j.Device;
import io.github.sr4j.Model;
import io.github.sr4j.ModelInfo;
import io.github.sr4j.Upscaler;
import io.github.sr4j.training.Evaluation;
import io.github.sr4j.training.EvaluationReport;
import io.github.sr4j.training.Quantization;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import onnx.Onnx.AttributeProto;
import onnx.Onnx.GraphProto;
import onnx.Onnx.ModelProto;
import onnx.Onnx.NodeProto;
import onnx.Onnx.TensorProto;
import org.nd4j.shade.protobuf.ByteString;

/**
 * The embedding of a model in the jar of sr-onnx: its file, its int8 form, and its line of {@code
 * models.txt}. From the root of the repository, after {@code mvn -DskipTests package}:
 *
 * <pre>{@code
 * java -cp "sr-cli/target/sr4j/lib/*" \
 *     sr-examples/src/test/java/io/github/sr4j/examples/EmbedModel.java \
 *     quality-x2 runs/quality-x2/model.onnx GB82 Set5
 * }</pre>
 *
 * <p>Arguments: the name, that of an embedded model to replace it; the ONNX file; images to
 * calibrate the int8 form on, whose terms allow it (docs/models.md); Set5. For a new name, also the
 * licence, and the images that it was trained on.
 */
final class EmbedModel {

  private static final Path MODELS =
      Path.of("sr-onnx/src/main/resources/io/github/sr4j/onnx/models");
  private static final double MAX_LOSS = 0.05; // dB
  private static final int TERMS = 10; // the column of the licence; the training data follow

  private EmbedModel() {}

  /** Embeds a model and prints its line. */
  public static void main(String[] args) throws IOException {
    if (args.length != 4 && args.length != 6) {
      throw new IllegalArgumentException(
          "the arguments must be NAME FILE.onnx CALIBRATION VALIDATION [LICENCE TRAINED-ON], but"
              + " were "
              + List.of(args));
    }
    List<String> terms = args.length == 6 ? List.of(args[4], args[5]) : List.of();
    System.out.println(
        embed(MODELS, args[0], Path.of(args[1]), Path.of(args[2]), Path.of(args[3]), terms));
  }

  /**
   * Embeds a model.
   *
   * @param models the folder of the models
   * @param terms the licence and the training data; empty to keep those of the name
   * @return the line of {@code models.txt}
   */
  static String embed(
      Path models, String name, Path file, Path calibration, Path validation, List<String> terms)
      throws IOException {
    Path index = models.resolve("models.txt");
    List<String> lines = new ArrayList<>(Files.readAllLines(index));
    int place = 0;
    while (place < lines.size() && !columns(lines.get(place)).get(0).equals(name)) {
      place++;
    }
    if (place == lines.size() && terms.isEmpty()) {
      throw new IllegalArgumentException(
          index + ": has no " + name + ", so that the licence and the training data are needed");
    }
    byte[] content = Files.readAllBytes(file);
    Path int8 = models.resolve(name + "-int8.onnx");
    Quantization.defaults()
        .maxLoss(MAX_LOSS)
        .validate(validation)
        .quantize(Model.bytes(name + ".onnx", content), calibration, int8);
    byte[] halved = halved(content);
    Files.write(models.resolve(name + ".onnx"), halved);
    String line;
    try (Upscaler upscaler = open(models.resolve(name + ".onnx"));
        Upscaler quantized = open(int8)) {
      ModelInfo info = upscaler.info();
      line =
          String.join(
              " | ",
              name,
              Integer.toString(info.scale()),
              Long.toString(info.multiplyAccumulates().orElseThrow()),
              Long.toString(info.parameters().orElseThrow()),
              Long.toString(halved.length),
              figures(upscaler, validation),
              Long.toString(Files.size(int8)),
              figures(quantized, validation),
              String.join(" | ", terms.isEmpty() ? termsOf(lines.get(place)) : terms));
    }
    if (place < lines.size()) {
      lines.set(place, line);
    } else {
      lines.add(line);
    }
    Files.write(index, lines);
    return line;
  }

  /**
   * Returns the model with its kernels stored as float16 and a Cast to float32 for each, which
   * halves the file.
   */
  private static byte[] halved(byte[] content) throws IOException {
    ModelProto.Builder model = ModelProto.parseFrom(content).toBuilder();
    GraphProto.Builder graph = model.getGraphBuilder();
    List<NodeProto> casts = new ArrayList<>();
    for (TensorProto.Builder kernel : graph.getInitializerBuilderList()) {
      if (kernel.getDimsCount() != 4 || kernel.getDataType() != TensorProto.DataType.FLOAT_VALUE) {
        continue;
      }
      FloatBuffer weights =
          kernel.getRawData().asReadOnlyByteBuffer().order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer();
      ByteBuffer halves =
          ByteBuffer.allocate(Short.BYTES * weights.remaining()).order(ByteOrder.LITTLE_ENDIAN);
      while (weights.hasRemaining()) {
        halves.putShort(Fp16Conversions.floatToFp16(weights.get()));
      }
      String name = kernel.getName();
      String stored = name + "_half";
      kernel
          .setName(stored)
          .setDataType(TensorProto.DataType.FLOAT16_VALUE)
          .setRawData(ByteString.copyFrom(halves.flip()));
      casts.add(
          NodeProto.newBuilder()
              .setOpType("Cast")
              .setName(name)
              .addInput(stored)
              .addOutput(name)
              .addAttribute(
                  AttributeProto.newBuilder()
                      .setName("to")
                      .setType(AttributeProto.AttributeType.INT)
                      .setI(TensorProto.DataType.FLOAT_VALUE))
              .build());
    }
    casts.addAll(graph.getNodeList());
    graph.clearNode().addAllNode(casts);
    return model.build().toByteArray();
  }

  private static Upscaler open(Path file) {
    return Upscaler.builder().model(file).device(Device.cpu()).build();
  }

  private static String figures(Upscaler upscaler, Path validation) throws IOException {
    EvaluationReport report = Evaluation.luma().of(upscaler, validation);
    return String.format(Locale.ROOT, "%.3f | %.4f", report.psnr(), report.ssim());
  }

  private static List<String> columns(String line) {
    return List.of(line.split("\\s*[|]\\s*", -1));
  }

  private static List<String> termsOf(String line) {
    return columns(line).subList(TERMS, TERMS + 2);
  }
}
