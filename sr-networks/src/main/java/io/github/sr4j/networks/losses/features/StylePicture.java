// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.networks.losses.features;

import static java.util.Objects.requireNonNull;

import com.google.common.collect.ImmutableMap;
import com.google.common.hash.Hashing;
import com.google.common.io.MoreFiles;
import io.github.sr4j.FloatImage;
import io.github.sr4j.files.ImageFiles;
import io.github.sr4j.imaging.AwtImages;
import io.github.sr4j.networks.GraphEngine;
import io.github.sr4j.networks.graph.GraphBuilder;
import io.github.sr4j.networks.graph.Node;
import io.github.sr4j.networks.graph.Shape;
import io.github.sr4j.networks.graph.Tensor;
import io.github.sr4j.networks.losses.formulas.Formula;
import io.github.sr4j.spi.PatchBatch;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A picture whose style is wanted: the Gram matrices of what a loss network makes of it, computed
 * once. The picture is taken at its own size, which says how large its strokes are.
 *
 * <p>Immutable. Matrices are held as Java arrays, so that there is nothing to close.
 */
final class StylePicture {

  private final String file;
  private final String sha256;
  private final ImmutableMap<String, Tensor> grams; // [1, C, C], by layer

  private StylePicture(String file, String sha256, Map<String, Tensor> grams) {
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
      FloatImage image = AwtImages.toFloat(ImageFiles.read(path));
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

  private static Map<String, Tensor> grams(FloatImage image, LossLayers layers) {
    layers
        .network()
        .checkShape("the style of gram", new PatchBatch.Shape(1, 3, image.height(), image.width()));
    GraphBuilder builder = new GraphBuilder();
    Formula picture = new Formula(builder, builder.input("picture", Shape.ofImages(3)));
    Node[] outputs =
        layers.layers().stream()
            .map(layer -> GramLoss.gram(layers.network().activation(picture, layer)).node())
            .toArray(Node[]::new);
    Tensor samples = Tensor.of(Shape.of(1, 3, image.height(), image.width()), image.samples());
    List<Tensor> matrices =
        GraphEngine.any()
            .run(builder.build(outputs), Map.of("picture", samples), Set.of())
            .outputs();
    Map<String, Tensor> grams = new LinkedHashMap<>();
    for (int i = 0; i < outputs.length; i++) {
      grams.put(layers.layers().get(i), matrices.get(i));
    }
    return grams;
  }

  String file() {
    return file;
  }

  /** Returns the Gram matrix of a layer that the picture was read for, [1, C, C]. */
  Tensor gram(String layer) {
    return requireNonNull(grams.get(layer), layer);
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
