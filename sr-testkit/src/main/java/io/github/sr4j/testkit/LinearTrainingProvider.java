// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.testkit;

import io.github.sr4j.BlockUpscaler;
import io.github.sr4j.ModelFormatException;
import io.github.sr4j.ModelInfo;
import io.github.sr4j.spi.Arguments;
import io.github.sr4j.spi.Loss;
import io.github.sr4j.spi.PatchBatch;
import io.github.sr4j.spi.TrainingProvider;
import io.github.sr4j.spi.TrainingSession;
import io.github.sr4j.spi.TrainingSetup;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;

/**
 * The smallest {@link TrainingProvider}: one network, {@code linear}, a convolution of 3x3 trained
 * by gradient descent in Java. It trains in milliseconds whatever a test of a training run asks of
 * it.
 *
 * <p>The network's arguments are {@code color}, {@code luma} (the default) or {@code rgb}, and
 * {@code preupscaled}, 0 (the default) or 1; the only optimizer is {@code sgd(momentum=0)}, the
 * only clipping {@code none}, and as there is one array of weights, none can be frozen. Exported
 * files are opened by {@link LinearUpscalerProvider} whatever they are called.
 *
 * <p>It is registered nowhere; list it in the {@code META-INF/services} of a test to have it found.
 */
public final class LinearTrainingProvider implements TrainingProvider {

  /** Creates a provider. */
  public LinearTrainingProvider() {}

  @Override
  public String name() {
    return "linear";
  }

  @Override
  public List<String> networks() {
    return List.of("linear");
  }

  @Override
  public void check(TrainingSetup setup) {
    info(setup.network(), setup.scale(), Map.of());
    momentum(setup);
    require(
        setup.clipping().equals(TrainingSetup.Clipping.none()),
        "clipping must be none, but was \"%s\"",
        setup.clipping());
    require(
        List.of("fp32", "auto").contains(setup.precision()),
        "precision must be fp32 or auto, but was \"%s\"",
        setup.precision());
    require(
        setup.scales().equals(List.of(setup.scale())),
        "scales must be one, but were %s",
        setup.scales());
    require(
        setup.frozen().isEmpty(), "frozen must leave weights to train, but was %s", setup.frozen());
  }

  private static double momentum(TrainingSetup setup) {
    if (setup.optimizer() instanceof TrainingSetup.Optimizer.Sgd rule && rule.weightDecay() == 0) {
      return rule.momentum();
    }
    throw new IllegalArgumentException(
        String.format(
            "optimizer must be sgd without weight_decay, but was \"%s\"", setup.optimizer()));
  }

  @Override
  public TrainingSession open(TrainingSetup setup) {
    check(setup);
    ModelInfo info =
        info(
            setup.network(),
            setup.scale(),
            Map.of("network", setup.network(), "seed", Long.toString(setup.seed())));
    float[] weights = new float[LinearNetwork.TAPS * info.blockScale() * info.blockScale()];
    Random random = new Random(setup.seed());
    for (int i = 0; i < weights.length; i++) {
      weights[i] = (float) (0.1 + 0.05 * random.nextGaussian()); // near a blur, whose taps are 1/9
    }
    return new Session(
        new LinearNetwork(info, weights), setup.loss(), momentum(setup), setup.averaging());
  }

  @Override
  public TrainingProvider.NetworkDescription describe(String network, int scale) {
    ModelInfo info = info(network, scale, Map.of());
    long filters = (long) info.blockScale() * info.blockScale();
    long multiplyAccumulates = 1280L * 720 * info.channels() * LinearNetwork.TAPS;
    return new TrainingProvider.NetworkDescription(
        network,
        scale,
        List.of(
            new TrainingProvider.NetworkDescription.Layer(
                "linear", "convolution", List.of(filters, 1L, 3L, 3L), multiplyAccumulates)),
        LinearNetwork.TAPS * filters,
        multiplyAccumulates,
        info.halo(),
        info.globalOperator());
  }

  private static ModelInfo info(String network, int scale, Map<String, String> provenance) {
    Arguments arguments = Arguments.parse(network);
    require(arguments.name().equals("linear"), "network must be linear, but was \"%s\"", network);
    require(scale >= 1 && scale <= 8, "scale must be within 1 to 8, but was %s", scale);
    String color = arguments.text("color", "luma");
    require(
        color.equals("luma") || color.equals("rgb"),
        "color must be luma or rgb, but was \"%s\"",
        color);
    boolean preupscaled = arguments.integer("preupscaled", 0, 0, 1) == 1;
    arguments.refuseUnread();
    return LinearNetwork.info(
        scale,
        color.equals("luma") ? ModelInfo.Color.LUMA : ModelInfo.Color.RGB,
        preupscaled,
        provenance);
  }

  private static void require(boolean condition, String message, Object value) {
    if (!condition) {
      throw new IllegalArgumentException(String.format(message, value));
    }
  }

  private static final class Session implements TrainingSession {

    private static final String ITERATION = "linear.iteration"; // a property of its files

    private final LinearNetwork network;
    private final float[] velocity;
    private final float[] average; // of the weights; they themselves if none is kept
    private final double averaging;
    private final Loss loss;
    private final double momentum;
    private long iteration;

    Session(LinearNetwork network, Loss loss, double momentum, double averaging) {
      this.network = network;
      this.velocity = new float[network.weights().length];
      this.average = averaging > 0 ? network.weights().clone() : network.weights();
      this.averaging = averaging;
      this.loss = loss;
      this.momentum = momentum;
    }

    @Override
    public ModelInfo info() {
      return network.info();
    }

    @Override
    public long parameters() {
      return velocity.length;
    }

    @Override
    public int defaultPatchSize() {
      return 8;
    }

    @Override
    public double step(List<PatchBatch> batches, double learningRate) {
      double[] gradients = new double[velocity.length];
      double sum = 0;
      for (PatchBatch batch : batches) {
        sum += add(batch, gradients);
      }
      if (!Double.isFinite(sum)) {
        return sum;
      }
      for (double gradient : gradients) {
        if (!Double.isFinite(gradient)) {
          return gradient;
        }
      }
      for (int w = 0; w < gradients.length; w++) {
        velocity[w] = (float) (momentum * velocity[w] + gradients[w] / batches.size());
        network.weights()[w] -= (float) (learningRate * velocity[w]);
        if (averaging > 0) {
          double decay = Math.min(averaging, (1.0 + iteration) / (10 + iteration));
          average[w] = (float) (decay * average[w] + (1 - decay) * network.weights()[w]);
        }
      }
      iteration++;
      return sum / batches.size();
    }

    /** Returns the loss of a batch, and adds its gradients. */
    private double add(PatchBatch batch, double[] sums) {
      PatchBatch.Shape shape = batch.inputShape();
      int scale = info().blockScale();
      PatchBatch.Shape expected =
          new PatchBatch.Shape(
              shape.batch(), info().channels(), shape.height() * scale, shape.width() * scale);
      if (!batch.targetShape().equals(expected)) {
        throw new IllegalArgumentException(
            String.format(
                "target must be %s (batch x channels x height x width), but was %s",
                expected, batch.targetShape()));
      }
      int planes = shape.batch() * shape.channels();
      float[] prediction = network.apply(batch.input(), planes, shape.height(), shape.width());
      float[] gradient = new float[prediction.length];
      double value = loss.evaluate(expected, prediction, batch.target(), gradient);
      network.visit(
          planes,
          shape.height(),
          shape.width(),
          (o, w, i) -> sums[w] += (double) gradient[o] * batch.input()[i]);
      return value;
    }

    @Override
    public BlockUpscaler snapshot() {
      return new LinearUpscaler(averaged());
    }

    private LinearNetwork averaged() {
      return new LinearNetwork(network.info(), average.clone());
    }

    @Override
    public void save(Path file, Map<String, String> properties) throws IOException {
      Map<String, String> all = new TreeMap<>(properties);
      all.put(ITERATION, Long.toString(iteration));
      new LinearNetwork.Content(network, velocity, average, all).write(file);
    }

    @Override
    public Map<String, String> restore(Path file) throws IOException {
      LinearNetwork.Content content =
          LinearNetwork.Content.read(file.toString(), Files.readAllBytes(file));
      if (content.velocity().length != velocity.length) {
        throw new ModelFormatException(
            String.format(
                Locale.ROOT,
                "%s: expected %d weights, but found %d",
                file,
                velocity.length,
                content.velocity().length),
            null);
      }
      System.arraycopy(content.network().weights(), 0, network.weights(), 0, velocity.length);
      System.arraycopy(content.velocity(), 0, velocity, 0, velocity.length);
      System.arraycopy(content.average(), 0, average, 0, velocity.length);
      Map<String, String> properties = new TreeMap<>(content.properties());
      String saved = properties.remove(ITERATION);
      iteration = saved == null ? 0 : Long.parseLong(saved);
      return properties;
    }

    @Override
    public List<String> initialize(Path file) throws IOException {
      LinearNetwork.Content content =
          LinearNetwork.Content.read(file.toString(), Files.readAllBytes(file));
      if (content.velocity().length != velocity.length) {
        throw new ModelFormatException(
            String.format(
                Locale.ROOT,
                "%s: none of its weights fits; expected %d, but found %d",
                file,
                velocity.length,
                content.velocity().length),
            null);
      }
      System.arraycopy(content.average(), 0, network.weights(), 0, velocity.length);
      System.arraycopy(content.average(), 0, average, 0, velocity.length);
      return List.of();
    }

    @Override
    public void exportOnnx(Path file, Map<String, String> metadata) throws IOException {
      Map<String, String> provenance = new TreeMap<>(info().provenance());
      provenance.putAll(metadata);
      ModelInfo info =
          LinearNetwork.info(info().scale(), info().color(), info().isPreupscaled(), provenance);
      new LinearNetwork.Content(
              new LinearNetwork(info, average.clone()), velocity, average, Map.of())
          .write(file);
    }

    @Override
    public void close() {} // nothing native to free
  }
}
