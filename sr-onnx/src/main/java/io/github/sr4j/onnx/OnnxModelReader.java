// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.onnx;

import ai.onnxruntime.NodeInfo;
import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.OrtSession.SessionOptions;
import ai.onnxruntime.TensorInfo;
import com.google.common.base.Joiner;
import io.github.sr4j.Device;
import io.github.sr4j.Model;
import io.github.sr4j.ModelFormatException;
import io.github.sr4j.ModelInfo;
import io.github.sr4j.ModelInfo.Color;
import io.github.sr4j.imaging.FloatImage;
import io.github.sr4j.spi.BlockUpscaler;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * The opening of an ONNX model: what it declares is read, what it does not declare is found out by
 * running it on a small block, and where the two contradict each other it is refused.
 */
final class OnnxModelReader {

  // Odd and unequal, so that swapped axes and wrong factors show; multiplied by the alignment.
  private static final int PROBE_WIDTH = 23;
  private static final int PROBE_HEIGHT = 17;

  private final String name;
  private final OrtSession session;

  private OnnxModelReader(String name, OrtSession session) {
    this.name = name;
    this.session = session;
  }

  static BlockUpscaler open(Model model, Device device, int threads) {
    model.file().ifPresent(OnnxModelReader::checkReadable);
    OrtSession session;
    try (SessionOptions options = OnnxRuntime.options(device, threads)) {
      session = createSession(model, options);
    } catch (OrtException e) {
      if (!OnnxRuntime.probe(device).actual().equals(device)) {
        throw OnnxRuntime.unavailable(device, e);
      }
      throw new ModelFormatException(
          String.format(
              "%s: is damaged or not an ONNX model that ONNX Runtime can run: %s",
              model.name(), OnnxRuntime.message(e)),
          e);
    }
    try {
      return new OnnxModelReader(model.name(), session).read(device);
    } catch (OrtException e) {
      closeAfter(e, session);
      throw new ModelFormatException(
          String.format("%s: cannot be inspected: %s", model.name(), OnnxRuntime.message(e)), e);
    } catch (RuntimeException e) {
      closeAfter(e, session);
      throw e;
    }
  }

  private static void closeAfter(Exception failure, OrtSession session) {
    try {
      session.close();
    } catch (OrtException e) {
      failure.addSuppressed(e);
    }
  }

  private static OrtSession createSession(Model model, SessionOptions options) throws OrtException {
    if (model.file().isPresent()) {
      return OnnxRuntime.environment().createSession(model.file().get().toString(), options);
    }
    byte[] content = model.content().orElseGet(() -> EmbeddedModels.content(model.name()));
    if (content.length == 0) {
      throw new ModelFormatException(model.name() + ": is empty", null);
    }
    return OnnxRuntime.environment().createSession(content, options);
  }

  private static void checkReadable(Path file) {
    String problem = null;
    try {
      if (!Files.exists(file)) {
        problem = "no such file";
      } else if (!Files.isRegularFile(file)) {
        problem = "is not a regular file";
      } else if (!Files.isReadable(file)) {
        problem = "is not readable by this process";
      } else if (Files.size(file) == 0) {
        problem = "is empty";
      }
    } catch (IOException e) {
      throw new ModelFormatException(file + ": cannot be read: " + e.getMessage(), e);
    }
    if (problem != null) {
      throw new ModelFormatException(file + ": " + problem, null);
    }
  }

  private BlockUpscaler read(Device device) throws OrtException {
    OnnxMetadata metadata = OnnxMetadata.parse(name, session.getMetadata().getCustomMetadata());
    NodeInfo input = only("input", session.getInputInfo());
    NodeInfo output = only("output", session.getOutputInfo());
    long[] inputShape = checkTensor("input", input);
    checkTensor("output", output);
    checkFree(input.getName(), inputShape);
    Color color = color(input.getName(), inputShape, metadata);

    OnnxSession opened = new OnnxSession(name, session, input.getName(), metadata.range());
    int blockScale = probe(opened, color == Color.LUMA ? 1 : 3, metadata.alignment());
    boolean preupscaled = metadata.preupscaled().orElse(false);
    ModelInfo.Builder info =
        ModelInfo.builder(name, scale(metadata, preupscaled, blockScale))
            .color(color)
            .preupscaled(preupscaled)
            .alignment(metadata.alignment())
            .provenance(metadata.provenance());
    metadata.halo().ifPresent(info::halo);
    return new OnnxBlockUpscaler(opened, info.build(), device);
  }

  private NodeInfo only(String what, Map<String, NodeInfo> nodes) {
    if (nodes.size() != 1) {
      throw new ModelFormatException(
          String.format(
              "%s: must have one %s, but has %s: %s",
              name, what, nodes.size(), Joiner.on(", ").join(nodes.keySet())),
          null);
    }
    return nodes.values().iterator().next();
  }

  /** Checks type and rank, and returns the shape, -1 where a side is free. */
  private long[] checkTensor(String what, NodeInfo node) {
    boolean isFloat = false;
    String found = String.valueOf(node.getInfo());
    long[] shape = {};
    if (node.getInfo() instanceof TensorInfo tensor) {
      shape = tensor.getShape();
      isFloat = tensor.type == OnnxJavaType.FLOAT;
      found = text(tensor);
    }
    // The shape of an output may be left open altogether; the probe sees it then.
    boolean isUnknownOutput = shape.length == 0 && what.equals("output");
    if (!isFloat || (shape.length != 4 && !isUnknownOutput)) {
      throw new ModelFormatException(
          String.format(
              "%s: is no super-resolution network: %s \"%s\" must be float32 [N, C, H, W], but is"
                  + " %s",
              name, what, node.getName(), found),
          null);
    }
    return shape;
  }

  private static String text(TensorInfo tensor) {
    String type = tensor.type.toString().toLowerCase(Locale.ROOT);
    return (tensor.type == OnnxJavaType.FLOAT
            ? "float32"
            : tensor.type == OnnxJavaType.DOUBLE ? "float64" : type)
        + " "
        + text(tensor.getShape());
  }

  private static String text(long[] shape) {
    return Arrays.stream(shape)
        .mapToObj(side -> side < 0 ? "?" : Long.toString(side))
        .collect(Collectors.joining(", ", "[", "]"));
  }

  private void checkFree(String input, long[] shape) {
    if (shape[0] > 1) {
      throw new ModelFormatException(
          String.format(
              "%s: input \"%s\" must take one block at a time, but is %s (N, C, H, W)",
              name, input, text(shape)),
          null);
    }
    if (shape[2] >= 0 || shape[3] >= 0) {
      throw new ModelFormatException(
          String.format(
              "%s: input \"%s\" must be of any width and height, but is %s (N, C, H, W); export the"
                  + " model with free height and width (dynamic axes)",
              name, input, text(shape)),
          null);
    }
  }

  private Color color(String input, long[] shape, OnnxMetadata metadata) {
    long channels = shape[1];
    if (channels < 0 && metadata.color().isPresent()) {
      return metadata.color().get();
    }
    if (channels != 1 && channels != 3) {
      throw new ModelFormatException(
          String.format(
              "%s: input \"%s\" must have 1 or 3 channels, but is %s (N, C, H, W)%s",
              name,
              input,
              text(shape),
              channels < 0 ? "; declare metadata sr4j.color, luma or rgb" : ""),
          null);
    }
    Color found = channels == 1 ? Color.LUMA : Color.RGB;
    if (metadata.color().isPresent() && metadata.color().get() != found) {
      throw new ModelFormatException(
          String.format(
              "%s: metadata sr4j.color must be %s for an input of %s channels, but is %s",
              name,
              found == Color.LUMA ? "luma" : "rgb",
              channels,
              found == Color.LUMA ? "rgb" : "luma"),
          null);
    }
    return found;
  }

  /** Returns by how much the network enlarges a block. */
  private int probe(OnnxSession opened, int channels, int alignment) {
    int width = PROBE_WIDTH * alignment;
    int height = PROBE_HEIGHT * alignment;
    float[] gray = new float[channels * height * width];
    Arrays.fill(gray, 0.5f);
    long[] shape;
    try {
      shape = opened.run(FloatImage.wrap(channels, height, width, gray)).shape;
    } catch (OrtException e) {
      throw new ModelFormatException(
          String.format(
              "%s: fails on a block of %sx%s (width x height): %s; if the sides must be multiples"
                  + " of a number, declare it as metadata sr4j.alignment",
              name, width, height, OnnxRuntime.message(e)),
          e);
    }
    long factor = shape.length == 4 ? shape[3] / width : 0;
    if (factor < 1
        || !Arrays.equals(shape, new long[] {1, channels, factor * height, factor * width})) {
      throw new ModelFormatException(
          String.format(
              "%s: is no super-resolution network: %s (N, C, H, W) must become [1, %s, s*%s, s*%s]"
                  + " with a whole s, but became %s",
              name,
              text(new long[] {1, channels, height, width}),
              channels,
              height,
              width,
              text(shape)),
          null);
    }
    return Math.toIntExact(factor);
  }

  private int scale(OnnxMetadata metadata, boolean preupscaled, int blockScale) {
    int declared = metadata.scale().orElse(0);
    boolean isOpen = declared == 0 || (declared > 1 && metadata.preupscaled().isEmpty());
    if (blockScale == 1 && isOpen) {
      throw new ModelFormatException(
          String.format(
              "%s: returns images as large as it is given, so what it does must be declared:"
                  + " metadata sr4j.scale and sr4j.preupscale (bicubic if it takes images that were"
                  + " enlarged before, none if it enlarges nothing)",
              name),
          null);
    }
    int expected = preupscaled ? 1 : declared;
    if (expected != 0 && blockScale != expected) {
      throw new ModelFormatException(
          String.format(
              "%s: metadata sr4j.scale %s and sr4j.preupscale %s mean that blocks become %s times"
                  + " as wide and high, but they become %s times",
              name,
              declared == 0 ? "(absent)" : declared,
              preupscaled ? "bicubic" : "none",
              expected,
              blockScale),
          null);
    }
    return declared == 0 ? blockScale : declared;
  }
}
