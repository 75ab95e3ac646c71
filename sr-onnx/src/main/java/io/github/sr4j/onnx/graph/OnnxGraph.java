// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.onnx.graph;

import com.google.common.math.LongMath;
import io.github.sr4j.ModelFormatException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The graph of an ONNX file without its weights: nodes, the shapes of tensors, and the values of
 * those small enough to be parameters of nodes. Immutable.
 */
public final class OnnxGraph {

  /** A tensor inside the file. */
  public static final class Tensor {
    private final String name;
    private final long[] shape;
    private final boolean isInteger;
    private final double[] values;

    Tensor(String name, long[] shape, boolean isInteger, double[] values) {
      this.name = name;
      this.shape = shape;
      this.isInteger = isInteger;
      this.values = values;
    }

    /** Returns the name. */
    public String name() {
      return name;
    }

    /** Returns the shape. */
    public long[] shape() {
      return shape;
    }

    /** Returns whether the values are whole numbers by their type. */
    public boolean isInteger() {
      return isInteger;
    }

    /** Returns whether the values are kept: they are not if they are many. */
    public boolean hasValues() {
      long count = 1;
      for (long side : shape) {
        count = LongMath.saturatedMultiply(count, side);
      }
      return count == values.length;
    }

    /** Returns the values, row-major; none if they are many. */
    public double[] values() {
      return values;
    }
  }

  /** An attribute of a node; what it is not, is empty. */
  public static final class Attribute {
    private final OptionalDouble number;
    private final String text;
    private final long[] integers;
    private final double[] floats;
    private final @Nullable Tensor tensor;
    private final @Nullable Body body;

    Attribute(
        OptionalDouble number,
        String text,
        long[] integers,
        double[] floats,
        @Nullable Tensor tensor,
        @Nullable Body body) {
      this.number = number;
      this.text = text;
      this.integers = integers;
      this.floats = floats;
      this.tensor = tensor;
      this.body = body;
    }

    /** Returns the number. */
    public OptionalDouble number() {
      return number;
    }

    /** Returns the list of integers. */
    public long[] integers() {
      return integers;
    }

    /** Returns the list of floats. */
    public double[] floats() {
      return floats;
    }

    /** Returns the tensor. */
    public @Nullable Tensor tensor() {
      return tensor;
    }

    /** Returns the graph. */
    public @Nullable Body body() {
      return body;
    }
  }

  /** An operator with the names of its inputs and outputs; an input left out is named "". */
  public record Node(
      String operator,
      String domain,
      String name,
      List<String> inputs,
      List<String> outputs,
      Map<String, Attribute> attributes) {

    /** Returns the name of the node in messages: its operator and its name. */
    public String label() {
      return Printable.name(operator) + " " + shownName();
    }

    /** Returns the name of the node, or of its first output if it has none, as messages show it. */
    public String shownName() {
      return Printable.name(name.isEmpty() && !outputs.isEmpty() ? outputs.get(0) : name);
    }

    /** Returns whether the operator is one of ONNX's own. */
    public boolean isStandard() {
      return domain.isEmpty() || domain.equals("ai.onnx");
    }

    /** Returns an attribute of one integer. */
    public long integer(String attribute, long defaultValue) {
      Attribute found = attributes.get(attribute);
      return found != null && found.number.isPresent()
          ? (long) found.number.getAsDouble()
          : defaultValue;
    }

    /** Returns an attribute of a text. */
    public String text(String attribute, String defaultValue) {
      Attribute found = attributes.get(attribute);
      return found != null ? found.text : defaultValue;
    }

    /** Returns an attribute of a list of integers; null if there is none. */
    public long @Nullable [] integers(String attribute) {
      Attribute found = attributes.get(attribute);
      return found != null ? found.integers : null;
    }

    /** Returns an attribute of a list of floats; null if there is none. */
    public double @Nullable [] floats(String attribute) {
      Attribute found = attributes.get(attribute);
      return found != null ? found.floats : null;
    }
  }

  /**
   * A graph inside a node, or a function.
   *
   * @param inputs the names of what it is given
   * @param outputs the names of what it returns
   */
  public record Body(
      List<Node> nodes, Map<String, Tensor> tensors, List<String> inputs, List<String> outputs) {

    Body() {
      this(new ArrayList<>(), new HashMap<>(), new ArrayList<>(), new ArrayList<>());
    }
  }

  private final List<Node> nodes;
  private final Map<String, Tensor> tensors;
  private final Map<String, long[]> declaredShapes;
  private final List<Body> bodies;
  private final Set<String> externalFiles;
  private final int opset;

  OnnxGraph(
      Body main,
      Map<String, long[]> declaredShapes,
      List<Body> bodies,
      Set<String> externalFiles,
      int opset) {
    this.nodes = main.nodes;
    this.tensors = main.tensors;
    this.declaredShapes = declaredShapes;
    this.bodies = bodies;
    this.externalFiles = externalFiles;
    this.opset = opset;
  }

  /**
   * Reads a file's content.
   *
   * @param name what messages call the file
   * @throws ModelFormatException if it is not a well-formed ONNX model
   */
  public static OnnxGraph parse(String name, byte[] content) {
    try {
      return parse(name, new ByteArrayInputStream(content), content.length);
    } catch (IOException e) {
      throw new UncheckedIOException(e); // an array has no such failures
    }
  }

  /**
   * Reads a file's content. Weights are passed over.
   *
   * @param name what messages call the file
   * @param in the content; should be buffered
   * @param size the number of its bytes
   * @throws ModelFormatException if it is not a well-formed ONNX model
   * @throws IOException if it cannot be read
   */
  public static OnnxGraph parse(String name, InputStream in, long size) throws IOException {
    return new GraphReader(name, in, size).read();
  }

  /** Returns the nodes, each after those whose outputs it takes. */
  public List<Node> nodes() {
    return nodes;
  }

  /** Returns the tensors inside the file, by name. */
  public Map<String, Tensor> tensors() {
    return tensors;
  }

  /**
   * Returns the shape that an input or output declares, with -1 for free sides; empty if it
   * declares none.
   */
  public long[] declaredShape(String name) {
    return declaredShapes.getOrDefault(name, new long[0]);
  }

  /** Returns all graphs inside nodes, at any depth, and functions. */
  public List<Body> bodies() {
    return bodies;
  }

  /**
   * Returns the names of files beside the model that hold weights, wherever the model uses them.
   */
  public Set<String> externalFiles() {
    return externalFiles;
  }

  /** Returns the version of ONNX's operators. */
  public int opset() {
    return opset;
  }
}
