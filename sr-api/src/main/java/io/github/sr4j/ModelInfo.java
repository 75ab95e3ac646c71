// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j;

import static com.google.common.base.Preconditions.checkArgument;
import static com.google.common.base.Preconditions.checkState;
import static java.util.Objects.requireNonNull;

import com.google.common.collect.ImmutableSortedMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.SortedMap;
import java.util.TreeMap;

/** The properties of a loaded model, declared by it or found in its graph. Immutable. */
public final class ModelInfo {

  /** The colour space in which a network works. */
  public enum Color {
    /** One channel, Y of BT.601 in 16..235, divided by 255; chroma is enlarged bicubically. */
    LUMA,
    /** Three channels, red, green and blue. */
    RGB
  }

  /** The samples that a network sees beyond the edges of an image. */
  public enum Edges {
    /**
     * The network's own padding, zeros in most networks. Beyond the edges of an image, unpadded
     * convolutions and blocks of a fixed shape see the mirror image.
     */
    NETWORK,
    /** The samples of the edge, repeated as far as the halo reaches. */
    REPLICATE,
    /** The mirror image, without repeating the edge, as far as the halo reaches. */
    MIRROR
  }

  /**
   * A property of a model, and how it became known.
   *
   * @param value as docs/model-format.md writes it, such as {@code "rgb"} or {@code "255"}
   * @param isDeclared whether the model's file or the program declares it; otherwise it was found
   *     in the network
   */
  public record Property(String value, boolean isDeclared) {}

  private final String name;
  private final int scale;
  private final Color color;
  private final Model.Precision precision;
  private final boolean preupscaled;
  private final OptionalInt halo;
  private final int alignment;
  private final OptionalInt blockWidth;
  private final OptionalInt blockHeight;
  private final int lostEdge;
  private final Edges edges;
  private final Optional<String> globalOperator;
  private final OptionalLong parameters;
  private final OptionalLong multiplyAccumulates;
  private final OptionalLong bytesPerPixel;
  private final ImmutableSortedMap<String, Property> properties;
  private final ImmutableSortedMap<String, String> provenance;

  private ModelInfo(Builder builder) {
    this.name = builder.name;
    this.scale = builder.scale;
    this.color = builder.color;
    this.precision = builder.precision;
    this.preupscaled = builder.preupscaled;
    this.halo = builder.halo;
    this.alignment = builder.alignment;
    this.blockWidth = builder.blockWidth;
    this.blockHeight = builder.blockHeight;
    this.lostEdge = builder.lostEdge;
    this.edges = builder.edges;
    this.globalOperator = builder.globalOperator;
    this.parameters = builder.parameters;
    this.multiplyAccumulates = builder.multiplyAccumulates;
    this.bytesPerPixel = builder.bytesPerPixel;
    this.properties = ImmutableSortedMap.copyOf(builder.properties);
    this.provenance = ImmutableSortedMap.copyOf(builder.provenance);
  }

  /**
   * Returns a builder for an RGB network in floating-point numbers that enlarges inside, aligned to
   * 1, without a finite halo.
   *
   * @param name the name of the model in messages
   * @param scale the number by which the width and height of images are multiplied
   * @throws IllegalArgumentException if {@code scale} is not within 1 to 16
   */
  public static Builder builder(String name, int scale) {
    return new Builder(name, scale);
  }

  /** Returns the name of the model in messages. */
  public String name() {
    return name;
  }

  /** Returns the number by which the model multiplies the width and height of an image. */
  public int scale() {
    return scale;
  }

  /** Returns the colour space in which the network works. */
  public Color color() {
    return color;
  }

  /** Returns the numbers in which the network computes. */
  public Model.Precision precision() {
    return precision;
  }

  /** Returns the channels of the network's input and output: 1 for luma, 3 for RGB. */
  public int channels() {
    return color == Color.LUMA ? 1 : 3;
  }

  /**
   * Returns whether the network expects an image that was already enlarged, bicubically, by {@link
   * #scale}, as SRCNN and VDSR do. If so, its output is as large as its input.
   */
  public boolean isPreupscaled() {
    return preupscaled;
  }

  /** Returns the scale of the network itself: 1 if {@link #isPreupscaled}, else {@link #scale}. */
  public int blockScale() {
    return preupscaled ? 1 : scale;
  }

  /**
   * Returns the radius of the receptive field in pixels of the network's input: an output pixel
   * depends on no input pixel further away. Empty if an output pixel depends on the whole image, so
   * that tiles cannot give the same result.
   */
  public OptionalInt halo() {
    return halo;
  }

  /**
   * Returns the alignment: a block's width and height must be multiples of it; 1 allows any size.
   */
  public int alignment() {
    return alignment;
  }

  /** Returns the only width that a block may have, in pixels; empty if the width is free. */
  public OptionalInt blockWidth() {
    return blockWidth;
  }

  /** Returns the only height that a block may have, in pixels; empty if the height is free. */
  public OptionalInt blockHeight() {
    return blockHeight;
  }

  /**
   * Returns the pixels of the output that unpadded convolutions lose along each edge: a side of
   * {@code n} pixels becomes {@code blockScale() * n - 2 * lostEdge()}. 0 for most networks.
   */
  public int lostEdge() {
    return lostEdge;
  }

  /**
   * Returns the samples that the network sees beyond the edges of an image: {@link Edges#NETWORK}
   * unless {@link Upscaler.Builder#edges} says otherwise.
   */
  public Edges edges() {
    return edges;
  }

  /** Returns a copy with other samples beyond the edges of an image. */
  public ModelInfo withEdges(Edges edges) {
    Builder copy = builder(name, scale).color(color).preupscaled(preupscaled).alignment(alignment);
    copy.precision = precision;
    copy.halo = halo;
    copy.blockWidth = blockWidth;
    copy.blockHeight = blockHeight;
    copy.lostEdge = lostEdge;
    copy.edges = requireNonNull(edges, "edges");
    copy.globalOperator = globalOperator;
    copy.parameters = parameters;
    copy.multiplyAccumulates = multiplyAccumulates;
    copy.bytesPerPixel = bytesPerPixel;
    copy.properties.putAll(properties);
    copy.provenance = provenance;
    return copy.build();
  }

  /**
   * Returns the operator that prevents a finite {@link #halo}, because it reads the whole image,
   * such as {@code "InstanceNormalization in_1"}, or is unknown, such as {@code "unknown operator
   * Foo, node bar"}. Empty if there is a halo, or if the model only declares none.
   */
  public Optional<String> globalOperator() {
    return globalOperator;
  }

  /** Returns the number of values in the weights of the network; empty if it is not known. */
  public OptionalLong parameters() {
    return parameters;
  }

  /**
   * Returns the multiplications, each with an addition, that the network's convolutions and matrix
   * products take for one enlarged image of 1280x720 pixels; empty if they are not known.
   */
  public OptionalLong multiplyAccumulates() {
    return multiplyAccumulates;
  }

  /**
   * Returns the peak memory of the network's tensors, in bytes for each pixel of a block; empty if
   * it is not known.
   */
  public OptionalLong bytesPerPixel() {
    return bytesPerPixel;
  }

  /**
   * Returns the properties that a file can declare, with the values that hold for the model, by the
   * keys of {@link Model.Declaration}; properties that the backend does not know are absent.
   */
  public SortedMap<String, Property> properties() {
    return properties;
  }

  /**
   * Returns the provenance of the model: network, training data, seed, figures and the like, under
   * the keys of docs/model-format.md without their prefix; empty for a foreign model.
   */
  public SortedMap<String, String> provenance() {
    return provenance;
  }

  @Override
  public String toString() {
    return String.format(
        Locale.ROOT,
        "%s: x%d, %s, %s, halo %s, alignment %d",
        name,
        scale,
        color == Color.LUMA ? "luma" : "rgb",
        preupscaled ? "enlarged bicubically before the network" : "enlarged by the network",
        halo.isPresent() ? Integer.toString(halo.getAsInt()) : "unbounded",
        alignment);
  }

  /** The parts of a {@link ModelInfo}, for backends. Not thread-safe. */
  public static final class Builder {

    private final String name;
    private final int scale;
    private Color color = Color.RGB;
    private Model.Precision precision = Model.Precision.FLOAT;
    private boolean preupscaled;
    private OptionalInt halo = OptionalInt.empty();
    private int alignment = 1;
    private OptionalInt blockWidth = OptionalInt.empty();
    private OptionalInt blockHeight = OptionalInt.empty();
    private int lostEdge;
    private Edges edges = Edges.NETWORK;
    private Optional<String> globalOperator = Optional.empty();
    private OptionalLong parameters = OptionalLong.empty();
    private OptionalLong multiplyAccumulates = OptionalLong.empty();
    private OptionalLong bytesPerPixel = OptionalLong.empty();
    private final Map<String, Property> properties = new TreeMap<>();
    private Map<String, String> provenance = Map.of();

    private Builder(String name, int scale) {
      checkArgument(scale >= 1 && scale <= 16, "scale must be within 1 to 16, but was %s", scale);
      this.name = requireNonNull(name, "name");
      this.scale = scale;
    }

    /** Sets the colour space in which the network works. */
    public Builder color(Color color) {
      this.color = requireNonNull(color, "color");
      return this;
    }

    /** Sets the numbers in which the network computes. */
    public Builder precision(Model.Precision precision) {
      this.precision = requireNonNull(precision, "precision");
      return this;
    }

    /** Sets whether the network expects an image that was already enlarged bicubically. */
    public Builder preupscaled(boolean preupscaled) {
      this.preupscaled = preupscaled;
      return this;
    }

    /**
     * Sets the radius of the receptive field, in pixels of the network's input.
     *
     * @throws IllegalArgumentException if {@code halo} is negative
     */
    public Builder halo(int halo) {
      checkArgument(halo >= 0, "halo must be at least 0, but was %s", halo);
      this.halo = OptionalInt.of(halo);
      return this;
    }

    /**
     * Sets the alignment, of which a block's width and height must be multiples.
     *
     * @throws IllegalArgumentException if {@code alignment} is less than 1
     */
    public Builder alignment(int alignment) {
      checkArgument(alignment >= 1, "alignment must be at least 1, but was %s", alignment);
      this.alignment = alignment;
      return this;
    }

    /**
     * Sets the only width that a block may have, in pixels.
     *
     * @throws IllegalArgumentException if {@code width} is less than 1
     */
    public Builder blockWidth(int width) {
      checkArgument(width >= 1, "blockWidth must be at least 1, but was %s", width);
      this.blockWidth = OptionalInt.of(width);
      return this;
    }

    /**
     * Sets the only height that a block may have, in pixels.
     *
     * @throws IllegalArgumentException if {@code height} is less than 1
     */
    public Builder blockHeight(int height) {
      checkArgument(height >= 1, "blockHeight must be at least 1, but was %s", height);
      this.blockHeight = OptionalInt.of(height);
      return this;
    }

    /**
     * Sets the pixels of the output that unpadded convolutions lose along each edge.
     *
     * @throws IllegalArgumentException if {@code lostEdge} is negative
     */
    public Builder lostEdge(int lostEdge) {
      checkArgument(lostEdge >= 0, "lostEdge must be at least 0, but was %s", lostEdge);
      this.lostEdge = lostEdge;
      return this;
    }

    /** Sets the operator that reads the whole image or is unknown; there is then no halo. */
    public Builder globalOperator(String globalOperator) {
      this.globalOperator = Optional.of(globalOperator);
      return this;
    }

    /**
     * Sets the number of values in the weights of the network.
     *
     * @throws IllegalArgumentException if {@code parameters} is negative
     */
    public Builder parameters(long parameters) {
      checkArgument(parameters >= 0, "parameters must be at least 0, but was %s", parameters);
      this.parameters = OptionalLong.of(parameters);
      return this;
    }

    /**
     * Sets the multiply-accumulates for one enlarged image of 1280x720 pixels.
     *
     * @throws IllegalArgumentException if {@code multiplyAccumulates} is negative
     */
    public Builder multiplyAccumulates(long multiplyAccumulates) {
      checkArgument(
          multiplyAccumulates >= 0,
          "multiplyAccumulates must be at least 0, but was %s",
          multiplyAccumulates);
      this.multiplyAccumulates = OptionalLong.of(multiplyAccumulates);
      return this;
    }

    /**
     * Sets the peak memory of the network's tensors, in bytes for each pixel of a block.
     *
     * @throws IllegalArgumentException if {@code bytesPerPixel} is less than 1
     */
    public Builder bytesPerPixel(long bytesPerPixel) {
      checkArgument(
          bytesPerPixel >= 1, "bytesPerPixel must be at least 1, but was %s", bytesPerPixel);
      this.bytesPerPixel = OptionalLong.of(bytesPerPixel);
      return this;
    }

    /**
     * Sets a property as a file would declare it, and whether it is declared.
     *
     * @param key a key of {@link Model.Declaration}
     * @param value the value that holds, as docs/model-format.md writes it
     */
    public Builder property(String key, String value, boolean isDeclared) {
      properties.put(requireNonNull(key, "key"), new Property(value, isDeclared));
      return this;
    }

    /** Sets the provenance of the model. */
    public Builder provenance(Map<String, String> provenance) {
      this.provenance = Map.copyOf(provenance);
      return this;
    }

    /**
     * Returns the information.
     *
     * @throws IllegalStateException if there are both a halo and a global operator
     */
    public ModelInfo build() {
      checkState(
          halo.isEmpty() || globalOperator.isEmpty(),
          "there must be no halo of a network with the global operator %s, but was %s",
          globalOperator.orElse(""),
          halo.orElse(0));
      return new ModelInfo(this);
    }
  }
}
