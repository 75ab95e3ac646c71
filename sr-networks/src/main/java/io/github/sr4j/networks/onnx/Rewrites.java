// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.networks.onnx;

import static java.util.Objects.requireNonNull;

import io.github.sr4j.networks.graph.DoubleTensor;
import io.github.sr4j.networks.graph.Graph;
import io.github.sr4j.networks.graph.GraphBuilder;
import io.github.sr4j.networks.graph.Node;
import io.github.sr4j.networks.graph.Operator;
import io.github.sr4j.networks.graph.Shape;
import io.github.sr4j.networks.graph.Tensor;
import io.github.sr4j.networks.operators.Binary;
import io.github.sr4j.networks.operators.Normalize;
import io.github.sr4j.networks.operators.spatial.Convolve;
import io.github.sr4j.networks.operators.spatial.ConvolveTransposed;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The rewriting of a graph and its weights into one that computes the same with less work, for
 * inference.
 *
 * <ul>
 *   <li>What is computed from weights alone becomes a constant, such as a collapsed kernel.
 *   <li>Batch normalisation by running statistics becomes part of the convolution before it: it is
 *       one factor and one summand for each channel.
 *   <li>Parallel branches become one convolution: the sum of convolutions of one image, of
 *       different kernels, and of the image itself (X. Ding et al., <i>RepVGG: Making VGG-style
 *       ConvNets Great Again</i>, CVPR 2021, section 3.3).
 * </ul>
 */
public final class Rewrites {

  private final Graph graph;
  private final Map<String, Tensor> weights;
  private final Map<Node, Integer> uses;
  private final Set<Node> dependents;
  private final GraphBuilder rewritten = new GraphBuilder();
  private final Map<Node, Node> replacements = new HashMap<>();
  private final Map<Node, DoubleTensor> constants = new HashMap<>();
  private final Map<Node, Kernel> kernels = new HashMap<>(); // pending convolutions

  /**
   * A convolution that is written when it is known what else becomes part of it.
   *
   * @param operator a convolution or a transposed one
   * @param weightName the name of its weight, by which layers share it
   * @param biasName the name of its bias; empty if it has none, which is one of zeros
   * @param weight [out, in, height, width], transposed [in, out, height, width]
   * @param bias [out]
   */
  private record Kernel(
      String name,
      Operator operator,
      Node images,
      String weightName,
      Optional<String> biasName,
      DoubleTensor weight,
      DoubleTensor bias) {

    /** Returns a convolution of weights that no layer has. */
    static Kernel folded(
        String name, Operator operator, Node images, DoubleTensor weight, DoubleTensor bias) {
      return new Kernel(
          name,
          operator,
          images,
          name + ".folded_weight",
          Optional.of(name + ".folded_bias"),
          weight,
          bias);
    }

    private int channels() {
      return bias.length(0);
    }

    private boolean isTransposed() {
      return operator instanceof ConvolveTransposed;
    }

    /** Returns this convolution with its result multiplied and added to, channel by channel. */
    private Kernel scaled(String newName, double[] factor, double[] summand) {
      int perChannel =
          weight.length(2) * weight.length(3) * (isTransposed() ? 1 : weight.length(1));
      double[] samples = weight.samples();
      return folded(
          newName,
          operator,
          images,
          DoubleTensor.of(weight.shape(), i -> samples[i] * factor[i / perChannel % channels()]),
          DoubleTensor.of(bias.shape(), c -> bias.samples()[c] * factor[c] + summand[c]));
    }
  }

  private Rewrites(Graph graph, Map<String, Tensor> weights) {
    this.graph = graph;
    this.weights = weights;
    this.uses = graph.uses();
    this.dependents = graph.dependents();
  }

  /**
   * Returns a graph that computes the same, with constants in the place of weights.
   *
   * @param weights by name
   */
  public static Graph forInference(Graph graph, Map<String, Tensor> weights) {
    return new Rewrites(graph, weights).rewritten();
  }

  private Graph rewritten() {
    for (Node node : graph.nodes()) {
      if (node instanceof Node.Input input) {
        replacements.put(node, rewritten.input(input.name(), input.shape()));
      } else if (!dependents.contains(node)) {
        constants.put(node, value(node));
      } else {
        rewrite((Node.Operation) node);
      }
    }
    return rewritten.build(graph.outputs().stream().map(this::replacement).toArray(Node[]::new));
  }

  private DoubleTensor value(Node node) {
    if (node instanceof Node.Operation operation) {
      return operation
          .operator()
          .evaluate(operation.operands().stream().map(constants::get).toList());
    }
    return DoubleTensor.of(
        node instanceof Node.Constant constant
            ? constant.tensor()
            : requireNonNull(weights.get(node.name()), node.name()));
  }

  private void rewrite(Node.Operation operation) {
    Optional<Kernel> kernel =
        kernel(operation).or(() -> normalized(operation)).or(() -> merged(operation));
    if (kernel.isPresent()) {
      kernels.put(operation, kernel.get());
      return;
    }
    Node[] operands = operation.operands().stream().map(this::replacement).toArray(Node[]::new);
    replacements.put(operation, rewritten.add(operation.name(), operation.operator(), operands));
  }

  /** Returns the node that takes the place of another, which is written now if it was pending. */
  private Node replacement(Node node) {
    Node held = replacements.get(node);
    if (held != null) {
      return held;
    }
    Kernel kernel = kernels.get(node);
    Node replacement;
    if (kernel != null) {
      List<Node> operands = new ArrayList<>(List.of(kernel.images));
      operands.add(rewritten.constant(kernel.weightName, kernel.weight.toTensor()));
      kernel.biasName.ifPresent(
          name -> operands.add(rewritten.constant(name, kernel.bias.toTensor())));
      replacement = rewritten.add(kernel.name, kernel.operator, operands.toArray(Node[]::new));
    } else {
      replacement = rewritten.constant(node.name(), requireNonNull(constants.get(node)).toTensor());
    }
    replacements.put(node, replacement);
    return replacement;
  }

  private Optional<Kernel> kernel(Node.Operation operation) {
    Operator operator = operation.operator();
    List<Node> operands = operation.operands();
    if (!(operator instanceof Convolve || operator instanceof ConvolveTransposed)
        || operands.subList(1, operands.size()).stream().anyMatch(dependents::contains)) {
      return Optional.empty();
    }
    DoubleTensor weight = requireNonNull(constants.get(operands.get(1)));
    int out = weight.length(operator instanceof Convolve ? 0 : 1);
    DoubleTensor bias =
        operands.size() > 2
            ? requireNonNull(constants.get(operands.get(2)))
            : DoubleTensor.of(Shape.of(out), i -> 0);
    return Optional.of(
        new Kernel(
            operation.name(),
            operator,
            replacement(operands.get(0)),
            operands.get(1).name(),
            operands.size() > 2 ? Optional.of(operands.get(2).name()) : Optional.empty(),
            weight,
            bias));
  }

  /** Returns the pending convolution of a node whose result nothing else takes; null if none. */
  private @Nullable Kernel pending(Node node) {
    return uses.getOrDefault(node, 0) == 1 && !graph.outputs().contains(node)
        ? kernels.get(node)
        : null;
  }

  private Optional<Kernel> normalized(Node.Operation operation) {
    if (!(operation.operator() instanceof Normalize.Batch batch) || batch.isTraining()) {
      return Optional.empty();
    }
    Kernel kernel = pending(operation.operands().get(0));
    if (kernel == null || operation.operands().stream().skip(1).anyMatch(dependents::contains)) {
      return Optional.empty();
    }
    double[][] numbers = new double[4][]; // weight, bias, mean, variance
    for (int i = 0; i < numbers.length; i++) {
      numbers[i] = requireNonNull(constants.get(operation.operands().get(i + 1))).samples();
    }
    double[] factor = new double[kernel.channels()];
    double[] summand = new double[kernel.channels()];
    for (int c = 0; c < factor.length; c++) {
      factor[c] = numbers[0][c] / Math.sqrt(numbers[3][c] + batch.epsilon());
      summand[c] = numbers[1][c] - numbers[2][c] * factor[c];
    }
    return Optional.of(kernel.scaled(operation.name(), factor, summand));
  }

  /** Merges the sum of two convolutions of one image, or of one and the image. */
  private Optional<Kernel> merged(Node.Operation operation) {
    if (operation.operator() != Binary.ADD) {
      return Optional.empty();
    }
    Node left = operation.operands().get(0);
    Node right = operation.operands().get(1);
    Kernel a = pending(left);
    Kernel b = pending(right);
    if (a != null && b == null) {
      b = identity(a, right);
    } else if (b != null && a == null) {
      a = identity(b, left);
    }
    return a == null || b == null ? Optional.empty() : sum(operation.name(), a, b);
  }

  /** Returns the kernel that leaves an image as it is; null if a node is not the other's image. */
  private @Nullable Kernel identity(Kernel other, Node node) {
    if (!(other.operator instanceof Convolve convolve)
        || replacements.get(node) != other.images
        || convolve.stride() != 1
        || convolve.groups() != 1
        || other.images.shape().length(1) != other.channels()) {
      return null;
    }
    int channels = other.channels();
    return Kernel.folded(
        other.name,
        new Convolve(1, 1, 1, 1, 1, 0, 0),
        other.images,
        DoubleTensor.of(
            Shape.of(channels, channels, 1, 1), i -> i / channels == i % channels ? 1 : 0),
        DoubleTensor.of(Shape.of(channels), i -> 0));
  }

  private static Optional<Kernel> sum(String name, Kernel a, Kernel b) {
    if (!(a.operator instanceof Convolve x)
        || !(b.operator instanceof Convolve y)
        || a.images != b.images
        || !isMergeable(x)
        || !isMergeable(y)
        || x.stride() != y.stride()
        || a.channels() != b.channels()) {
      return Optional.empty();
    }
    Convolve larger =
        Convolve.of(Math.max(x.height(), y.height()), x.stride(), Math.max(x.top(), y.top()));
    DoubleTensor first = enlarged(a.weight, larger.height());
    DoubleTensor second = enlarged(b.weight, larger.height());
    return Optional.of(
        Kernel.folded(
            name,
            larger,
            a.images,
            DoubleTensor.of(first.shape(), i -> first.samples()[i] + second.samples()[i]),
            DoubleTensor.of(a.bias.shape(), i -> a.bias.samples()[i] + b.bias.samples()[i])));
  }

  /** Whether a convolution is square, keeps the size and treats all channels alike. */
  private static boolean isMergeable(Convolve convolve) {
    return convolve.height() == convolve.width()
        && convolve.height() % 2 == 1
        && convolve.dilation() == 1
        && convolve.groups() == 1
        && convolve.top() == convolve.height() / 2
        && convolve.left() == convolve.width() / 2;
  }

  /** Returns kernels with zeros around them. */
  private static DoubleTensor enlarged(DoubleTensor weight, int side) {
    int before = (side - weight.length(2)) / 2;
    int own = weight.length(2);
    return DoubleTensor.of(
        weight.shape().with(2, side).with(3, side),
        i -> {
          int y = i / side % side - before;
          int x = i % side - before;
          boolean isInside = y >= 0 && y < own && x >= 0 && x < own;
          return isInside ? weight.samples()[(i / side / side * own + y) * own + x] : 0;
        });
  }
}
