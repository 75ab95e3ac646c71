// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.spi;

import io.github.sr4j.BlockUpscaler;
import io.github.sr4j.ModelInfo;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A network in training: its weights and the state of its optimizer.
 *
 * <p>Confined to one thread at a time. Holds native memory and is closed by whoever opened it.
 */
public interface TrainingSession extends TrainingProvider.TrainedNetwork, AutoCloseable {

  /**
   * Returns the description of the network; its provenance holds {@code network} and {@code seed},
   * the latter unless {@link #restore} read weights of another program.
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
   * Does one step of the optimizer on the mean of the gradients of some batches, as if they were
   * one that did not fit into memory.
   *
   * <p>A network that trains without padding predicts less than the target; the target is then
   * cropped at its centre. A network that trains several scales takes from the sizes of a batch
   * which of them it is of.
   *
   * @param batches one or more batches
   * @param learningRate the rate of this step, before the factors that a network gives its layers
   * @return the mean loss of the batches before the step; not finite if training has diverged, in
   *     which case the weights have not been changed
   * @throws IllegalArgumentException if there is no batch, or one is not of the network's channels
   *     and scale
   */
  double step(List<PatchBatch> batches, double learningRate);

  /** Does one step of the optimizer on a batch, as {@link #step(List, double)}. */
  default double step(PatchBatch batch, double learningRate) {
    return step(List.of(batch), learningRate);
  }

  /**
   * Returns the contribution of each term of the loss to its value in the last step, weight
   * included, in the order of {@link io.github.sr4j.spi.Loss#terms}. Empty if the backend does not
   * tell them apart, which is the default; before the first step, empty or zeros.
   */
  default List<Double> lossTerms() {
    return List.of();
  }

  /**
   * Returns further measures of the last step, by name, such as {@code discriminator.loss}. Empty
   * by default.
   */
  default Map<String, Double> measures() {
    return Map.of();
  }

  /**
   * Returns a sentence if the last step showed something that a person should know, such as a
   * discriminator that has collapsed. Empty by default.
   */
  default Optional<String> warning() {
    return Optional.empty();
  }

  /**
   * Returns the precision and memory layout of the computation, such as {@code bf16 channels-last},
   * once they are chosen. Empty by default, where there is no choice.
   */
  default Optional<String> execution() {
    return Optional.empty();
  }

  /**
   * Returns a copy of the network as it is now, to be closed by the caller: of the averaged weights
   * if {@link TrainingSetup#averaging} is on.
   */
  @Override
  BlockUpscaler snapshot();

  /**
   * Writes the weights, their average and the state of the optimizer to a file, so that {@link
   * #restore} continues bit for bit. The file is moved into place when it is complete.
   *
   * @param properties anything the caller wants back from {@link #restore}
   */
  void save(Path file, Map<String, String> properties) throws IOException;

  /**
   * Reads weights, and their average and the state of the optimizer if the file has them. If the
   * file has an average and this session keeps none, the average becomes the weights.
   *
   * @param file a file that {@link #save} wrote, or a NumPy {@code .npz} file with an array for
   *     each weight, convolutions as [out, in, height, width]
   * @return the properties that were saved; empty for an {@code .npz} file of another program
   * @throws io.github.sr4j.ModelFormatException if the file is damaged or its arrays are not this
   *     network's; nothing is changed then
   */
  Map<String, String> restore(Path file) throws IOException;

  /**
   * Starts from the weights of another network: reads those of a file that have the name and the
   * shape of weights of this network, averaged ones if there are such, and leaves the others as
   * they are. The state of the optimizer is not read.
   *
   * @param file as for {@link #restore}, of any network and scale, or an ONNX file of {@link
   *     #exportOnnx}
   * @return the names of the weights that the file did not fit, in the order of the network
   * @throws io.github.sr4j.ModelFormatException if the file is damaged or nothing in it fits;
   *     nothing is changed then
   */
  List<String> initialize(Path file) throws IOException;

  /**
   * Writes the network as {@link #snapshot} has it as an ONNX file, without checking it;
   * sr-training's {@code ModelExport} does both.
   *
   * @param metadata entries beside those that {@link #info} gives, under the keys of
   *     docs/model-format.md without their prefix
   */
  @Override
  void exportOnnx(Path file, Map<String, String> metadata) throws IOException;

  /** Frees the native memory. A second call does nothing. */
  @Override
  void close();
}
