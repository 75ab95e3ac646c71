// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.networks.architectures;

import com.google.common.collect.ImmutableMap;
import io.github.sr4j.networks.graph.Shape;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The names and shapes of the arrays of a file, in its order, without the prefixes of wrappers such
 * as {@code module.}. Immutable.
 */
final class Keys {

  // With the last number in a name, if it has one.
  private static final Pattern WEIGHT =
      Pattern.compile("(?<name>(?<before>(?:.*\\D)?)(?<number>\\d+)(?<behind>\\D*)|\\D+)\\.weight");

  private final ImmutableMap<String, Shape> shapes;

  Keys(Map<String, Shape> shapes) {
    this.shapes = ImmutableMap.copyOf(shapes);
  }

  /** Returns the shape of each array by its name. */
  ImmutableMap<String, Shape> shapes() {
    return shapes;
  }

  /** Returns whether there is an array of a name. */
  boolean has(String name) {
    return shapes.containsKey(name);
  }

  /** Returns whether a pattern matches a whole name. */
  boolean hasAny(String pattern) {
    Pattern compiled = Pattern.compile(pattern);
    return shapes.keySet().stream().anyMatch(name -> compiled.matcher(name).matches());
  }

  /** Returns the shape of an array; empty if there is none of the name and the number of axes. */
  Optional<Shape> shape(String name, int rank) {
    return Optional.ofNullable(shapes.get(name)).filter(shape -> shape.rank() == rank);
  }

  /** Returns the length of an axis; 0 if there is no array of the name, or it has fewer axes. */
  int length(String name, int axis) {
    Shape shape = shapes.get(name);
    return shape == null || axis >= shape.rank()
        ? 0
        : (int) Math.min(shape.length(axis), Integer.MAX_VALUE);
  }

  /**
   * Returns the numbers that occur in the names which a pattern matches as a whole.
   *
   * @param pattern whose first group are the digits, such as {@code body\\.(\\d+)\\.weight}
   */
  SortedSet<Integer> numbers(String pattern) {
    Pattern compiled = Pattern.compile(pattern);
    SortedSet<Integer> numbers = new TreeSet<>();
    for (String name : shapes.keySet()) {
      Matcher matcher = compiled.matcher(name);
      if (matcher.matches() && matcher.group(1).length() <= 6) {
        numbers.add(Integer.valueOf(matcher.group(1)));
      }
    }
    return numbers;
  }

  /**
   * Returns the names of all convolutions in their order: that of their numbers, where nothing but
   * a number tells them apart, as in a module {@code Sequential}, and that of the file otherwise.
   */
  List<String> convolutions() {
    Map<String, Integer> numbers = new LinkedHashMap<>();
    Set<String> others = new HashSet<>();
    for (String key : shapes.keySet()) {
      Matcher matcher = WEIGHT.matcher(key);
      if (matcher.matches() && shape(key, 4).isPresent()) {
        String digits = matcher.group("number");
        boolean isNumber = digits != null && digits.length() <= 6;
        numbers.put(matcher.group("name"), isNumber ? Integer.parseInt(digits) : 0);
        others.add(isNumber ? matcher.group("before") + "|" + matcher.group("behind") : key);
      }
    }
    List<String> names = new ArrayList<>(numbers.keySet());
    if (others.size() == 1) {
      names.sort(Comparator.comparing(numbers::get));
    }
    return names;
  }
}
