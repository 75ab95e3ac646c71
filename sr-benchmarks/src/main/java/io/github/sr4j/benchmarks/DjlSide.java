// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.benchmarks;

import ai.djl.MalformedModelException;
import ai.djl.inference.Predictor;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.Shape;
import ai.djl.repository.zoo.Criteria;
import ai.djl.repository.zoo.ModelNotFoundException;
import ai.djl.repository.zoo.ZooModel;
import ai.djl.translate.Batchifier;
import ai.djl.translate.TranslateException;
import ai.djl.translate.Translator;
import ai.djl.translate.TranslatorContext;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.awt.image.DataBufferInt;
import java.io.IOException;
import java.nio.FloatBuffer;
import org.jspecify.annotations.Nullable;

/**
 * DJL's engine for ONNX Runtime with a translator, from {@code BufferedImage} to {@code
 * BufferedImage}.
 *
 * <p>The engine has none of the operations on arrays that pixel work needs, and its documentation
 * brings in PyTorch for them. The translator therefore works on the pixels itself, with AWT's
 * bicubic enlargement: the large image, whose luma is exchanged for what the network makes.
 */
final class DjlSide implements InferenceSide {

  private final ZooModel<BufferedImage, BufferedImage> model;
  private final Predictor<BufferedImage, BufferedImage> predictor;
  private final BufferedImage image;
  private @Nullable BufferedImage result;

  DjlSide(InferenceTask task) throws IOException, ModelNotFoundException, MalformedModelException {
    this.model =
        Criteria.builder()
            .setTypes(BufferedImage.class, BufferedImage.class)
            .optModelPath(task.model())
            .optEngine("OnnxRuntime")
            .optOption("intraOpNumThreads", Integer.toString(task.threads()))
            .optTranslator(new LumaTranslator(task))
            .build()
            .loadModel();
    this.predictor = model.newPredictor();
    this.image = task.image();
  }

  @Override
  public void run() throws TranslateException {
    result = predictor.predict(image);
  }

  @Override
  public @Nullable BufferedImage picture() {
    return result;
  }

  @Override
  public void close() {
    predictor.close();
    model.close();
  }

  private static final class LumaTranslator implements Translator<BufferedImage, BufferedImage> {

    private static final String ENLARGED = "enlarged";

    private final InferenceTask task;

    LumaTranslator(InferenceTask task) {
      this.task = task;
    }

    @Override
    public @Nullable Batchifier getBatchifier() {
      return null; // the model's input has a batch dimension already
    }

    @Override
    public NDList processInput(TranslatorContext context, BufferedImage input) {
      BufferedImage large = drawn(input, input.getWidth() * task.scale());
      context.setAttachment(ENLARGED, large);
      int[] pixels = pixels(task.isPreupscaled() ? large : drawn(input, input.getWidth()));
      float[] luma = new float[pixels.length];
      for (int i = 0; i < pixels.length; i++) {
        luma[i] = luma(pixels[i]);
      }
      int side = task.blockSize();
      return new NDList(
          context.getNDManager().create(FloatBuffer.wrap(luma), new Shape(1, 1, side, side)));
    }

    @Override
    public BufferedImage processOutput(TranslatorContext context, NDList list) {
      BufferedImage large = (BufferedImage) context.getAttachment(ENLARGED);
      int[] pixels = pixels(large);
      try (NDArray output = list.singletonOrThrow()) {
        float[] luma = output.toFloatArray();
        for (int i = 0; i < pixels.length; i++) {
          int pixel = pixels[i];
          // The inverse of luma() for a change that leaves the chroma as it is.
          float change = (luma[i] - luma(pixel)) * (255 * 255 / 219f) + 0.5f;
          int red = clamped((pixel >> 16 & 0xff) + change);
          int green = clamped((pixel >> 8 & 0xff) + change);
          int blue = clamped((pixel & 0xff) + change);
          pixels[i] = red << 16 | green << 8 | blue;
        }
      }
      return large;
    }

    private static BufferedImage drawn(BufferedImage image, int side) {
      BufferedImage result = new BufferedImage(side, side, BufferedImage.TYPE_INT_RGB);
      Graphics2D graphics = result.createGraphics();
      graphics.setRenderingHint(
          RenderingHints.KEY_INTERPOLATION, RenderingHints.VALUE_INTERPOLATION_BICUBIC);
      graphics.drawImage(image, 0, 0, side, side, null);
      graphics.dispose();
      return result;
    }

    private static int[] pixels(BufferedImage image) {
      return ((DataBufferInt) image.getRaster().getDataBuffer()).getData();
    }

    /** ITU-R BT.601: 16/255 for black, 235/255 for white. */
    private static float luma(int pixel) {
      int red = pixel >> 16 & 0xff;
      int green = pixel >> 8 & 0xff;
      int blue = pixel & 0xff;
      return (0.299f * red + 0.587f * green + 0.114f * blue) * (219f / (255 * 255)) + 16f / 255;
    }

    private static int clamped(float level) {
      return (int) Math.max(0, Math.min(255, level));
    }
  }
}
