// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.benchmarks.training;

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
import io.github.sr4j.spi.PatchBatch;
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
public final class PytorchSide implements TrainingSide {

  private final TrainingTask task;
  private final Set<String> slow = new HashSet<>(); // parameters that learn at a tenth of the rate
  private final Model model;
  private final Trainer trainer;

  /**
   * Builds the network.
   *
   * @param weights a file that {@link Sr4jSide} wrote, whose weights this side begins with
   */
  public PytorchSide(TrainingTask task, Path weights) throws IOException {
    this.task = task;
    this.model = Model.newInstance(task.name(), Device.cpu(), "PyTorch");
    try (ZipFile file = new ZipFile(weights.toFile())) {
      model.setBlock(
          switch (task) {
            case SRCNN -> srcnn(file);
            case VDSR -> vdsr(file);
            case EDSR -> edsr(file);
            case COMPACT -> compact(file);
            case EXPANDED ->
                throw new IllegalArgumentException(
                    "expanded has no side \"pytorch\": DJL's convolutions hold their kernels, and"
                        + " cannot be given computed ones");
          });
      this.trainer =
          model.newTrainer(
              new DefaultTrainingConfig(loss(task.loss))
                  .optDevices(new Device[] {Device.cpu()})
                  .optOptimizer(
                      Adam.builder().optLearningRateTracker((id, step) -> rate(id)).build()));
      trainer.initialize(new Shape(task.images, task.channels, task.patchSize, task.patchSize));
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

  private static NDArray array(NDManager manager, PatchBatch.Shape shape, float[] samples) {
    return manager.create(
        samples, new Shape(shape.batch(), shape.channels(), shape.height(), shape.width()));
  }

  private NDArray cropped(NDArray target) {
    int from = task.lostEdge;
    int to = task.targetSize() - task.lostEdge;
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
    Conv2d last = convolution(weights, "conv3", 1, 5, 0);
    for (Parameter parameter : last.getDirectParameters().values()) {
      slow.add(parameter.getId());
    }
    return new SequentialBlock()
        .add(convolution(weights, "conv1", 64, 9, 0))
        .add(Activation::relu)
        .add(convolution(weights, "conv2", 32, 1, 0))
        .add(Activation::relu)
        .add(last);
  }

  private static Block vdsr(ZipFile weights) {
    return plusInput(chain(weights, 19, 64).add(convolution(weights, "conv20", 1, 3, 1)));
  }

  private static Block compact(ZipFile weights) {
    return new SequentialBlock()
        .add(
            plusInput(
                chain(weights, 7, 32)
                    .add(
                        convolution(
                            weights, "conv8", TrainingTask.SCALE * TrainingTask.SCALE, 3, 1))))
        .add(PytorchSide::pixelShuffle);
  }

  private static Block edsr(ZipFile weights) {
    SequentialBlock body = new SequentialBlock();
    for (int i = 0; i < 16; i++) {
      String name = "body." + i + ".body.";
      body.add(
          plusInput(
              new SequentialBlock()
                  .add(convolution(weights, name + "0", 64, 3, 1))
                  .add(Activation::relu)
                  .add(convolution(weights, name + "2", 64, 3, 1))));
    }
    body.add(convolution(weights, "body.16", 64, 3, 1));
    return new SequentialBlock()
        .add(images -> plusMean(images, -1))
        .add(convolution(weights, "head.0", 64, 3, 1))
        .add(plusInput(body))
        .add(convolution(weights, "tail.0.0", 64 * TrainingTask.SCALE * TrainingTask.SCALE, 3, 1))
        .add(PytorchSide::pixelShuffle)
        .add(convolution(weights, "tail.1", 3, 3, 1))
        .add(images -> plusMean(images, 1));
  }

  /** Returns rectified 3x3 convolutions, conv1 and so on. */
  private static SequentialBlock chain(ZipFile weights, int layers, int features) {
    SequentialBlock chain = new SequentialBlock();
    for (int i = 1; i <= layers; i++) {
      chain.add(convolution(weights, "conv" + i, features, 3, 1)).add(Activation::relu);
    }
    return chain;
  }

  private static Block plusInput(Block block) {
    return new ParallelBlock(
        outputs ->
            new NDList(outputs.get(0).singletonOrThrow().add(outputs.get(1).singletonOrThrow())),
        List.of(block, Blocks.identityBlock()));
  }

  /** Adds the mean colour of EDSR's paper, times a factor. */
  private static NDList plusMean(NDList images, float factor) {
    NDArray input = images.singletonOrThrow();
    NDArray mean =
        input.getManager().create(new float[] {0.4488f, 0.4371f, 0.4040f}, new Shape(1, 3, 1, 1));
    return new NDList(input.add(mean.mul(factor)));
  }

  private static Conv2d convolution(
      ZipFile weights, String layer, int features, int kernel, int padding) {
    Conv2d convolution =
        Conv2d.builder()
            .setKernelShape(new Shape(kernel, kernel))
            .setFilters(features)
            .optPadding(new Shape(padding, padding))
            .build();
    for (String parameter : List.of("weight", "bias")) {
      String name = layer + "." + parameter;
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
  private static NDList pixelShuffle(NDList images) {
    NDArray input = images.singletonOrThrow();
    int scale = TrainingTask.SCALE;
    Shape shape = input.getShape(); // N, channels * scale^2, H, W
    long channels = shape.get(1) / ((long) scale * scale);
    long height = shape.get(2);
    long width = shape.get(3);
    return new NDList(
        input
            .reshape(shape.get(0), channels, scale, scale, height, width)
            .transpose(0, 1, 4, 2, 5, 3)
            .reshape(shape.get(0), channels, height * scale, width * scale));
  }
}
