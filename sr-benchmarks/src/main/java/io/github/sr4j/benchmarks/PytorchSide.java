// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.benchmarks;

import ai.djl.Device;
import ai.djl.Model;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import ai.djl.nn.Block;
import ai.djl.nn.Blocks;
import ai.djl.nn.ParallelBlock;
import ai.djl.nn.Parameter;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.convolutional.Conv2d;
import ai.djl.training.DefaultTrainingConfig;
import ai.djl.training.GradientCollector;
import ai.djl.training.Trainer;
import ai.djl.training.loss.L1Loss;
import ai.djl.training.loss.L2Loss;
import ai.djl.training.loss.Loss;
import ai.djl.training.optimizer.Adam;
import io.github.sr4j.train.BatchShape;
import io.github.sr4j.train.PatchBatch;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;

/**
 * PyTorch through DJL, written as DJL's own training loop is: a gradient collector around the
 * forward and the backward pass, then the step of the trainer.
 */
final class PytorchSide implements TrainingSide {

  private final TrainingTask task;
  private final Set<String> slow = new HashSet<>(); // parameters that learn at a tenth of the rate
  private final Model model;
  private final Trainer trainer;

  /**
   * Builds the network.
   *
   * @param weights a file that {@link Sr4jSide} wrote, whose weights this side begins with
   */
  PytorchSide(TrainingTask task, Path weights) throws IOException {
    this.task = task;
    this.model = Model.newInstance(task.name(), Device.cpu(), "PyTorch");
    try (ZipFile file = new ZipFile(weights.toFile())) {
      model.setBlock(
          switch (task) {
            case SRCNN -> srcnn(file);
            case COMPACT -> compact(file);
          });
      this.trainer =
          model.newTrainer(
              new DefaultTrainingConfig(loss(task.loss))
                  .optDevices(new Device[] {Device.cpu()})
                  .optOptimizer(
                      Adam.builder().optLearningRateTracker((id, step) -> rate(id)).build()));
      trainer.initialize(new Shape(task.images, 1, task.patchSize, task.patchSize));
    }
  }

  @Override
  public double step(PatchBatch batch) {
    try (NDManager manager = trainer.getManager().newSubManager()) {
      NDArray value;
      try (GradientCollector collector = trainer.newGradientCollector()) {
        NDArray input = array(manager, batch.inputShape(), batch.input());
        NDArray target = array(manager, batch.targetShape(), batch.target());
        NDList prediction = trainer.forward(new NDList(input));
        value = trainer.getLoss().evaluate(new NDList(cropped(target)), prediction);
        collector.backward(value);
      }
      trainer.step();
      return value.getFloat();
    }
  }

  @Override
  public void close() {
    trainer.close();
    model.close();
  }

  private static NDArray array(NDManager manager, BatchShape shape, float[] samples) {
    return manager.create(
        samples, new Shape(shape.batch(), shape.channels(), shape.height(), shape.width()));
  }

  private NDArray cropped(NDArray target) {
    int from = task.border;
    int to = task.targetSize() - task.border;
    return from == 0 ? target : target.get(new NDIndex(":, :, {}:{}, {}:{}", from, to, from, to));
  }

  private float rate(String parameter) {
    return (float) (slow.contains(parameter) ? task.learningRate / 10 : task.learningRate);
  }

  private static Loss loss(String name) {
    // DJL's own default weights the squared error with a half.
    return name.equals("mse") ? new L2Loss(name, 1) : new L1Loss(name);
  }

  private Block srcnn(ZipFile weights) {
    Conv2d last = convolution(weights, 3, 1, 5, 0);
    for (Parameter parameter : last.getDirectParameters().values()) {
      slow.add(parameter.getId());
    }
    return new SequentialBlock()
        .add(convolution(weights, 1, 64, 9, 0))
        .add(Activation::relu)
        .add(convolution(weights, 2, 32, 1, 0))
        .add(Activation::relu)
        .add(last);
  }

  private static Block compact(ZipFile weights) {
    SequentialBlock convolutions = new SequentialBlock();
    for (int i = 1; i <= 7; i++) {
      convolutions.add(convolution(weights, i, 32, 3, 1)).add(Activation::relu);
    }
    convolutions.add(convolution(weights, 8, TrainingTask.SCALE * TrainingTask.SCALE, 3, 1));
    return new ParallelBlock(
        outputs ->
            new NDList(
                pixelShuffle(
                    outputs.get(0).singletonOrThrow().add(outputs.get(1).singletonOrThrow()),
                    TrainingTask.SCALE)),
        List.of(convolutions, Blocks.identityBlock()));
  }

  private static Conv2d convolution(
      ZipFile weights, int number, int features, int kernel, int padding) {
    Conv2d convolution =
        Conv2d.builder()
            .setKernelShape(new Shape(kernel, kernel))
            .setFilters(features)
            .optPadding(new Shape(padding, padding))
            .build();
    for (String parameter : List.of("weight", "bias")) {
      String name = "conv" + number + "." + parameter;
      convolution.setInitializer((manager, shape, type) -> read(weights, name, manager), parameter);
    }
    return convolution;
  }

  private static NDArray read(ZipFile weights, String name, NDManager manager) {
    ZipEntry entry = weights.getEntry(name + ".npy");
    if (entry == null) {
      throw new IllegalStateException("no array " + name + " in " + weights.getName());
    }
    try (InputStream in = weights.getInputStream(entry)) {
      return NDList.decode(manager, in).singletonOrThrow();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + name + " of " + weights.getName(), e);
    }
  }

  /** DJL has no pixel shuffle; this is how PyTorch computes its own. */
  private static NDArray pixelShuffle(NDArray input, int scale) {
    Shape shape = input.getShape(); // N, scale^2, H, W
    long height = shape.get(2);
    long width = shape.get(3);
    return input
        .reshape(shape.get(0), scale, scale, height, width)
        .transpose(0, 3, 1, 4, 2)
        .reshape(shape.get(0), 1, height * scale, width * scale);
  }
}
