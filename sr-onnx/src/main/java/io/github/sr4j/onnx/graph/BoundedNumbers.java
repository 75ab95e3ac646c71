// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.onnx.graph;

import com.google.common.primitives.Doubles;
import com.google.common.primitives.Longs;
import io.github.sr4j.shared.protobuf.ProtobufReader;
import java.util.ArrayList;
import java.util.List;

/**
 * The numbers of a field, if they are few enough to be parameters; of more, which are weights, none
 * are kept. Not thread-safe.
 */
final class BoundedNumbers {

  private final ProtobufReader reader;
  private final int max;
  private final List<Number> numbers = new ArrayList<>();
  private boolean isTooLong;

  /**
   * Prepares to take numbers.
   *
   * @param reader counts what is kept
   * @param max the number of them that are kept
   */
  BoundedNumbers(ProtobufReader reader, int max) {
    this.reader = reader;
    this.max = max;
  }

  void add(Number number) {
    if (isTooLong || numbers.size() == max) {
      isTooLong = true;
      reader.keep(-numbers.size());
      numbers.clear();
    } else {
      reader.keep(1);
      numbers.add(number);
    }
  }

  long[] toLongs() {
    return Longs.toArray(numbers);
  }

  double[] toDoubles() {
    return Doubles.toArray(numbers);
  }
}
