// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j;

import static com.google.common.base.Preconditions.checkArgument;
import static java.util.Objects.requireNonNull;

import com.google.common.base.Ascii;
import com.google.common.collect.ImmutableSortedMap;
import com.google.common.collect.Maps;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A model to be opened: an embedded one by its name, a file, a resource, or the bytes of a file.
 * Immutable; nothing is read before the model is opened.
 */
public final class Model {

  private final String name;
  private final Optional<Path> file;
  private final Optional<Content> content;
  private final Declaration declaration;

  private Model(
      String name, Optional<Path> file, Optional<Content> content, Declaration declaration) {
    this.name = name;
    this.file = file;
    this.content = content;
    this.declaration = declaration;
  }

  /**
   * Returns a model of a jar on the class path: of a backend or of a {@link Provider}.
   *
   * @param name the name of the model, such as {@code "fast-x2"}; {@link Upscaler#models} lists
   *     them
   */
  public static Model embedded(String name) {
    checkArgument(!name.isBlank(), "name must not be blank");
    return new Model(name, Optional.empty(), Optional.empty(), Declaration.none());
  }

  /** Returns the model in a file. */
  public static Model file(Path file) {
    return new Model(file.toString(), Optional.of(file), Optional.empty(), Declaration.none());
  }

  /**
   * Returns the model in a resource, such as a file in the program's own jar.
   *
   * @param owner a class in the jar
   * @param name the resource, as for {@link Class#getResourceAsStream}: beside the class, such as
   *     {@code "net.onnx"}, or from the root of the jar, such as {@code "/models/net.onnx"}; its
   *     extension says its format. In a named module, the package of the resource must be opened to
   *     {@code io.github.sr4j}.
   */
  public static Model resource(Class<?> owner, String name) {
    return content(name, new ResourceOfClass(requireNonNull(owner, "owner"), name));
  }

  /**
   * Returns the model in a resource that a class loader finds.
   *
   * @param loader the class loader
   * @param name the resource, as for {@link ClassLoader#getResourceAsStream}, such as {@code
   *     "models/net.onnx"}; its extension says its format
   */
  public static Model resource(ClassLoader loader, String name) {
    return content(name, new ResourceOfLoader(requireNonNull(loader, "loader"), name));
  }

  /**
   * Returns the model with the content of a file.
   *
   * @param name the name of the model in messages; its extension, such as {@code .onnx}, says its
   *     format
   * @param content the bytes, which are copied
   */
  public static Model bytes(String name, byte[] content) {
    return content(name, new Bytes(content.clone()));
  }

  private static Model content(String name, Content content) {
    return new Model(
        requireNonNull(name, "name"), Optional.empty(), Optional.of(content), Declaration.none());
  }

  /**
   * Returns a copy with declared properties, in place of those that were declared before: for
   * foreign files that lack them where running them cannot show them. They replace the properties
   * of the file's metadata. A value that contradicts the network is refused when the model is
   * opened; a larger halo than needed is ignored.
   *
   * <pre>{@code
   * Model.file(path).declared(Declaration.none().scale(2).range(Range.BYTE))
   * }</pre>
   */
  public Model declared(Declaration declaration) {
    return new Model(name, file, content, requireNonNull(declaration, "declaration"));
  }

  /**
   * Returns the name of the model in messages: the embedded name, the path, or the name of the
   * resource or the bytes.
   */
  public String name() {
    return name;
  }

  /** Returns the file, if the model is one. */
  public Optional<Path> file() {
    return file;
  }

  /**
   * Returns the bytes of a model that is a resource, which is read, or a copy of those it was made
   * of.
   *
   * @throws ModelFormatException if there is no such resource, or it cannot be read
   */
  public Optional<byte[]> content() {
    return content.map(Content::read);
  }

  /** Returns whether the model is named only, and is in a jar on the class path. */
  public boolean isEmbedded() {
    return file.isEmpty() && content.isEmpty();
  }

  /** Returns the {@linkplain #declared declared} properties. */
  public Declaration declaration() {
    return declaration;
  }

  /** Returns whether the other object is a model of the same name, content and declaration. */
  @Override
  public boolean equals(Object other) {
    return other instanceof Model that
        && name.equals(that.name)
        && file.equals(that.file)
        && content.equals(that.content)
        && declaration.equals(that.declaration);
  }

  @Override
  public int hashCode() {
    return Objects.hash(name, file, declaration); // not the content, which may be long
  }

  @Override
  public String toString() {
    return name;
  }

  /** The origin of a model's bytes; equal origins give equal bytes. */
  private interface Content {
    byte[] read();
  }

  private static final class Bytes implements Content {

    private final byte[] bytes;

    Bytes(byte[] bytes) {
      this.bytes = bytes;
    }

    @Override
    public byte[] read() {
      return bytes.clone();
    }

    @Override
    public boolean equals(@Nullable Object other) {
      return other instanceof Bytes that && Arrays.equals(bytes, that.bytes);
    }

    @Override
    public int hashCode() {
      return bytes.length;
    }
  }

  private record ResourceOfClass(Class<?> owner, String name) implements Content {

    @Override
    public byte[] read() {
      try (InputStream in = owner.getResourceAsStream(name)) {
        return readResource(name, in, "beside " + owner.getName());
      } catch (IOException e) {
        throw unreadable(name, e);
      }
    }
  }

  private record ResourceOfLoader(ClassLoader loader, String name) implements Content {

    @Override
    public byte[] read() {
      try (InputStream in = loader.getResourceAsStream(name)) {
        return readResource(name, in, "in the class loader " + loader);
      } catch (IOException e) {
        throw unreadable(name, e);
      }
    }
  }

  private static byte[] readResource(String name, @Nullable InputStream in, String where)
      throws IOException {
    if (in == null) {
      throw new ModelFormatException(
          String.format(
              "%s: no such resource %s; if a named module has it, the module must open the package"
                  + " of the resource",
              name, where),
          null);
    }
    return in.readAllBytes();
  }

  private static ModelFormatException unreadable(String name, IOException cause) {
    return new ModelFormatException(name + ": the resource cannot be read", cause);
  }

  /** The images that a model was trained on, and is for. */
  public enum Purpose {
    /** Photographs, without noise or artefacts of compression. */
    PHOTO,
    /** Photographs with noise or artefacts of compression, which the model removes. */
    DEGRADED,
    /** Drawings, comics and diagrams. */
    ILLUSTRATION
  }

  /** The choice between the models of one scale and purpose. */
  public enum Quality {
    /** The model with the fewest multiply-accumulates. */
    FAST,
    /** The model with the highest PSNR on Set5. */
    BEST
  }

  /** The numbers in which a network computes. */
  public enum Precision {
    /** Floating-point numbers. */
    FLOAT,
    /** Whole numbers of 8 bits in most convolutions: faster on the CPU, for a little quality. */
    INT8
  }

  /**
   * A model card: the purpose of a model on the class path, its cost, its figures and its terms.
   * Immutable: setters return a copy.
   *
   * <p>M. Mitchell et al., <i>Model Cards for Model Reporting</i>, FAT* 2019.
   *
   * @param name the name by which {@link Upscaler.Builder#model(String)} opens it, such as {@code
   *     "fast-x2"}
   * @param scale the factor by which it multiplies the width and height of images
   * @param purpose the images that it is for
   * @param cost its size and the work that it does; empty if that is not told
   * @param figures its quality on sets of images
   * @param terms its licence and training data; empty if they are not told
   * @param int8 its {@linkplain Precision#INT8 int8} form; empty if it has none
   */
  public record Card(
      String name,
      int scale,
      Purpose purpose,
      Optional<Cost> cost,
      List<Figure> figures,
      Optional<Terms> terms,
      Optional<Int8> int8) {

    /**
     * The cost of a model.
     *
     * @param multiplyAccumulates for one enlarged image of 1280x720 pixels
     * @param parameters the number of values in its weights
     * @param bytes the length of its file
     */
    public record Cost(long multiplyAccumulates, long parameters, long bytes) {}

    /**
     * The quality of a model on a set of images, by the protocol of the papers: on luma, rounded to
     * 8 bits, without a border of {@code scale} pixels.
     *
     * @param images the set, such as {@code "Set5"}
     * @param psnr the mean peak signal-to-noise ratio in dB
     * @param ssim the mean structural similarity
     */
    public record Figure(String images, double psnr, double ssim) {

      /** Checks that the set is named. */
      public Figure {
        requireNonNull(images, "images");
      }
    }

    /**
     * The terms of a model.
     *
     * @param license of the weights, such as {@code "Apache-2.0"}
     * @param trainingData the images that it was trained on, with their terms
     */
    public record Terms(String license, String trainingData) {

      /** Checks that both are there. */
      public Terms {
        requireNonNull(license, "license");
        requireNonNull(trainingData, "trainingData");
      }
    }

    /**
     * The int8 form of a model, which {@link Upscaler.Builder#precision} opens in its place.
     *
     * @param name the name by which {@link Upscaler.Builder#model(String)} opens it, too, such as
     *     {@code "fast-x2-int8"}
     * @param bytes the length of its file
     * @param figures its quality on sets of images
     */
    public record Int8(String name, long bytes, List<Figure> figures) {

      /**
       * Copies the figures.
       *
       * @throws IllegalArgumentException if the name is blank
       */
      public Int8 {
        checkArgument(!name.isBlank(), "name must not be blank");
        figures = List.copyOf(figures);
      }
    }

    /**
     * Copies the figures.
     *
     * @throws IllegalArgumentException if the name is blank, or {@code scale} is not within 1 to 16
     */
    public Card {
      checkArgument(!name.isBlank(), "name must not be blank");
      checkArgument(scale >= 1 && scale <= 16, "scale must be within 1 to 16, but was %s", scale);
      requireNonNull(purpose, "purpose");
      requireNonNull(cost, "cost");
      figures = List.copyOf(figures);
      requireNonNull(terms, "terms");
      requireNonNull(int8, "int8");
    }

    /**
     * Returns a card of which only name and scale are told; the purpose is {@link Purpose#PHOTO}.
     */
    public static Card of(String name, int scale) {
      return new Card(
          name,
          scale,
          Purpose.PHOTO,
          Optional.empty(),
          List.of(),
          Optional.empty(),
          Optional.empty());
    }

    /** Sets the purpose. */
    public Card purpose(Purpose purpose) {
      return new Card(name, scale, purpose, cost, figures, terms, int8);
    }

    /** Sets the cost. */
    public Card cost(Cost cost) {
      return new Card(name, scale, purpose, Optional.of(cost), figures, terms, int8);
    }

    /** Sets the figures. */
    public Card figures(Figure... figures) {
      return new Card(name, scale, purpose, cost, List.of(figures), terms, int8);
    }

    /** Sets the terms. */
    public Card terms(Terms terms) {
      return new Card(name, scale, purpose, cost, figures, Optional.of(terms), int8);
    }

    /** Sets the int8 form. */
    public Card int8(Int8 int8) {
      return new Card(name, scale, purpose, cost, figures, terms, Optional.of(int8));
    }
  }

  /**
   * The models of a jar, which programs open by their names. The jar needs no backend of its own.
   *
   * <p>Providers are found with {@link java.util.ServiceLoader}. An implementation needs a public
   * no-argument constructor that is cheap. Implementations are stateless and safe for use by
   * multiple threads.
   */
  public interface Provider {

    /** Returns the name by which messages call this provider; unique, such as that of the jar. */
    String name();

    /** Returns the cards of the models; the names are unique on the class path. */
    List<Card> cards();

    /**
     * Returns a model, such as {@code Model.resource(getClass(), name + ".onnx")}, with the
     * declaration that it needs. The extension of its name says its format.
     *
     * @param name the name on one of {@link #cards}, or of its {@linkplain Card#int8 int8 form}
     */
    Model model(String name);
  }

  /**
   * The properties that a program declares about a model, as a file's metadata can;
   * docs/model-format.md explains them. Immutable: setters return a copy. Equal if all properties
   * are.
   */
  public static final class Declaration {

    /** The channels of a network's input and output. */
    public enum Color {
      /** One channel, Y of BT.601 in 16..235, divided by 255. */
      LUMA,
      /** Red, green and blue. */
      RGB,
      /** Blue, green and red. */
      BGR;

      /** Returns the number of channels. */
      public int channels() {
        return this == LUMA ? 1 : 3;
      }

      /** Returns the text of docs/model-format.md. */
      @Override
      public String toString() {
        return Ascii.toLowerCase(name());
      }
    }

    /** The order of a tensor's dimensions. */
    public enum Layout {
      /** Batch, channels, rows, columns. */
      NCHW,
      /** Batch, rows, columns, channels. */
      NHWC;

      /** Returns the text of docs/model-format.md. */
      @Override
      public String toString() {
        return Ascii.toLowerCase(name());
      }
    }

    /** The enlargement of an image before the network. */
    public enum Preupscale {
      /** The network gets the low-resolution image. */
      NONE,
      /** The network gets the image enlarged bicubically by the scale, as SRCNN and VDSR do. */
      BICUBIC;

      /** Returns the text of docs/model-format.md. */
      @Override
      public String toString() {
        return Ascii.toLowerCase(name());
      }
    }

    /** The samples that stand for black and white. */
    public enum Range {
      /** From 0 to 1. */
      ONE("1", 0, 1),
      /** From 0 to 255. */
      BYTE("255", 0, 255),
      /** From -1 to 1. */
      SIGNED("-1..1", -1, 1);

      private final String text;
      private final float black;
      private final float white;

      Range(String text, float black, float white) {
        this.text = text;
        this.black = black;
        this.white = white;
      }

      /** Returns the sample of black. */
      public float black() {
        return black;
      }

      /** Returns the sample of white. */
      public float white() {
        return white;
      }

      /** Returns the text of docs/model-format.md. */
      @Override
      public String toString() {
        return text;
      }
    }

    private record Ranges(Range input, Range output) {
      @Override
      public String toString() {
        return input == output ? input.toString() : input + "/" + output;
      }
    }

    private static final String SCALE = "scale";
    private static final String COLOR = "color";
    private static final String RANGE = "range";
    private static final String LAYOUT = "layout";
    private static final String PREUPSCALE = "preupscale";
    private static final String HALO = "halo";
    private static final String ALIGNMENT = "alignment";
    private static final List<String> KEYS =
        List.of(SCALE, PREUPSCALE, COLOR, LAYOUT, RANGE, HALO, ALIGNMENT);

    private static final int MAX_SCALE = 16;
    private static final int MAX_HALO = 1 << 16;
    private static final int MAX_ALIGNMENT = 128;

    private static final Declaration NONE = new Declaration(ImmutableSortedMap.of());

    private final ImmutableSortedMap<String, Object> values;

    private Declaration(ImmutableSortedMap<String, Object> values) {
      this.values = values;
    }

    private Declaration put(String key, Object value) {
      SortedMap<String, Object> all = new TreeMap<>(values);
      all.put(key, requireNonNull(value, key));
      return new Declaration(ImmutableSortedMap.copyOfSorted(all));
    }

    /** Returns the declaration of no property. */
    public static Declaration none() {
      return NONE;
    }

    /**
     * Returns the keys of all properties that can be declared, in the order of the documentation.
     */
    public static List<String> keys() {
      return KEYS;
    }

    /**
     * Declares the factor by which images become wider and higher.
     *
     * @throws IllegalArgumentException if {@code scale} is not within 1 to 16
     */
    public Declaration scale(int scale) {
      return whole(SCALE, scale, 1, MAX_SCALE);
    }

    /** Declares the channels of the network. */
    public Declaration color(Color color) {
      return put(COLOR, color);
    }

    /** Declares the range of the samples that the network takes and returns. */
    public Declaration range(Range range) {
      return range(range, range);
    }

    /** Declares the ranges of the samples that the network takes and of those that it returns. */
    public Declaration range(Range input, Range output) {
      return put(
          RANGE, new Ranges(requireNonNull(input, "input"), requireNonNull(output, "output")));
    }

    /** Declares the order of the dimensions of the network's input. */
    public Declaration layout(Layout layout) {
      return put(LAYOUT, layout);
    }

    /** Declares whether images are enlarged before the network. */
    public Declaration preupscale(Preupscale preupscale) {
      return put(PREUPSCALE, preupscale);
    }

    /**
     * Declares the radius of the receptive field, in pixels of the network's input.
     *
     * @throws IllegalArgumentException if {@code halo} is not within 0 to 65536
     */
    public Declaration halo(int halo) {
      return whole(HALO, halo, 0, MAX_HALO);
    }

    /**
     * Declares the alignment, of which a block's width and height must be multiples.
     *
     * @throws IllegalArgumentException if {@code alignment} is not within 1 to 128
     */
    public Declaration alignment(int alignment) {
      return whole(ALIGNMENT, alignment, 1, MAX_ALIGNMENT);
    }

    /**
     * Declares a property by its text.
     *
     * @param key one of {@link #keys}
     * @param text a value of the key, as docs/model-format.md writes it
     * @throws IllegalArgumentException if there is no such key or value; the message begins with
     *     the key
     */
    public Declaration with(String key, String text) {
      return switch (key) {
        case SCALE -> whole(SCALE, text, 1, MAX_SCALE);
        case COLOR -> put(COLOR, choice(COLOR, text, Color.values()));
        case RANGE -> put(RANGE, ranges(text));
        case LAYOUT -> put(LAYOUT, choice(LAYOUT, text, Layout.values()));
        case PREUPSCALE -> put(PREUPSCALE, choice(PREUPSCALE, text, Preupscale.values()));
        case HALO -> whole(HALO, text, 0, MAX_HALO);
        case ALIGNMENT -> whole(ALIGNMENT, text, 1, MAX_ALIGNMENT);
        default ->
            throw new IllegalArgumentException(
                String.format(
                    "key must be one of %s, but was \"%s\"", String.join(", ", KEYS), key));
      };
    }

    /** Returns the declared scale. */
    public OptionalInt scale() {
      return whole(SCALE);
    }

    /** Returns the declared channels. */
    public Optional<Color> color() {
      return Optional.ofNullable((Color) values.get(COLOR));
    }

    /** Returns the declared range of the samples that the network takes. */
    public Optional<Range> inputRange() {
      return ranges().map(Ranges::input);
    }

    /** Returns the declared range of the samples that the network returns. */
    public Optional<Range> outputRange() {
      return ranges().map(Ranges::output);
    }

    /** Returns the declared order of dimensions. */
    public Optional<Layout> layout() {
      return Optional.ofNullable((Layout) values.get(LAYOUT));
    }

    /** Returns the declared enlargement before the network. */
    public Optional<Preupscale> preupscale() {
      return Optional.ofNullable((Preupscale) values.get(PREUPSCALE));
    }

    /** Returns the declared halo. */
    public OptionalInt halo() {
      return whole(HALO);
    }

    /** Returns the declared alignment. */
    public OptionalInt alignment() {
      return whole(ALIGNMENT);
    }

    /** Returns the texts of the declared properties, by key. */
    public SortedMap<String, String> texts() {
      return ImmutableSortedMap.copyOf(Maps.transformValues(values, Object::toString));
    }

    private Optional<Ranges> ranges() {
      return Optional.ofNullable((Ranges) values.get(RANGE));
    }

    private OptionalInt whole(String key) {
      Integer value = (Integer) values.get(key);
      return value == null ? OptionalInt.empty() : OptionalInt.of(value);
    }

    private Declaration whole(String key, int value, int min, int max) {
      checkArgument(
          value >= min && value <= max,
          "%s must be within %s to %s, but was %s",
          key,
          min,
          max,
          value);
      return put(key, value);
    }

    private Declaration whole(String key, String text, int min, int max) {
      int value = text.matches("\\d{1,6}") ? Integer.parseInt(text) : -1;
      if (value < min || value > max) {
        throw wrong(key, "a whole number within " + min + " to " + max, text);
      }
      return put(key, value);
    }

    private static <T> T choice(String key, String text, T[] choices) {
      return find(text, choices)
          .orElseThrow(
              () -> {
                List<String> all = Arrays.stream(choices).map(String::valueOf).toList();
                int last = all.size() - 1;
                return wrong(
                    key, String.join(", ", all.subList(0, last)) + " or " + all.get(last), text);
              });
    }

    private static <T> Optional<T> find(String text, T[] choices) {
      return Arrays.stream(choices).filter(choice -> choice.toString().equals(text)).findFirst();
    }

    /** Reads one range, or two with a slash between them, that of the input first. */
    private static Ranges ranges(String text) {
      int slash = text.indexOf('/');
      Optional<Range> input = find(slash < 0 ? text : text.substring(0, slash), Range.values());
      Optional<Range> output = find(text.substring(slash + 1), Range.values());
      if (input.isEmpty() || output.isEmpty()) {
        throw wrong(RANGE, "1, 255 or -1..1, or two of them as input/output", text);
      }
      return new Ranges(input.get(), output.get());
    }

    private static IllegalArgumentException wrong(String key, String expected, String text) {
      return new IllegalArgumentException(
          String.format("%s must be %s, but was \"%s\"", key, expected, text));
    }

    @Override
    public boolean equals(@Nullable Object other) {
      return other instanceof Declaration that && values.equals(that.values);
    }

    @Override
    public int hashCode() {
      return values.hashCode();
    }

    /** Returns the texts of the properties, such as {@code range=255, scale=2}. */
    @Override
    public String toString() {
      return texts().entrySet().stream().map(Map.Entry::toString).collect(Collectors.joining(", "));
    }
  }
}
