// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.networks.files;

import io.github.sr4j.ModelFormatException;
import io.github.sr4j.networks.graph.Shape;
import io.github.sr4j.networks.graph.Tensor;
import io.jhdf.HdfFile;
import io.jhdf.api.Dataset;
import io.jhdf.api.Group;
import io.jhdf.api.Node;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * VGG in an HDF5 file of Keras, as DL4J's importer of Keras models reads it too: a model or its
 * weights alone, of {@code keras.applications}.
 *
 * <p>What is taken is what lies in a group that is named after a layer, such as {@code
 * block3_conv1}, wherever that is: versions of Keras differ in the groups around it and in the
 * names of the arrays in it. The one with four sides, [height, width, in, out], is the weight, the
 * one with one the bias.
 *
 * <p>The only class that knows the library that reads HDF5, which is optional.
 */
final class KerasWeights {

  private static final Pattern LAYER = Pattern.compile("block([1-5])_conv([1-4])");

  private static final int MAX_DEPTH = 64;

  private final Path file;
  private final Map<String, Tensor> arrays;
  private final Set<List<Object>> visited = new HashSet<>(); // layers and addresses
  private long bytes;

  private KerasWeights(Path file, Map<String, Tensor> arrays) {
    this.file = file;
    this.arrays = arrays;
  }

  /**
   * Returns the arrays by the names of the literature.
   *
   * @throws ModelFormatException if the file is damaged or holds no such layers
   */
  static Map<String, Tensor> read(Path file) {
    Map<String, Tensor> arrays = new LinkedHashMap<>();
    try (HdfFile hdf = new HdfFile(file)) {
      new KerasWeights(file, arrays).collect(hdf, "", new ArrayDeque<>());
    } catch (ModelFormatException e) {
      throw e;
    } catch (RuntimeException | StackOverflowError e) { // what damage makes the library do
      throw new ModelFormatException(
          String.format("%s: must be an HDF5 file, but is damaged (%s)", file, e.getMessage()), e);
    }
    if (arrays.isEmpty()) {
      throw new ModelFormatException(
          String.format(
              "%s: must hold layers such as block1_conv1, as VGG of Keras does, but has none",
              file),
          null);
    }
    return arrays;
  }

  /**
   * Collects what lies in a group.
   *
   * @param layer the name of the layer that the group belongs to; empty if to none
   * @param path the addresses of the groups that it lies in
   */
  private void collect(Group group, String layer, Deque<Long> path) {
    if (path.contains(group.getAddress()) || path.size() == MAX_DEPTH) {
      throw new ModelFormatException(
          String.format(
              "%s: must have groups in groups as Keras has them, but %s",
              file,
              path.size() == MAX_DEPTH
                  ? "they are nested more than " + MAX_DEPTH + " deep"
                  : "one lies in itself: " + Names.shortened(group.getName())),
          null);
    }
    if (!visited.add(List.of(layer, group.getAddress()))) {
      return; // a second link to it, of which there may be many
    }
    path.push(group.getAddress());
    for (Node node : group.getChildren().values()) {
      if (node instanceof Group inner) {
        Matcher matcher = LAYER.matcher(inner.getName());
        String name =
            matcher.matches() ? "conv" + matcher.group(1) + "_" + matcher.group(2) : layer;
        collect(inner, name, path);
      } else if (node instanceof Dataset dataset && !layer.isEmpty()) {
        int sides = dataset.getDimensions().length;
        if (sides == 4) {
          arrays.put(layer + ".weight", transposed(array(dataset)));
        } else if (sides == 1) {
          arrays.put(layer + ".bias", array(dataset));
        }
      }
    }
    path.pop();
  }

  private Tensor array(Dataset dataset) {
    long length = 1;
    for (int side : dataset.getDimensions()) {
      length = side == 0 || length <= Integer.MAX_VALUE / side ? length * side : Integer.MAX_VALUE;
    }
    bytes += Float.BYTES * length;
    long max = Runtime.getRuntime().maxMemory() / 4; // read, and then transposed
    if (bytes > max) {
      throw new ModelFormatException(
          String.format(
              Locale.ROOT,
              "%s: must have arrays that fit into memory, but %s is of %s values, where Java may"
                  + " use %d bytes for all",
              file,
              Names.shortened(dataset.getPath()),
              Arrays.toString(dataset.getDimensions()),
              max),
          null);
    }
    if (dataset.getDataFlat() instanceof float[] samples) {
      return Tensor.of(
          Shape.of(Arrays.stream(dataset.getDimensions()).asLongStream().toArray()), samples);
    }
    throw new ModelFormatException(
        String.format(
            "%s: %s must be of 32-bit floats, but is of %s",
            file, dataset.getPath(), dataset.getJavaType().getSimpleName()),
        null);
  }

  /** Turns [height, width, in, out] into [out, in, height, width]. */
  private static Tensor transposed(Tensor array) {
    long[] shape = array.shape().toArray();
    int pixels = (int) (shape[0] * shape[1]);
    int in = (int) shape[2];
    int out = (int) shape[3];
    float[] samples = new float[array.samples().length];
    for (int i = 0; i < samples.length; i++) {
      int pixel = i / out / in;
      samples[(i % out * in + i / out % in) * pixels + pixel] = array.samples()[i];
    }
    return Tensor.of(Shape.of(out, in, shape[0], shape[1]), samples);
  }
}
