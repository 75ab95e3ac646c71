// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.networks.graph;

import com.google.common.primitives.Longs;
import java.util.List;

/** The nodes of an ONNX graph that is being written. */
public interface OnnxNodes {

  /**
   * Adds a node with one result.
   *
   * @param operator the name of an operator of ONNX, such as {@code Conv}
   * @param operands the names of its inputs
   * @param result the name of its output
   */
  void add(String operator, List<String> operands, String result, Attribute... attributes);

  /** Adds a tensor of float32 samples, and returns its name. */
  String tensor(String name, Tensor tensor);

  /**
   * Returns the name of numbers of channels, [channels], as [channels, 1, 1]: ONNX aligns axes at
   * the last.
   */
  String column(String channels);

  /** Adds a list of int64 values, and returns its name. */
  String integers(String name, long... values);

  /** An attribute of a node. */
  sealed interface Attribute {

    /** Returns the name. */
    String name();

    /** Returns an attribute of one integer. */
    static Attribute of(String name, long value) {
      return new OfInteger(name, value);
    }

    /** Returns an attribute of a list of integers. */
    static Attribute ofList(String name, long... values) {
      return new OfIntegers(name, Longs.asList(values));
    }

    /** Returns an attribute of one float. */
    static Attribute of(String name, float value) {
      return new OfFloat(name, value);
    }

    /** Returns an attribute of a text. */
    static Attribute of(String name, String value) {
      return new OfText(name, value);
    }

    /** An integer. */
    record OfInteger(String name, long value) implements Attribute {}

    /** A list of integers. */
    record OfIntegers(String name, List<Long> values) implements Attribute {

      /** Makes an immutable copy. */
      public OfIntegers {
        values = List.copyOf(values);
      }
    }

    /** A float. */
    record OfFloat(String name, float value) implements Attribute {}

    /** A text. */
    record OfText(String name, String value) implements Attribute {}
  }
}
