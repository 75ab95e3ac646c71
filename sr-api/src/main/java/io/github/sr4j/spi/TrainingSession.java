// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.spi;

import io.github.sr4j.ModelInfo;
import io.github.sr4j.train.PatchBatch;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * A network in training: its weights and the state of its optimizer.
 *
 * <p>Confined to one thread at a time. Holds native memory and is closed by whoever opened it.
 */
public interface TrainingSession extends AutoCloseable {

  /**
   * Returns what the network is; its provenance holds {@code network} and {@code seed}, the latter
   * unless {@link #restore} read weights of another program.
   */
  ModelInfo info();

  /** Returns the number of trainable values. */
  long parameters();

  /**
   * Returns the side of the patches that the network's paper trains with, in pixels of the
   * network's input.
   */
  int defaultPatchSize();

  /**
   * Does one step of the optimizer on a batch.
   *
   * <p>A network that trains without padding predicts less than the target; the target is then
   * cropped at its centre.
   *
   * @param learningRate the rate of this step, before the factors that a network gives its layers
   * @return the loss of the batch before the step; not finite if training has diverged, in which
   *     case the weights have not been changed
   * @throws IllegalArgumentException if the batch is not of the network's channels and scale
   */
  double step(PatchBatch batch, double learningRate);

  /**
   * Returns what each term of the loss contributed to the result of the last {@link #step}, weight
   * included, in the order of {@link io.github.sr4j.train.Loss#terms}. Empty if the backend does
   * not tell them apart, which is the default; before the first step, empty or zeros.
   */
  default List<Double> lossTerms() {
    return List.of();
  }

  /** Returns a copy of the network as it is now, to be closed by the caller. */
  BlockUpscaler snapshot();

  /**
   * Writes the weights and the state of the optimizer to a file, so that {@link #restore} continues
   * bit for bit. The file is moved into place when it is complete.
   *
   * @param properties anything the caller wants back from {@link #restore}
   */
  void save(Path file, Map<String, String> properties) throws IOException;

  /**
   * Reads weights, and the state of the optimizer if the file has it.
   *
   * @param file a file that {@link #save} wrote, or a NumPy {@code .npz} file with an array for
   *     each weight, convolutions as [out, in, height, width]
   * @return the properties that were saved; empty for an {@code .npz} file of another program
   * @throws io.github.sr4j.ModelFormatException if the file is damaged or its arrays are not this
   *     network's; nothing is changed then
   */
  Map<String, String> restore(Path file) throws IOException;

  /**
   * Writes the network as an ONNX file, without checking it; sr-training's {@code ModelExport} does
   * both.
   *
   * @param metadata entries beside those that {@link #info} gives, under the keys of
   *     docs/model-format.md without their prefix
   */
  void exportOnnx(Path file, Map<String, String> metadata) throws IOException;

  /** Frees the native memory. A second call does nothing. */
  @Override
  void close();
}
