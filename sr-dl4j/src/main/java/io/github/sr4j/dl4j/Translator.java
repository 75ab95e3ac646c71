// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.dl4j;

import com.google.common.primitives.Ints;
import io.github.sr4j.dl4j.internal.execution.Convolutions;
import io.github.sr4j.dl4j.internal.execution.Rearrangements;
import io.github.sr4j.networks.graph.Graph;
import io.github.sr4j.networks.graph.Node;
import io.github.sr4j.networks.graph.Operator;
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
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.factory.Nd4j;

/** The translation of operators to operations of SameDiff. */
final class Translator {

  private final SameDiff graph;
  private final boolean isDifferentiated;
  private final Convolutions convolutions;
  private final Rearrangements rearrangements;
  private final Set<Node> kernels = new HashSet<>(); // held as [height, width, in, out]
  private final Set<Node> factors = new HashSet<>(); // held as [channels, 1, 1]
  private final Set<Node> shuffled = new HashSet<>(); // whose channels are in TensorFlow's order

  /**
   * Prepares a translation.
   *
   * @param source whose nodes are translated
   * @param isDifferentiated whether gradients are wanted: some operations have none
   */
  Translator(SameDiff graph, Graph source, boolean isDifferentiated) {
    this.graph = graph;
    this.isDifferentiated = isDifferentiated;
    this.rearrangements = new Rearrangements(graph, isDifferentiated);
    this.convolutions = new Convolutions(graph, rearrangements);
    Set<Node> others = new HashSet<>();
    for (Node.Operation operation : source.operations()) {
      findLayouts(operation, others);
    }
    kernels.removeIf(node -> node instanceof Node.Constant && others.contains(node));
  }

  /** Finds out how {@link WeightLayout} holds the operands of an operation. */
  private void findLayouts(Node.Operation operation, Set<Node> others) {
    Operator operator = operation.operator();
    boolean isConvolution = operator instanceof Convolve || operator instanceof ConvolveTransposed;
    if (operator instanceof CollapsedKernel) {
      kernels.add(operation);
    }
    for (int i = 0; i < operation.operands().size(); i++) {
      Node operand = operation.operands().get(i);
      if (operand instanceof Node.Weights weights) {
        if (operand.shape().rank() == 4) {
          kernels.add(operand);
        }
        if (isConvolution && weights.parameter().shuffle() > 1) {
          shuffled.add(operation);
        }
        boolean isNormalization =
            operator instanceof Normalize normalize && !(normalize instanceof Normalize.Batch);
        if (isNormalization || operator instanceof Prelu) {
          factors.add(operand);
        }
      } else if (isConvolution && i == 1 && operand instanceof Node.Constant) {
        kernels.add(operand);
      } else {
        others.add(operand);
      }
    }
  }

  /** Returns whether a node is held as [height, width, in, out]. */
  boolean isKernel(Node node) {
    return kernels.contains(node);
  }

  /**
   * Adds the operations of an operator.
   *
   * @param observed receives the statistics of a batch, by the names of the running ones
   */
  SDVariable translate(
      Node.Operation operation, List<SDVariable> operands, Map<String, SDVariable> observed) {
    Operator operator = operation.operator();
    List<Node> nodes = operation.operands();
    SDVariable x = operands.get(0);
    if (operator instanceof Convolve convolve) {
      return convolutions.convolve(convolve, x, kernel(nodes, operands), bias(operands));
    } else if (operator instanceof ConvolveTransposed convolve) {
      return convolutions.transposed(convolve, x, kernel(nodes, operands), bias(operands));
    } else if (operator instanceof CollapsedKernel collapsed) {
      return convolutions.collapsed(
          collapsed,
          asKernel(nodes.get(0), x),
          asKernel(nodes.get(1), operands.get(1)),
          operation.shape().toArray());
    } else if (operator instanceof Prelu) {
      return prelu(x, factor(nodes.get(1), operands.get(1)));
    } else if (operator instanceof Normalize.Batch batch) {
      if (batch.isTraining()) {
        return trainingNorm(batch, operation, operands, observed);
      }
      return isDifferentiated
          ? batchNorm(batch, operands, operation.shape().length(1))
          : graph
              .nn()
              .batchNorm(
                  x,
                  operands.get(3),
                  operands.get(4),
                  operands.get(1),
                  operands.get(2),
                  batch.epsilon(),
                  1);
    } else if (operator instanceof Normalize normalize) {
      int[] axes = normalize instanceof Normalize.Instance ? new int[] {2, 3} : new int[] {1};
      SDVariable difference = x.sub(x.mean(true, axes));
      return normalized(
          normalize,
          difference,
          difference.mul(difference).mean(true, axes),
          factor(nodes.get(1), operands.get(1)),
          factor(nodes.get(2), operands.get(2)));
    } else if (operator instanceof PixelShuffle shuffle) {
      boolean isInTheirOrder = shuffled.contains(nodes.get(0)) || operation.shape().length(1) == 1;
      return rearrangements.shuffle(
          x, shuffle.block(), (int) operation.shape().length(1), isInTheirOrder);
    }
    return translatePlain(operation, plain(nodes, operands));
  }

  private SDVariable translatePlain(Node.Operation operation, List<SDVariable> operands) {
    Operator operator = operation.operator();
    SDVariable x = operands.get(0);
    if (operator instanceof Unary unary) {
      return unary(unary, x);
    } else if (operator instanceof Binary binary) {
      SDVariable y = operands.get(1);
      return switch (binary) {
        case ADD -> x.add(y);
        case SUBTRACT -> x.sub(y);
        case MULTIPLY -> x.mul(y);
        // The gradient of libnd4j's division by a scalar is wrong.
        case DIVIDE ->
            operation.operands().get(1).shape().rank() == 0 ? x.mul(y.rdiv(1)) : x.div(y);
      };
    } else if (operator instanceof WithNumber with) {
      double number = with.number();
      return switch (with.kind()) {
        case ADD -> x.add(number);
        case MULTIPLY -> x.mul(number);
        case POWER -> graph.math().pow(x, number);
        case MAX -> graph.math().max(x, graph.constant(Nd4j.createFromArray((float) number)));
      };
    } else if (operator instanceof LeakyRelu relu) {
      return graph.nn().leakyRelu(x, relu.slope());
    } else if (operator instanceof Concatenate concatenate) {
      return graph.concat(concatenate.axis(), operands.toArray(SDVariable[]::new));
    } else if (operator instanceof Slice slice) {
      return rearrangements.slice(x, slice, operation.operands().get(0).shape().rank());
    } else if (operator instanceof Reduce reduce) {
      return reduce(reduce, x, operation.shape().rank());
    } else if (operator instanceof MatrixProduct product) {
      return graph.mmul(x, operands.get(1), false, product.isSecondTransposed(), false);
    } else if (operator instanceof GramMatrix) {
      return rearrangements.gram(x, (int) operation.shape().length(1));
    } else if (operator instanceof Softmax) {
      return graph.nn().softmax(x, -1);
    } else if (operator instanceof Permute permute) {
      return x.permute(Ints.toArray(permute.order()));
    } else if (operator instanceof Reshape reshape) {
      return rearrangements.reshape(x, reshape, operation.operands().get(0).shape());
    } else if (operator instanceof Pool pool) {
      return convolutions.pool(pool, x);
    } else if (operator instanceof Pad pad) {
      return rearrangements.pad(x, pad);
    } else if (operator instanceof Resize resize) {
      return rearrangements.resize(x, resize);
    } else if (operator instanceof ResizeTo) {
      return rearrangements.resizeTo(x, operands.get(1));
    } else if (operator instanceof PixelUnshuffle unshuffle) {
      return rearrangements.unshuffle(x, unshuffle.block(), unshuffle.channels());
    }
    throw new IllegalArgumentException(
        String.format("operator %s is not known to this engine", operator.id()));
  }

  private SDVariable unary(Unary unary, SDVariable x) {
    return switch (unary) {
      case ABS -> graph.math().abs(x);
      case EXACT_GELU -> {
        SDVariable gate = graph.math().erf(x.mul(Math.sqrt(0.5))).add(1);
        yield x.mul(0.5).mul(gate);
      }
      case EXP -> graph.math().exp(x);
      case GELU -> {
        SDVariable cubic = x.add(x.mul(x).mul(x).mul(0.044715));
        SDVariable gate = graph.nn().tanh(cubic.mul(Math.sqrt(2 / Math.PI))).add(1);
        yield x.mul(0.5).mul(gate);
      }
      case HARD_SIGMOID -> hardSigmoid(x);
      case HARD_SWISH -> x.mul(hardSigmoid(x));
      case LOG -> graph.math().log(x);
      case NEGATE -> graph.math().neg(x);
      case RELU -> graph.nn().relu(x, 0);
      case SIGMOID -> graph.nn().sigmoid(x);
      case SILU -> x.mul(graph.nn().sigmoid(x));
      case SQRT -> graph.math().sqrt(x);
      case SQUARE -> graph.math().square(x);
      case TANH -> graph.nn().tanh(x);
    };
  }

  /** The operation of that name has another slope, as Keras had it. */
  private SDVariable hardSigmoid(SDVariable x) {
    SDVariable line = x.mul(1 / 6.0).add(0.5);
    return graph.nn().relu(line, 0).sub(graph.nn().relu(line.sub(1), 0));
  }

  private SDVariable prelu(SDVariable x, SDVariable slopes) {
    if (!isDifferentiated) {
      return graph.nn().prelu(x, slopes, 2, 3);
    }
    // The same in parts: libnd4j's prelu_bp refuses images of more than 64 pixels.
    SDVariable positive = graph.nn().relu(x, 0);
    return positive.add(x.sub(positive).mul(slopes));
  }

  /** In parts: libnd4j has no operation that computes the statistics too. */
  private SDVariable trainingNorm(
      Normalize.Batch batch,
      Node.Operation operation,
      List<SDVariable> operands,
      Map<String, SDVariable> observed) {
    SDVariable x = operands.get(0);
    SDVariable mean = x.mean(true, 0, 2, 3);
    SDVariable difference = x.sub(mean);
    SDVariable variance = difference.mul(difference).mean(true, 0, 2, 3);
    observed.put(operation.operands().get(3).name(), mean);
    observed.put(operation.operands().get(4).name(), variance);
    long channels = operation.shape().length(1);
    return normalized(
        batch,
        difference,
        variance,
        graph.reshape(operands.get(1), 1, channels, 1, 1),
        graph.reshape(operands.get(2), 1, channels, 1, 1));
  }

  /** In parts: libnd4j's batchnorm_bp refuses the axis that its batchnorm takes. */
  private SDVariable batchNorm(Normalize.Batch batch, List<SDVariable> operands, long channels) {
    List<SDVariable> columns =
        operands.subList(1, 5).stream()
            .map(operand -> graph.reshape(operand, 1, channels, 1, 1))
            .toList();
    return normalized(
        batch, operands.get(0).sub(columns.get(2)), columns.get(3), columns.get(0), columns.get(1));
  }

  private SDVariable normalized(
      Normalize normalize,
      SDVariable difference,
      SDVariable variance,
      SDVariable weight,
      SDVariable bias) {
    SDVariable deviation = graph.math().sqrt(variance.add(normalize.epsilon()));
    return normalize instanceof Normalize.Layer
        ? difference.div(deviation).mul(weight).add(bias)
        : difference.mul(weight.div(deviation)).add(bias);
  }

  private static SDVariable reduce(Reduce reduce, SDVariable x, int rank) {
    boolean isMean = reduce.kind() == Reduce.Kind.MEAN;
    if (reduce.axes().equals(IntStream.range(0, rank).boxed().toList())) {
      return isMean ? x.mean() : x.sum();
    }
    int[] axes = Ints.toArray(reduce.axes());
    return isMean ? x.mean(true, axes) : x.sum(true, axes);
  }

  // Operands as operations take them.

  private SDVariable kernel(List<Node> nodes, List<SDVariable> operands) {
    return asKernel(nodes.get(1), operands.get(1));
  }

  private SDVariable asKernel(Node node, SDVariable variable) {
    return isKernel(node) ? variable : variable.permute(2, 3, 1, 0);
  }

  private static List<SDVariable> bias(List<SDVariable> operands) {
    return operands.subList(2, operands.size());
  }

  private SDVariable factor(Node node, SDVariable variable) {
    return factors.contains(node)
        ? variable
        : graph.reshape(variable, node.shape().length(0), 1, 1);
  }

  private List<SDVariable> plain(List<Node> nodes, List<SDVariable> operands) {
    return IntStream.range(0, nodes.size())
        .mapToObj(i -> plain(nodes.get(i), operands.get(i)))
        .toList();
  }

  private SDVariable plain(Node node, SDVariable variable) {
    if (isKernel(node)) {
      return variable.permute(3, 2, 0, 1);
    }
    return factors.contains(node) ? graph.reshape(variable, node.shape().length(0)) : variable;
  }
}
