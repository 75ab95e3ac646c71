// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.onnx.tracing;

import com.google.common.primitives.Ints;
import io.github.sr4j.networks.graph.AxisRule;
import io.github.sr4j.networks.graph.ReceptiveInterval;
import io.github.sr4j.onnx.graph.OnnxGraph.Node;
import io.github.sr4j.onnx.graph.Printable;
import io.github.sr4j.onnx.tracing.GraphValue.Constant;
import io.github.sr4j.onnx.tracing.GraphValue.Image;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A node through which at least one image is followed, by one thread. */
public final class TracedNode {

  private final NodeInputs inputs;
  private final int opset;
  private final WalkBudget budget;

  /**
   * Prepares to follow images through a node.
   *
   * @param inputs null for those left out
   * @param opset the version of ONNX's operators
   */
  public TracedNode(Node node, List<@Nullable GraphValue> inputs, int opset, WalkBudget budget) {
    this.inputs = new NodeInputs(node, inputs);
    this.opset = opset;
    this.budget = budget;
  }

  /** Returns the node of the graph. */
  public Node node() {
    return inputs.node();
  }

  /** Returns the version of the operator set. */
  public int opset() {
    return opset;
  }

  /** Returns the values of the inputs, null where one is not known. */
  public List<@Nullable GraphValue> inputs() {
    return inputs.values();
  }

  /** Returns whether the node has an input at a place. */
  public boolean has(int input) {
    return inputs.has(input);
  }

  /** Returns the constant that is the input at a place. */
  public Constant constant(int input) {
    return inputs.constant(input);
  }

  /** Returns the first input. */
  public Image image() throws Untraceable {
    if (inputs().get(0) instanceof Image image) {
      return image;
    }
    throw unknown("parameters that depend on pixels");
  }

  /** Returns the first input, which is the only one that may be an image. */
  public Image onlyImage() throws Untraceable {
    for (GraphValue input : inputs().subList(1, inputs().size())) {
      if (input instanceof Image) {
        throw unknown("parameters that depend on pixels");
      }
    }
    return image();
  }

  /** Checks that an image is N, C, H, W, or N, C, W, H. */
  public Image plane(Image image) throws Untraceable {
    boolean isPlane =
        image.rank() == 4
            && image.rowAxis() + image.columnAxis() == 5
            && image.rowAxis() >= 2
            && image.columnAxis() >= 2;
    if (!isPlane) {
      throw unknown("an input whose rows and columns are not its last axes");
    }
    return image;
  }

  /** Returns the integers of an attribute or, in later versions, of an input. */
  public long[] requireLongs(String attribute, int input) throws Untraceable {
    long[] values = inputs.longs(attribute, input);
    if (values == null) {
      throw unknown("unknown " + attribute);
    }
    return values;
  }

  /** Returns the integers of an attribute or an input; null if neither is there. */
  public long @Nullable [] optionalLongs(String attribute, int input) throws Untraceable {
    long[] values = inputs.longs(attribute, input);
    if (values == null && has(input)) {
      throw unknown("unknown " + attribute);
    }
    return values;
  }

  /**
   * Returns the intervals of a result's axis.
   *
   * @param source those of an operand's axis
   * @param length the number of elements of the result's
   */
  public ReceptiveInterval derive(ReceptiveInterval source, long length, AxisRule rule)
      throws Untraceable {
    int count = Ints.saturatedCast(length);
    budget.add(source, count, rule);
    return source.derive(count, rule);
  }

  /** Returns the intervals of an element-wise combination. */
  public ReceptiveInterval union(ReceptiveInterval a, ReceptiveInterval b) throws Untraceable {
    budget.add(a, a.length(), AxisRule.SAME);
    return a.union(b);
  }

  /** Returns the end of the trace at a node that sees the whole image. */
  public Untraceable global() {
    return Untraceable.global(node().label());
  }

  /** Returns the end of the trace at a node that sees the whole image, with the reason. */
  public Untraceable global(String why) {
    return Untraceable.global(node().label() + " (" + why + ")");
  }

  /** Returns the end of the trace at a node that is not known. */
  public Untraceable unknown() {
    return Untraceable.unknown(
        String.format(
            "unknown operator %s, node %s", Printable.name(node().operator()), node().shownName()));
  }

  /** Returns the end of the trace at a node whose form is not known. */
  public Untraceable unknown(String what) {
    return Untraceable.unknown(node().label() + " with " + what);
  }

  /** Returns the refusal of sizes that the node cannot join. */
  public SizeMismatch mismatch() {
    return new SizeMismatch(node().label());
  }
}
