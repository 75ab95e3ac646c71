// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.networks.weights;

import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import io.github.sr4j.ModelFormatException;
import io.github.sr4j.networks.graph.Shape;
import io.github.sr4j.networks.graph.Tensor;
import io.jhdf.HdfFile;
import io.jhdf.api.Dataset;
import io.jhdf.api.Group;
import io.jhdf.api.Node;
import io.jhdf.api.dataset.ChunkedDataset;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.LongStream;

/**
 * The arrays of an HDF5 file of Keras, a model or its weights alone, in the names and the order of
 * axes of PyTorch: {@code conv2d/kernel:0} of [height, width, in, out] is {@code conv2d.weight} of
 * [out, in, height, width].
 *
 * <p>Only this class of the package knows the library that reads HDF5, which is optional.
 */
final class KerasFile {

  /** The names of PyTorch, by those of Keras. */
  private static final ImmutableMap<String, String> ROLES =
      ImmutableMap.<String, String>builder()
          .put("kernel", "weight")
          .put("depthwise_kernel", "weight")
          .put("gamma", "weight")
          .put("alpha", "weight")
          .put("bias", "bias")
          .put("beta", "bias")
          .put("moving_mean", "running_mean")
          .put("moving_variance", "running_var")
          .buildOrThrow();

  /** Names of Keras 3, which numbers the arrays of a layer; of four, those of a normalisation. */
  private static final ImmutableMap<String, String> NUMBERED =
      ImmutableMap.of("0", "weight", "1", "bias", "2", "running_mean", "3", "running_var");

  private static final ImmutableSet<String> OF_TRAINING =
      ImmutableSet.of("optimizer_weights", "optimizer");
  private static final String VARIABLES = "vars"; // a group within that of a layer, in Keras 3
  private static final int MAX_DEPTH = 32;
  private static final int MAX_GROUPS = 10_000;

  private final Refusal refusal;
  private final Map<String, Tensor> arrays = new LinkedHashMap<>();
  private final Set<Long> visited = new HashSet<>(); // addresses of groups
  private long budget; // bytes that arrays may still take

  private KerasFile(Refusal refusal, long budget) {
    this.refusal = refusal;
    this.budget = budget;
  }

  /**
   * Returns the arrays by name.
   *
   * @param budget the maximum of bytes that the arrays may take as float32
   * @throws ModelFormatException if the file is damaged, or its arrays are not floats or too large
   */
  static Map<String, Tensor> read(Refusal refusal, byte[] content, long budget) {
    KerasFile file = new KerasFile(refusal, budget);
    try (HdfFile hdf = HdfFile.fromByteBuffer(ByteBuffer.wrap(content))) {
      file.collect(hdf, "", 0);
    } catch (ModelFormatException e) {
      throw e;
    } catch (RuntimeException | StackOverflowError e) { // what damage makes the library do
      throw refusal.of("is damaged: its HDF5 cannot be read: %s", String.valueOf(e.getMessage()));
    }
    return file.arrays;
  }

  private void collect(Group group, String layer, int depth) {
    if (depth > MAX_DEPTH || visited.size() > MAX_GROUPS) {
      throw refusal.of(
          "must have at most %s groups, at most %s in each other, but has more",
          MAX_GROUPS, MAX_DEPTH);
    }
    if (!visited.add(group.getAddress())) {
      return; // a second link to it, or one to a group around it
    }
    for (Node node : group.getChildren().values()) {
      if (node instanceof Group inner && !OF_TRAINING.contains(inner.getName())) {
        boolean isOfLayer = inner.getName().equals(VARIABLES);
        collect(inner, isOfLayer ? layer : inner.getName(), depth + 1);
      } else if (node instanceof Dataset dataset) {
        add(layer, dataset);
      }
    }
  }

  private void add(String layer, Dataset dataset) {
    String own = dataset.getName().replaceFirst(":0$", "");
    String role = ROLES.getOrDefault(own, NUMBERED.getOrDefault(own, own));
    String name = layer.isEmpty() ? role : layer + "." + role;
    Tensor array = array(name, dataset);
    if (own.equals("alpha")) { // of PReLU, with sides of 1 for the axes that share a slope
      array = Tensor.of(Shape.of(array.samples().length), array.samples());
    } else if (role.equals("weight")) {
      array = transposed(array, own.equals("depthwise_kernel"));
    }
    if (arrays.put(name, array) != null) {
      throw refusal.of("must have one array of each name, but has two of %s", name);
    }
  }

  private Tensor array(String name, Dataset dataset) {
    long[] shape = dataset.getDimensionsAsLong();
    take(name, shape);
    if (dataset instanceof ChunkedDataset chunked) { // each chunk is unpacked whole
      take(name, IntStream.of(chunked.getChunkDimensions()).asLongStream().toArray());
    }
    Object data = dataset.getDataFlat();
    float[] samples;
    if (data instanceof float[] floats) {
      samples = floats;
    } else if (data instanceof double[] doubles) {
      samples = new float[doubles.length];
      for (int i = 0; i < samples.length; i++) {
        samples[i] = (float) doubles[i];
      }
    } else {
      throw refusal.of(
          "must hold arrays of 32 or 64-bit floats, but %s is of %s",
          name, dataset.getJavaType().getSimpleName());
    }
    return Tensor.of(Shape.of(shape), samples);
  }

  /** Takes memory for an array, and for a copy of it with its axes in another order. */
  private void take(String name, long[] shape) {
    double bytes =
        2.0 * Float.BYTES * LongStream.of(shape).asDoubleStream().reduce(1, (a, b) -> a * b);
    if (!(bytes >= 0 && bytes <= budget)) {
      throw refusal.of(
          "must hold arrays of at most three times its size, but %s of %s exceeds that",
          name, Arrays.toString(shape));
    }
    budget -= (long) bytes;
  }

  /**
   * Turns [height, width, in, out] into [out, in, height, width], and [in, out] into [out, in].
   *
   * @param isDepthwise whether each of the channels has kernels of its own, of which PyTorch counts
   *     all on one axis
   */
  private static Tensor transposed(Tensor array, boolean isDepthwise) {
    int rank = array.shape().rank();
    if (rank != 2 && rank != 4) {
      return array;
    }
    long[] shape = array.shape().toArray();
    int in = (int) shape[rank - 2];
    int out = (int) shape[rank - 1];
    int pixels = rank == 2 ? 1 : (int) (shape[0] * shape[1]);
    float[] samples = new float[array.samples().length];
    for (int i = 0; i < samples.length; i++) {
      int pixel = i / out / in;
      int kernel = isDepthwise ? i % (in * out) : i % out * in + i / out % in;
      samples[kernel * pixels + pixel] = array.samples()[i];
    }
    if (rank == 2) {
      return Tensor.of(Shape.of(out, in), samples);
    }
    return isDepthwise
        ? Tensor.of(Shape.of((long) in * out, 1, shape[0], shape[1]), samples)
        : Tensor.of(Shape.of(out, in, shape[0], shape[1]), samples);
  }
}
