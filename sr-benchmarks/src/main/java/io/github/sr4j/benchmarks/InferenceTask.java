// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.benchmarks;

import java.awt.image.BufferedImage;
import java.awt.image.DataBufferByte;
import java.nio.file.Path;
import java.util.SplittableRandom;

/**
 * The work of each side of {@link UpscaleComparison}. All models are luma networks.
 *
 * @param model the ONNX file
 * @param scale by how much images become wider and higher
 * @param isPreupscaled whether the network works on the image enlarged bicubically
 * @param size the width and height of the image in pixels
 * @param threads the threads that a call may use
 */
record InferenceTask(Path model, int scale, boolean isPreupscaled, int size, int threads) {

  /** Returns the width and height of the network's input. */
  int blockSize() {
    return isPreupscaled ? size * scale : size;
  }

  /** Returns the task with the int8 form of the model, in a file beside it. */
  InferenceTask int8() {
    return new InferenceTask(int8(model), scale, isPreupscaled, size, threads);
  }

  /**
   * Returns the file of the int8 form of a model: {@code net-int8.onnx} beside {@code net.onnx}.
   */
  static Path int8(Path model) {
    return model.resolveSibling(
        model.getFileName().toString().replaceFirst("[.]onnx$", "-int8.onnx"));
  }

  /** Returns an image of the kind that ImageIO reads from a JPEG: waves with a little noise. */
  BufferedImage image() {
    return image(size);
  }

  static BufferedImage image(int size) {
    BufferedImage image = new BufferedImage(size, size, BufferedImage.TYPE_3BYTE_BGR);
    // setRGB would leave some 50 MB of garbage, which would count as memory of the side.
    byte[] samples = ((DataBufferByte) image.getRaster().getDataBuffer()).getData();
    SplittableRandom random = new SplittableRandom(1);
    for (int y = 0; y < size; y++) {
      for (int x = 0; x < size; x++) {
        int red = 128 + (int) (100 * Math.sin(0.05 * x)) + random.nextInt(16);
        int green = 128 + (int) (100 * Math.sin(0.07 * y)) + random.nextInt(16);
        int blue = 128 + (int) (100 * Math.sin(0.03 * (x + y))) + random.nextInt(16);
        int pixel = 3 * (y * size + x);
        samples[pixel] = (byte) blue;
        samples[pixel + 1] = (byte) green;
        samples[pixel + 2] = (byte) red;
      }
    }
    return image;
  }

  /** Returns the arguments from which {@link #parse} makes an equal task. */
  String[] arguments() {
    return new String[] {
      model.toString(),
      Integer.toString(scale),
      Boolean.toString(isPreupscaled),
      Integer.toString(size),
      Integer.toString(threads)
    };
  }

  /** Parses what follows the first argument. */
  static InferenceTask parse(String[] arguments) {
    return new InferenceTask(
        Path.of(arguments[1]),
        Integer.parseInt(arguments[2]),
        Boolean.parseBoolean(arguments[3]),
        Integer.parseInt(arguments[4]),
        Integer.parseInt(arguments[5]));
  }
}
