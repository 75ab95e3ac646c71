// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.onnx.tracing;

import io.github.sr4j.onnx.tracing.GraphValue.Constant;
import io.github.sr4j.onnx.tracing.GraphValue.Image;
import java.util.List;

/**
 * All that is known of one operator of ONNX, by <a href="https://onnx.ai/onnx/operators/">its
 * definition</a>. A row of the table of operators. Immutable.
 */
public final class OnnxOperator {

  /** The kinds of operators. */
  public enum Kind {
    /** Each element of the result depends on the elements at its place. */
    ELEMENTWISE,
    /** The same samples in the same order, in another shape. */
    VIEW,
    /** The same samples in another order. */
    SHUFFLE,
    /** The result does not grow with the image. */
    REDUCTION,
    /** The result tells the shape of the operand, and depends on no pixel. */
    SHAPE,
    /** The result is drawn at random. */
    RANDOM,
    /** The node holds graphs of its own, which may take tensors that are not among its inputs. */
    CONTROL_FLOW,
    /** None of these. */
    OTHER
  }

  /** The inputs that count as weights where they are constants. */
  public enum Weights {
    /** All but the first, whatever their size. */
    ALL,
    /** All that have more than one value. */
    ARRAYS,
    /** None: parameters say what is done, or are not trained. */
    NONE
  }

  /** By how much the result has more elements along rows and columns than the largest image. */
  public enum AreaRule {
    /** By none. */
    SAME,
    /** It has one element. */
    ONE,
    /** It has one element if the axes that are reduced include rows and columns. */
    ONE_IF_OVER_IMAGE,
    /** By how many pixels a stride has fewer. */
    DIVIDED_BY_STRIDES,
    /** By how many pixels a stride has. */
    TIMES_STRIDES,
    /** By the square of the block's side. */
    TIMES_BLOCK,
    /** By the square of the block's side fewer. */
    DIVIDED_BY_BLOCK,
    /** By the product of the scales. */
    TIMES_SCALES,
    /** By the product of the steps fewer. */
    DIVIDED_BY_STEPS,
    /** This is not followed. */
    UNKNOWN
  }

  /** The number of elements of a result, at most, of inputs whose shapes are not known. */
  public enum SizeRule {
    /** That of the largest input. */
    MAX,
    /** The sum of those of the inputs. */
    SUM,
    /** The product of those of the inputs, whose shapes are combined. */
    BROADCAST,
    /** The product of those of the inputs. */
    PRODUCT,
    /** That of the first input times the values of the others. */
    TIMES_VALUES,
    /** That of the largest input times the number of its axes. */
    TIMES_RANK
  }

  /** The multiplications that a node does. */
  public enum Work {
    /** None that counts. */
    NONE,
    /** Each value of the kernel is used once for each pixel of the result. */
    PER_RESULT_PIXEL,
    /** Each value of the kernel is used once for each pixel of the operand. */
    PER_OPERAND_PIXEL,
    /** Not known. */
    UNKNOWN
  }

  /** Whether ONNX Runtime makes a node behind a convolution part of its weights. */
  public enum Fusion {
    /** Not with the same sums: the convolution is left alone. */
    NONE,
    /** Always. */
    ALWAYS,
    /** If one of its inputs is a constant. */
    WITH_CONSTANT,
    /** The node is left out, and the one behind it counts. */
    OMITTED
  }

  /** The images that follow from those a node takes. */
  @FunctionalInterface
  public interface ImageRule {
    /** Returns the images that the node makes. */
    List<Image> follow(TracedNode node) throws Untraceable, SizeMismatch;
  }

  /** The only image that follows from those a node takes. */
  @FunctionalInterface
  public interface OneImageRule {
    /** Returns the image that the node makes. */
    Image follow(TracedNode node) throws Untraceable, SizeMismatch;
  }

  /** The constant that follows from those a node takes. */
  @FunctionalInterface
  public interface ConstantRule {
    /** Returns the constant that the node makes of constants. */
    Constant fold(NodeInputs node);
  }

  /** A row being written. */
  public static final class Row {

    private final String name;
    private final Kind kind;
    private ImageRule imageRule =
        node -> {
          throw node.unknown();
        };
    private ConstantRule constantRule = node -> Constant.UNKNOWN;
    private Weights weights = Weights.ARRAYS;
    private int weightInputs = Integer.MAX_VALUE;
    private AreaRule areaRule = AreaRule.SAME;
    private SizeRule sizeRule = SizeRule.MAX;
    private Work work = Work.NONE;
    private int kernelInput = 1;
    private Fusion fusion = Fusion.NONE;
    private boolean isCopy;
    private boolean carriesWeights;
    private boolean keepsLayout;

    /** Begins the row of an operator. */
    public Row(String name, Kind kind) {
      this.name = name;
      this.kind = kind;
      this.isCopy = kind == Kind.VIEW || kind == Kind.SHUFFLE;
      this.carriesWeights = isCopy;
      this.keepsLayout = kind == Kind.ELEMENTWISE;
    }

    /** Sets the rule by which one image follows. */
    public Row follow(OneImageRule rule) {
      return followAll(node -> List.of(rule.follow(node)));
    }

    /** Sets the rule by which images follow. */
    public Row followAll(ImageRule rule) {
      imageRule = rule;
      return this;
    }

    /** Says that each element of the result depends on the whole image. */
    public Row global() {
      return followAll(
          node -> {
            throw node.global();
          });
    }

    /** Sets the rule by which a constant follows. */
    public Row fold(ConstantRule rule) {
      constantRule = rule;
      return this;
    }

    /** Sets how weights are counted. */
    public Row weights(Weights counted) {
      weights = counted;
      return this;
    }

    /** Sets the number of inputs among which there are weights. */
    public Row weightInputs(int count) {
      weightInputs = count;
      return this;
    }

    /** Sets the rule of the area over which the weights move. */
    public Row area(AreaRule rule) {
      areaRule = rule;
      return this;
    }

    /** Sets the rule of the size of the result. */
    public Row size(SizeRule rule) {
      sizeRule = rule;
      return this;
    }

    /** Sets the kind of arithmetic and the size of its kernel. */
    public Row work(Work done, int kernel) {
      work = done;
      kernelInput = kernel;
      return this;
    }

    /** Sets whether ONNX Runtime fuses the operator with a convolution before it. */
    public Row fusion(Fusion behindConvolutions) {
      fusion = behindConvolutions;
      return this;
    }

    /** Says that the result has the samples of the first input. */
    public Row copy() {
      isCopy = true;
      return carryingWeights();
    }

    /** Says that weights may come through, though not as the same numbers. */
    public Row carryingWeights() {
      carriesWeights = true;
      return this;
    }

    /** Says that rows, columns and channels stay the axes that they are. */
    public Row keepingLayout() {
      keepsLayout = true;
      return this;
    }

    /** Returns the operator of the row. */
    public OnnxOperator build() {
      return new OnnxOperator(this);
    }
  }

  private final String name;
  private final Kind kind;
  private final ImageRule imageRule;
  private final ConstantRule constantRule;
  private final Weights weights;
  private final int weightInputs;
  private final AreaRule areaRule;
  private final SizeRule sizeRule;
  private final Work work;
  private final int kernelInput;
  private final Fusion fusion;
  private final boolean isCopy;
  private final boolean carriesWeights;
  private final boolean keepsLayout;

  private OnnxOperator(Row row) {
    this.name = row.name;
    this.kind = row.kind;
    this.imageRule = row.imageRule;
    this.constantRule = row.constantRule;
    this.weights = row.weights;
    this.weightInputs = row.weightInputs;
    this.areaRule = row.areaRule;
    this.sizeRule = row.sizeRule;
    this.work = row.work;
    this.kernelInput = row.kernelInput;
    this.fusion = row.fusion;
    this.isCopy = row.isCopy;
    this.carriesWeights = row.carriesWeights;
    this.keepsLayout = row.keepsLayout;
  }

  /** Returns the name in ONNX. */
  public String name() {
    return name;
  }

  /** Returns whether ONNX Runtime can write the result over the operand. */
  public boolean isInPlace() {
    return kind == Kind.ELEMENTWISE || kind == Kind.VIEW;
  }

  /** Returns whether the result does not grow with the image. */
  public boolean isReduction() {
    return kind == Kind.REDUCTION;
  }

  /** Returns whether the result tells the shape of the operand, and depends on no pixel. */
  public boolean isOfShape() {
    return kind == Kind.SHAPE;
  }

  /** Returns whether the result is drawn at random. */
  public boolean isRandom() {
    return kind == Kind.RANDOM;
  }

  /** Returns whether a node holds graphs, which may take tensors that are not among its inputs. */
  public boolean isControlFlow() {
    return kind == Kind.CONTROL_FLOW;
  }

  /** Returns whether the result has the samples of the first input, if in another order or type. */
  public boolean isCopy() {
    return isCopy;
  }

  /** Returns whether the result is a form of the weights that are the first input. */
  public boolean carriesWeights() {
    return carriesWeights;
  }

  /** Returns whether rows, columns and channels stay the axes that they are. */
  public boolean keepsLayout() {
    return keepsLayout;
  }

  /** Returns which constant inputs are weights. */
  public Weights weights() {
    return weights;
  }

  /** Returns the number of inputs among which there are weights. */
  public int weightInputs() {
    return weightInputs;
  }

  /** Returns by how much images become larger. */
  public AreaRule areaRule() {
    return areaRule;
  }

  /** Returns how many elements the result has at most. */
  public SizeRule sizeRule() {
    return sizeRule;
  }

  /** Returns the multiplications that are done. */
  public Work work() {
    return work;
  }

  /** Returns the input whose values are multiplied by pixels. */
  public int kernelInput() {
    return kernelInput;
  }

  /** Returns whether ONNX Runtime makes a node behind a convolution part of its weights. */
  public Fusion fusion() {
    return fusion;
  }

  /**
   * Returns the outputs of a node of this operator, without those that say nothing about pixels.
   *
   * @throws Untraceable if the receptive field is not finite or not known
   * @throws SizeMismatch if the node cannot take the size of an image
   * @throws ArithmeticException if its parameters do not fit one another
   * @throws IndexOutOfBoundsException likewise
   * @throws IllegalArgumentException likewise
   */
  public List<Image> follow(TracedNode node) throws Untraceable, SizeMismatch {
    if (!node.node().isStandard()) {
      throw node.unknown();
    }
    return imageRule.follow(node);
  }

  /** Returns the first output of a node of this operator that depends on no pixel. */
  public Constant fold(NodeInputs node) {
    boolean isKnown = node.node().inputs().isEmpty() || node.has(0);
    return isKnown && node.node().isStandard() ? constantRule.fold(node) : Constant.UNKNOWN;
  }

  @Override
  public String toString() {
    return name;
  }
}
