// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.testkit.graph;

import io.github.sr4j.networks.graph.AxisRule.Extension;
import io.github.sr4j.networks.graph.GraphBuilder;
import io.github.sr4j.networks.graph.Node;
import io.github.sr4j.networks.graph.Operator;
import io.github.sr4j.networks.graph.Parameter;
import io.github.sr4j.networks.graph.Shape;
import io.github.sr4j.networks.graph.Tensor;
import io.github.sr4j.networks.operators.Binary;
import io.github.sr4j.networks.operators.Concatenate;
import io.github.sr4j.networks.operators.GramMatrix;
import io.github.sr4j.networks.operators.LeakyRelu;
import io.github.sr4j.networks.operators.MatrixProduct;
import io.github.sr4j.networks.operators.Normalize;
import io.github.sr4j.networks.operators.Permute;
import io.github.sr4j.networks.operators.Prelu;
import io.github.sr4j.networks.operators.Reduce;
import io.github.sr4j.networks.operators.Reshape;
import io.github.sr4j.networks.operators.Slice;
import io.github.sr4j.networks.operators.Softmax;
import io.github.sr4j.networks.operators.Unary;
import io.github.sr4j.networks.operators.WithNumber;
import io.github.sr4j.networks.operators.spatial.CollapsedKernel;
import io.github.sr4j.networks.operators.spatial.Convolve;
import io.github.sr4j.networks.operators.spatial.ConvolveTransposed;
import io.github.sr4j.networks.operators.spatial.Pad;
import io.github.sr4j.networks.operators.spatial.PixelShuffle;
import io.github.sr4j.networks.operators.spatial.PixelUnshuffle;
import io.github.sr4j.networks.operators.spatial.Pool;
import io.github.sr4j.networks.operators.spatial.Resize;
import io.github.sr4j.networks.operators.spatial.ResizeTo;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.UnaryOperator;

/**
 * The operators, each at odd and unequal sizes and with all of its settings: graphs from images to
 * images, so that they can be written as ONNX, too. An operator on other arrays stands between
 * changes of shape.
 */
final class OperatorCases {

  /**
   * A graph of one operator.
   *
   * @param operator the one that the case is for; others of the graph lead to it and from it
   */
  record Case(Operator operator, GraphCase graph) {

    @Override
    public String toString() {
      return graph.name();
    }
  }

  private static final Shape IMAGES = Shape.of(2, 3, 7, 5);

  private static final List<Case> ALL = build();

  private final List<Case> cases = new ArrayList<>();

  private OperatorCases() {}

  /** Returns all cases, in an order that is always the same. */
  static List<Case> all() {
    return ALL;
  }

  private static List<Case> build() {
    OperatorCases all = new OperatorCases();
    all.addConvolutions();
    all.addTransposedConvolutions();
    all.addArithmetic();
    all.addActivations();
    all.addNormalizations();
    all.addRearrangements();
    all.addResizing();
    all.addPartsAndSums();
    all.addMatrices();
    return List.copyOf(all.cases);
  }

  /** A graph in the making, with its arrays. */
  private static final class Draft {

    private final GraphBuilder graph = new GraphBuilder();
    private final Map<String, Tensor> arrays = new LinkedHashMap<>();

    /** Adds an input of images, of any number and size. */
    Node images(Shape shape) {
      return images("images", Values.SIGNED, shape);
    }

    Node images(String name, Values values, Shape shape) {
      arrays.put(name, values.draw(shape, name.hashCode()));
      return graph.input(name, Shape.ofImages(shape.length(1)));
    }

    Node weights(String name, long... shape) {
      return weights(name, Values.SMALL, Parameter.Role.TRAINED, shape);
    }

    Node weights(String name, Values values, Parameter.Role role, long... shape) {
      arrays.put(name, values.draw(Shape.of(shape), name.hashCode()));
      return graph.weights(
          new Parameter(
              name, Shape.of(shape), new Parameter.Initial.Constant(0), role, /* shuffle= */ 1));
    }

    Node constant(long... shape) {
      return graph.constant(Values.SMALL.draw(Shape.of(shape), 5));
    }
  }

  /** Adds a case that a function builds in a draft: it returns the output. */
  private void add(String name, Operator operator, Function<Draft, Node> build) {
    Draft draft = new Draft();
    Node output = build.apply(draft);
    cases.add(new Case(operator, GraphCase.of(name, draft.graph.build(output), draft.arrays)));
  }

  /** Adds a case of an operator on the usual images alone. */
  private void add(String name, Operator operator) {
    add(name, operator, IMAGES);
  }

  private void add(String name, Operator operator, Shape images) {
    add(name, operator, Values.SIGNED, images);
  }

  private void add(String name, Operator operator, Values values, Shape images) {
    add(name, operator, draft -> draft.graph.add(operator, draft.images("images", values, images)));
  }

  private void addConvolutions() {
    add("of one pixel", Convolve.of(1, 1, 0), IMAGES, 4);
    add("3x3", Convolve.of(3, 1, 1), IMAGES, 4);
    add("3x3 of one channel to one", Convolve.of(3, 1, 1), Shape.of(2, 1, 7, 5), 1);
    add("3x3 of one image", Convolve.of(3, 1, 1), IMAGES.with(0, 1), 2);
    add("3x3 of images of one pixel", Convolve.of(3, 1, 1), Shape.of(2, 3, 1, 1), 2);
    add("3x3 of one column", Convolve.of(3, 1, 1), Shape.of(2, 3, 7, 1), 2);
    add("3x3 unpadded", Convolve.of(3, 1, 0), IMAGES, 4);
    add("3x3 padded twice as far", Convolve.of(3, 1, 2), IMAGES, 2);
    add("3x3 padded beyond the kernel", Convolve.of(3, 1, 4), IMAGES, 2);
    add("5x3", new Convolve(5, 3, 1, 1, 1, 2, 1), IMAGES, 4);
    add("1x5", new Convolve(1, 5, 1, 1, 1, 0, 2), IMAGES, 2);
    add("5x1 unpadded", new Convolve(5, 1, 1, 1, 1, 0, 0), IMAGES, 2);
    add("as large as the image", new Convolve(7, 5, 1, 1, 1, 0, 0), IMAGES, 4);
    add("padded on two sides", new Convolve(3, 3, 1, 1, 1, 1, 0), IMAGES, 2);
    add("3x3, stride 2", Convolve.of(3, 2, 1), IMAGES, 4);
    add("3x3, stride 2, of even sides", Convolve.of(3, 2, 1), Shape.of(2, 3, 8, 6), 4);
    add("3x3, stride 2, of even and odd", Convolve.of(3, 2, 1), Shape.of(2, 3, 8, 5), 4);
    add("3x3, stride 2, unpadded", Convolve.of(3, 2, 0), Shape.of(2, 3, 8, 5), 2);
    add("4x4, stride 2", Convolve.of(4, 2, 1), IMAGES, 2);
    add("2x2, stride 3", Convolve.of(2, 3, 0), IMAGES, 2);
    add("1x1, stride 2", Convolve.of(1, 2, 0), IMAGES, 2);
    add("5x5, stride 3, padded by 1", Convolve.of(5, 3, 1), IMAGES, 2);
    add("3x3, dilation 2", new Convolve(3, 3, 1, 2, 1, 2, 2), IMAGES, 4);
    add("3x3, dilation 2, unpadded", new Convolve(3, 3, 1, 2, 1, 0, 0), IMAGES, 2);
    add("3x3, dilation 3, padded by 1 and 3", new Convolve(3, 3, 1, 3, 1, 1, 3), IMAGES, 2);
    add("3x3, stride 2, dilation 2", new Convolve(3, 3, 2, 2, 1, 2, 2), IMAGES, 2);
    add("3x3, 2 groups", new Convolve(3, 3, 1, 1, 2, 1, 1), IMAGES.with(1, 4), 6);
    add("1x1, 3 groups", new Convolve(1, 1, 1, 1, 3, 0, 0), IMAGES.with(1, 6), 3);
    add("3x3, 2 groups, stride 2", new Convolve(3, 3, 2, 1, 2, 1, 1), IMAGES.with(1, 6), 4);
    add("3x3, 2 groups, dilation 2", new Convolve(3, 3, 1, 2, 2, 2, 2), IMAGES.with(1, 4), 2);
    add("depthwise 3x3", new Convolve(3, 3, 1, 1, 3, 1, 1), IMAGES, 3);
    add("depthwise 5x3", new Convolve(5, 3, 1, 1, 3, 2, 1), IMAGES, 3);
    add("depthwise 1x1", new Convolve(1, 1, 1, 1, 3, 0, 0), IMAGES, 3);
    add("depthwise 3x3, stride 2", new Convolve(3, 3, 2, 1, 3, 1, 1), IMAGES, 3);
    add("depthwise 3x3, dilation 2", new Convolve(3, 3, 1, 2, 3, 2, 2), IMAGES, 3);
    add("depthwise 3x3, twice the channels", new Convolve(3, 3, 1, 1, 3, 1, 1), IMAGES, 6);

    Convolve three = Convolve.of(3, 1, 1);
    add(
        "conv2d of constant kernels",
        three,
        draft ->
            draft.graph.add(
                three, draft.images(IMAGES), draft.constant(2, 3, 3, 3), draft.constant(2)));
    add(
        "conv2d twice with the same weights",
        three,
        draft -> {
          Node kernels = draft.weights("kernels", 3, 3, 3, 3);
          Node bias = draft.weights("bias", 3);
          Node once = draft.graph.add(three, draft.images(IMAGES), kernels, bias);
          return draft.graph.add(three, once, kernels, bias);
        });
    addCollapsed("conv2d of a collapsed kernel", false, 4);
    addCollapsed("conv2d of a collapsed kernel with the identity", true, 3);
  }

  private void addCollapsed(String name, boolean hasIdentity, int features) {
    CollapsedKernel collapsed = new CollapsedKernel(hasIdentity);
    add(
        name,
        collapsed,
        draft -> {
          Node first = draft.weights("expand", 5, 3, 5, 3);
          Node second = draft.weights("project", features, 5, 1, 1);
          Node kernels = draft.graph.add(collapsed, first, second);
          return draft.graph.add(new Convolve(5, 3, 1, 1, 1, 2, 1), draft.images(IMAGES), kernels);
        });
  }

  /** Adds two cases: without and with a bias. */
  private void add(String name, Convolve operator, Shape images, int features) {
    long[] kernels = {
      features, images.length(1) / operator.groups(), operator.height(), operator.width()
    };
    addWithAndWithoutBias("conv2d " + name, operator, images, kernels, features);
  }

  private void addTransposedConvolutions() {
    int[][] kernelsAndStrides = {{1, 1}, {3, 1}, {4, 1}, {2, 2}, {3, 2}, {4, 2}, {5, 2}, {9, 2}};
    for (int[] settings : kernelsAndStrides) {
      addTransposed(settings[0], settings[1], IMAGES);
    }
    addTransposed(3, 3, IMAGES);
    addTransposed(9, 3, IMAGES);
    addTransposed(9, 4, IMAGES.with(0, 1));
    addTransposed(3, 2, Shape.of(2, 3, 1, 1));
    addTransposed(4, 2, Shape.of(2, 1, 7, 1));
  }

  private void addTransposed(int kernel, int stride, Shape images) {
    String name =
        "deconv2d " + kernel + "x" + kernel + ", stride " + stride + ", of images " + images;
    long[] kernels = {images.length(1), 2, kernel, kernel};
    addWithAndWithoutBias(name, new ConvolveTransposed(kernel, stride), images, kernels, 2);
  }

  private void addWithAndWithoutBias(
      String name, Operator operator, Shape images, long[] kernels, int features) {
    add(
        name,
        operator,
        draft ->
            draft.graph.add(operator, draft.images(images), draft.weights("kernels", kernels)));
    add(
        name + ", with a bias",
        operator,
        draft ->
            draft.graph.add(
                operator,
                draft.images(images),
                draft.weights("kernels", kernels),
                draft.weights("bias", features)));
  }

  private void addArithmetic() {
    for (Binary operator : Binary.values()) {
      addBinary("of images", operator, draft -> draft.images("other", Values.POSITIVE, IMAGES));
      addBinary(
          "of images of one channel",
          operator,
          draft -> draft.images("other", Values.POSITIVE, IMAGES.with(1, 1)));
      addBinary(
          "of images and one pixel for each",
          operator,
          draft ->
              draft.graph.add(Reduce.mean(2, 3), draft.images("other", Values.POSITIVE, IMAGES)));
      addBinary(
          "of images and one sample for each",
          operator,
          draft ->
              draft.graph.add(
                  Reduce.mean(1, 2, 3), draft.images("other", Values.POSITIVE, IMAGES)));
      addBinary("of images and one pixel for all", operator, draft -> positive(draft, 1, 3, 1, 1));
      addBinary("of images and one image", operator, draft -> positive(draft, 1, 3, 7, 5));
      addBinary("of images and rows", operator, draft -> positive(draft, 1, 1, 7, 1));
      addBinary("of images and columns", operator, draft -> positive(draft, 5));
      addBinary("of images and planes", operator, draft -> positive(draft, 7, 5));
      addBinary("of images and channels", operator, draft -> positive(draft, 3, 1, 1));
      addBinary("of images and a scalar", operator, draft -> positive(draft));
      add(
          operator.id() + " of rows and columns",
          operator,
          draft ->
              draft.graph.add(
                  operator,
                  draft.graph.add(Reduce.mean(3), draft.images("left", Values.POSITIVE, IMAGES)),
                  draft.graph.add(
                      Reduce.mean(1, 2), draft.images("right", Values.POSITIVE, IMAGES))));
      add(
          operator.id() + " of images and themselves",
          operator,
          draft -> {
            Node images = draft.images(IMAGES);
            return draft.graph.add(operator, images, images);
          });
    }
    for (double number : new double[] {-1.5, 0, 3}) {
      add("plus " + number, new WithNumber(WithNumber.Kind.ADD, number));
      add("times " + number, new WithNumber(WithNumber.Kind.MULTIPLY, number));
      add("at least " + number, new WithNumber(WithNumber.Kind.MAX, Math.rint(number)));
    }
    for (double exponent : new double[] {0.5, 2, 3, -1, -0.4, 0.0448}) {
      WithNumber power = new WithNumber(WithNumber.Kind.POWER, exponent);
      add("to the power of " + exponent, power, Values.POSITIVE, IMAGES);
    }
    WithNumber square = new WithNumber(WithNumber.Kind.POWER, 2);
    add("to the power of 2, of either sign", square, IMAGES);
  }

  private static Node positive(Draft draft, long... shape) {
    return draft.weights("other", Values.POSITIVE, Parameter.Role.TRAINED, shape);
  }

  /** Adds two cases: the other operand second, and first. */
  private void addBinary(String name, Binary operator, Function<Draft, Node> other) {
    add(
        operator.id() + " " + name,
        operator,
        draft -> draft.graph.add(operator, positiveImages(draft), other.apply(draft)));
    add(
        operator.id() + " " + name + ", exchanged",
        operator,
        draft -> draft.graph.add(operator, other.apply(draft), positiveImages(draft)));
  }

  private static Node positiveImages(Draft draft) {
    return draft.images("images", Values.POSITIVE, IMAGES);
  }

  private void addActivations() {
    for (Unary operator : Unary.values()) {
      boolean isOfPositive = operator == Unary.LOG || operator == Unary.SQRT;
      Values values = isOfPositive ? Values.POSITIVE : Values.SIGNED;
      add(operator.id(), operator, values, IMAGES);
      add(operator.id() + " of one sample", operator, values, Shape.of(1, 1, 1, 1));
    }
    add("leaky_relu 0.2", new LeakyRelu(0.2));
    add("leaky_relu 0", new LeakyRelu(0));
    add("leaky_relu -0.5", new LeakyRelu(-0.5));
    add("leaky_relu 1.5", new LeakyRelu(1.5));
    for (Shape images : List.of(IMAGES, IMAGES.with(1, 1), IMAGES.with(1, 5))) {
      Prelu prelu = new Prelu();
      add(
          "prelu of images " + images,
          prelu,
          draft ->
              draft.graph.add(
                  prelu, draft.images(images), draft.weights("slopes", images.length(1))));
    }
    Softmax softmax = new Softmax();
    add("softmax along columns", softmax);
    add("softmax of one column", softmax, IMAGES.with(3, 1));
    addBetween("softmax along channels", softmax, Permute.to(0, 2, 3, 1), Permute.to(0, 3, 1, 2));
    addBetween("softmax along pixels", softmax, Reshape.to(0, 3, -1), Reshape.to(0, 3, -1, 1));
  }

  /** Adds a case of an operator on the usual images after one change, and before another. */
  private void addBetween(String name, Operator operator, Operator before, Operator after) {
    add(
        name,
        operator,
        draft ->
            draft.graph.add(
                after, draft.graph.add(operator, draft.graph.add(before, draft.images(IMAGES)))));
  }

  private void addNormalizations() {
    // Epsilons so large that another one is noticed.
    for (Shape images : List.of(IMAGES, IMAGES.with(1, 1), IMAGES.with(0, 1), IMAGES.with(3, 1))) {
      addNormalization("of images " + images, new Normalize.Instance(0.1), images);
      addNormalization("of images " + images, new Normalize.Layer(0.1), images);
      for (boolean isTraining : new boolean[] {false, true}) {
        Normalize.Batch batch = new Normalize.Batch(0.1, isTraining);
        add(
            "batch_norm" + (isTraining ? " in training" : "") + " of images " + images,
            batch,
            draft -> batchNormalized(draft, batch, draft.images(images)));
      }
    }
    for (boolean isTraining : new boolean[] {false, true}) {
      Normalize.Batch batch = new Normalize.Batch(0.1, isTraining);
      add(
          "batch_norm" + (isTraining ? " in training" : "") + " of a convolution",
          batch,
          draft -> {
            Node kernels = draft.weights("kernels", 4, 3, 3, 3);
            Node convolved = draft.graph.add(Convolve.of(3, 1, 1), draft.images(IMAGES), kernels);
            return batchNormalized(draft, batch, convolved);
          });
      add(
          "batch_norm" + (isTraining ? " in training" : "") + " of a transposed convolution",
          batch,
          draft -> {
            Node kernels = draft.weights("kernels", 3, 4, 3, 3);
            Operator transposed = new ConvolveTransposed(3, 2);
            Node convolved =
                draft.graph.add(
                    transposed, draft.images(IMAGES), kernels, draft.weights("inner", 4));
            return batchNormalized(draft, batch, convolved);
          });
    }
  }

  private void addNormalization(String name, Normalize operator, Shape images) {
    long channels = images.length(1);
    add(
        operator.id() + " " + name,
        operator,
        draft ->
            draft.graph.add(
                operator,
                draft.images(images),
                draft.weights("weight", channels),
                draft.weights("bias", channels)));
  }

  private static Node batchNormalized(Draft draft, Normalize.Batch operator, Node images) {
    long channels = images.shape().length(1);
    Parameter.Role statistic = Parameter.Role.STATISTIC;
    return draft.graph.add(
        operator,
        images,
        draft.weights("weight", channels),
        draft.weights("bias", channels),
        draft.weights("mean", Values.SMALL, statistic, channels),
        draft.weights("variance", Values.POSITIVE, statistic, channels));
  }

  private void addRearrangements() {
    for (int block = 1; block <= 3; block++) {
      Shape deep = Shape.of(2, 3L * block * block, 5, 3);
      add("pixel_shuffle " + block, new PixelShuffle(block), deep);
      Shape large = Shape.of(2, 3, 5L * block, 3L * block);
      add("pixel_unshuffle " + block, new PixelUnshuffle(block, 3), large);
    }
    add("pixel_shuffle 2 to one channel", new PixelShuffle(2), Shape.of(2, 4, 7, 5));
    add("pixel_shuffle 4 of one pixel", new PixelShuffle(4), Shape.of(1, 32, 1, 1));
    add("pixel_unshuffle 2 of one channel", new PixelUnshuffle(2, 1), Shape.of(2, 1, 6, 4));
    add("permute to 0, 1, 3, 2", Permute.to(0, 1, 3, 2));
    add("permute to 0, 1, 2, 3", Permute.to(0, 1, 2, 3));
    UnaryOperator<String> name = order -> "permute to " + order + " and back";
    Softmax between = new Softmax(); // so that the two are not one that does nothing
    addPermute(name.apply("0, 2, 3, 1"), Permute.to(0, 2, 3, 1), between, Permute.to(0, 3, 1, 2));
    addPermute(name.apply("2, 0, 3, 1"), Permute.to(2, 0, 3, 1), between, Permute.to(1, 3, 0, 2));
    addPermute(name.apply("1, 0, 2, 3"), Permute.to(1, 0, 2, 3), between, Permute.to(1, 0, 2, 3));
    add("reshape to 0, 3, -1, 1", Reshape.to(0, 3, -1, 1));
    add("reshape to 0, 3, 1, -1", Reshape.to(0, 3, 1, -1));
    add("reshape to -1, 105, 1, 1", Reshape.to(-1, 105, 1, 1));
    add("reshape to 7, 6, 1, 5", Reshape.to(7, 6, 1, 5));
    add("reshape to 0, 5, 7, 3", Reshape.to(0, 5, 7, 3));
    Reshape flat = Reshape.to(6, -1);
    add(
        "reshape to 6, -1 and back",
        flat,
        draft ->
            draft.graph.add(Reshape.to(2, 3, 7, 5), draft.graph.add(flat, draft.images(IMAGES))));
  }

  private void addPermute(String name, Permute there, Operator between, Permute back) {
    add(
        name,
        there,
        draft ->
            draft.graph.add(
                back, draft.graph.add(between, draft.graph.add(there, draft.images(IMAGES)))));
  }

  private void addResizing() {
    for (Resize.Kind kind : Resize.Kind.values()) {
      for (int scale = 1; scale <= 4; scale++) {
        Resize resize = new Resize(kind, scale);
        add(resize.id() + " " + scale, resize);
        add(resize.id() + " " + scale + " of one pixel", resize, Shape.of(2, 3, 1, 1));
        add(resize.id() + " " + scale + " of one row", resize, Shape.of(1, 1, 1, 5));
      }
    }
    int[][] sizes = {{7, 5}, {3, 2}, {1, 1}, {14, 10}, {9, 13}, {1, 17}};
    for (int[] size : sizes) {
      ResizeTo resize = new ResizeTo();
      Shape like = Shape.of(2, 1, size[0], size[1]);
      add(
          resize.id() + " " + size[0] + "x" + size[1],
          resize,
          draft ->
              draft.graph.add(
                  resize, draft.images(IMAGES), draft.images("like", Values.SIGNED, like)));
    }
    add(
        "resize_to, of one pixel",
        new ResizeTo(),
        draft ->
            draft.graph.add(
                new ResizeTo(), draft.images(Shape.of(2, 3, 1, 1)), positive(draft, 1, 1, 4, 3)));
    int[][] kernelsAndStrides = {{1, 1}, {1, 2}, {2, 1}, {2, 2}, {2, 3}, {3, 1}, {3, 2}, {5, 4}};
    for (Pool.Kind kind : Pool.Kind.values()) {
      for (int[] settings : kernelsAndStrides) {
        Pool pool = new Pool(kind, settings[0], settings[1]);
        add(pool.id() + " " + settings[0] + ", stride " + settings[1], pool);
      }
      Pool pool = new Pool(kind, 2, 2);
      add(pool.id() + " 2, stride 2, of even sides", pool, Shape.of(2, 3, 8, 6));
    }
    for (Extension extension : Extension.values()) {
      for (int pixels : new int[] {0, 1, 2, 4}) {
        add("pad by " + pixels + ", " + extension, new Pad(extension, pixels));
      }
    }
    add("pad by 9, CONSTANT", new Pad(Extension.CONSTANT, 9));
    add("pad by 9, EDGE", new Pad(Extension.EDGE, 9));
    add("pad of one pixel, EDGE", new Pad(Extension.EDGE, 2), Shape.of(2, 3, 1, 1));
  }

  private void addPartsAndSums() {
    for (int axis = 0; axis < 4; axis++) {
      Concatenate concatenate = new Concatenate(axis);
      int along = axis;
      // Parts of one image, so that all have the sizes that they must have in common.
      addConcatenation(
          concatenate,
          (draft, images) -> {
            Node first = draft.graph.add(new Slice(along, 0, 1), images);
            Node last = draft.graph.add(new Slice(along, -1, Slice.END), images);
            return List.of(last, images, first, images);
          });
    }
    addConcatenation(new Concatenate(1), (draft, images) -> List.of(images));
    addConcatenation(
        new Concatenate(1),
        (draft, images) ->
            List.of(
                images,
                draft.images("one", Values.SMALL, IMAGES.with(1, 1)),
                draft.images("four", Values.SMALL, IMAGES.with(1, 4))));
    add("slice of the first channel", new Slice(1, 0, 1));
    add("slice of channels 1 to 2", new Slice(1, 1, 3));
    add("slice of the last channel", new Slice(1, -1, Slice.END));
    add("slice of rows 2 to 4", new Slice(2, 2, 5));
    add("slice of all rows but the first", new Slice(2, 1, Slice.END));
    add("slice of all rows but the last", new Slice(2, 0, -1));
    add("slice of all columns but two", new Slice(3, 1, -1));
    add("slice of the last two columns", new Slice(3, -2, Slice.END));
    add("slice of columns from the end to the end", new Slice(3, -4, -1));
    add("slice of all", new Slice(3, 0, Slice.END));
    add("slice of the second image", new Slice(0, 1, 2));
    for (Reduce.Kind kind : Reduce.Kind.values()) {
      for (List<Integer> axes :
          List.of(
              List.of(2, 3),
              List.of(0),
              List.of(1),
              List.of(2),
              List.of(3),
              List.of(0, 1),
              List.of(1, 3),
              List.of(1, 2, 3),
              List.of(0, 1, 2, 3))) {
        Reduce reduce = new Reduce(kind, axes);
        add(reduce.id() + " along " + axes, reduce);
      }
      Reduce reduce = new Reduce(kind, List.of(1));
      addBetween(
          reduce.id() + " along [1] of three axes",
          reduce,
          Reshape.to(0, 3, -1),
          Reshape.to(0, 1, -1, 1));
    }
  }

  private void addConcatenation(
      Concatenate operator, BiFunction<Draft, Node, List<Node>> operands) {
    add(
        "concat along " + operator.axis() + ", number " + cases.size(),
        operator,
        draft -> {
          List<Node> nodes = operands.apply(draft, draft.images(IMAGES));
          return draft.graph.add(operator, nodes.toArray(Node[]::new));
        });
  }

  private void addMatrices() {
    MatrixProduct rows = new MatrixProduct(4, false);
    add(
        "matmul of images and weights",
        rows,
        draft -> draft.graph.add(rows, draft.images(IMAGES), draft.weights("other", 2, 3, 5, 4)));
    MatrixProduct transposed = new MatrixProduct(4, true);
    add(
        "matmul of images and weights, transposed",
        transposed,
        draft ->
            draft.graph.add(transposed, draft.images(IMAGES), draft.weights("other", 2, 3, 4, 5)));
    add(
        "matmul of images and themselves, transposed",
        transposed,
        draft -> {
          Node images = draft.images(IMAGES);
          return draft.graph.add(transposed, images, images);
        });
    MatrixProduct flat = new MatrixProduct(3, false);
    add(
        "matmul of three axes, attention",
        flat,
        draft -> {
          Node pixels = draft.graph.add(Reshape.to(0, 3, -1), draft.images(IMAGES));
          Node likeness = draft.graph.add(new MatrixProduct(3, true), pixels, pixels);
          Node scaled = draft.graph.add(new WithNumber(WithNumber.Kind.MULTIPLY, 0.01), likeness);
          Node weights = draft.graph.add(new Softmax(), scaled);
          return draft.graph.add(Reshape.to(0, 3, -1, 1), draft.graph.add(flat, weights, pixels));
        });
    MatrixProduct dense = new MatrixProduct(2, false);
    add(
        "matmul of two axes",
        dense,
        draft -> {
          Node pixels = draft.graph.add(Reshape.to(6, 35), draft.images(IMAGES));
          Node product = draft.graph.add(dense, pixels, draft.weights("other", 35, 4));
          return draft.graph.add(Reshape.to(2, 3, 4, 1), product);
        });
    MatrixProduct denseTransposed = new MatrixProduct(2, true);
    add(
        "matmul of two axes, transposed",
        denseTransposed,
        draft -> {
          Node pixels = draft.graph.add(Reshape.to(6, 35), draft.images(IMAGES));
          Node product = draft.graph.add(denseTransposed, pixels, draft.weights("other", 4, 35));
          return draft.graph.add(Reshape.to(2, 3, 4, 1), product);
        });
    GramMatrix gram = new GramMatrix();
    for (Shape images : List.of(IMAGES, IMAGES.with(0, 1), IMAGES.with(1, 1))) {
      add(
          "gram of images " + images,
          gram,
          draft ->
              draft.graph.add(
                  Reshape.to(0, images.length(1), images.length(1), 1),
                  draft.graph.add(gram, draft.images(images))));
    }
  }
}
