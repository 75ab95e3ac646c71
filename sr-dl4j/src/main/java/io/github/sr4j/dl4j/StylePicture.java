// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.dl4j;

import static java.util.Objects.requireNonNull;

import com.google.common.collect.ImmutableMap;
import com.google.common.hash.Hashing;
import com.google.common.io.MoreFiles;
import io.github.sr4j.imaging.AwtImages;
import io.github.sr4j.imaging.FloatImage;
import io.github.sr4j.train.BatchShape;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * A picture whose style is wanted: the Gram matrices of what a loss network makes of it, computed
 * once. The picture is taken at its own size, which says how large its strokes are.
 *
 * <p>Immutable. Matrices are held as Java arrays, so that there is nothing to close.
 */
final class StylePicture {

  private final String file;
  private final String sha256;
  private final ImmutableMap<String, Npz.Array> grams; // [1, C, C], by layer

  private StylePicture(String file, String sha256, Map<String, Npz.Array> grams) {
    this.file = file;
    this.sha256 = sha256;
    this.grams = ImmutableMap.copyOf(grams);
  }

  /**
   * Reads a picture.
   *
   * @throws IllegalArgumentException if it cannot be read or is too small for the layers
   */
  static StylePicture read(String file, LossLayers layers) {
    try {
      Path path = Path.of(file);
      FloatImage image = AwtImages.toFloat(AwtImages.read(path));
      String sha256 = MoreFiles.asByteSource(path).hash(Hashing.sha256()).toString();
      return new StylePicture(file, sha256, grams(rgb(image), layers));
    } catch (NoSuchFileException e) {
      throw new IllegalArgumentException(
          String.format("style of gram must be an image file, but there is none at %s", file), e);
    } catch (IOException e) {
      throw new IllegalArgumentException(
          String.format("style of gram cannot be read: %s", e.getMessage()), e);
    }
  }

  /** A gray picture has the same samples in each channel. */
  private static FloatImage rgb(FloatImage image) {
    if (image.channels() == 3) {
      return image;
    }
    int plane = image.samples().length;
    float[] samples = new float[3 * plane];
    for (int c = 0; c < 3; c++) {
      System.arraycopy(image.samples(), 0, samples, c * plane, plane);
    }
    return FloatImage.wrap(3, image.height(), image.width(), samples);
  }

  private static Map<String, Npz.Array> grams(FloatImage image, LossLayers layers) {
    layers
        .network()
        .checkShape("the style of gram", new BatchShape(1, 3, image.height(), image.width()));
    SameDiff graph = SameDiff.create();
    SDVariable picture = graph.placeHolder("picture", DataType.FLOAT, 1, 3, -1, -1);
    Map<String, SDVariable> added = new LinkedHashMap<>();
    for (String layer : layers.layers()) {
      SDVariable features = layers.network().activation(graph, picture, layer);
      added.put(layer, GramLoss.gram(graph, features, layers.network().features(layer)));
    }
    List<String> outputs = added.values().stream().map(SDVariable::name).toList();
    Map<String, Npz.Array> grams = new LinkedHashMap<>();
    try (INDArray samples = Nd4j.create(DataType.FLOAT, 1, 3, image.height(), image.width())) {
      Arrays32.write(samples, image.samples());
      try (GraphPlan plan = GraphPlan.of(graph, Map.of(picture.name(), samples), outputs)) {
        plan.run();
        added.forEach(
            (layer, gram) -> {
              INDArray matrix = plan.output(gram.name());
              grams.put(layer, new Npz.Array(matrix.shape(), Arrays32.read(matrix)));
            });
      }
    }
    return grams;
  }

  String file() {
    return file;
  }

  /** Returns the Gram matrix of a layer that the picture was read for, [1, C, C]. */
  INDArray gram(String layer) {
    Npz.Array gram = requireNonNull(grams.get(layer), layer);
    return Nd4j.createFromArray(gram.samples()).reshape('c', gram.shape());
  }

  /** Pictures are equal if they are the same file, whatever its name. */
  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof StylePicture picture && picture.sha256.equals(sha256);
  }

  @Override
  public int hashCode() {
    return sha256.hashCode();
  }
}
