// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.dl4j.internal.execution;

import static java.util.Objects.requireNonNull;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import org.nd4j.autodiff.functions.DifferentialFunction;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.BaseOp;
import org.nd4j.linalg.api.ops.BaseReduceOp;
import org.nd4j.linalg.api.ops.DynamicCustomOp;
import org.nd4j.linalg.api.ops.Op;
import org.nd4j.linalg.api.ops.OpContext;
import org.nd4j.linalg.api.ops.ReduceOp;
import org.nd4j.linalg.api.ops.ScalarOp;
import org.nd4j.linalg.api.ops.impl.transforms.same.Identity;
import org.nd4j.linalg.api.shape.LongShapeDescriptor;
import org.nd4j.linalg.api.shape.Shape;
import org.nd4j.linalg.factory.Nd4j;

/**
 * A SameDiff graph laid out for inputs of one shape: the operations that the wanted outputs need,
 * in order, each with its arrays.
 *
 * <p>SameDiff interprets a graph anew on every call and allocates every intermediate result, which
 * costs more than the arithmetic of a small network (docs/design-decisions.md). Shapes do not
 * change during training, so arrays are allocated once here, and one is used again as soon as
 * nothing needs what it holds. Control flow is not supported; no network of super-resolution has
 * any.
 *
 * <p>Confined to one thread at a time. Holds native memory.
 */
public final class GraphPlan implements AutoCloseable {

  /** A part of the plan with its arrays bound. */
  public interface Step {
    /** Does the step. */
    void run();

    /** Frees what the step holds. */
    void close();
  }

  /** One operation of ND4J. */
  public record OperationStep(DifferentialFunction operation, OpContext context) implements Step {

    @Override
    public void run() {
      if (operation instanceof DynamicCustomOp custom) {
        Nd4j.exec(custom, context);
      } else {
        Nd4j.exec((Op) operation, context);
      }
    }

    @Override
    public void close() {
      closeContext(context);
    }
  }

  /** Lends arrays whose content is needed no longer than the step that they are lent for. */
  public interface Scratch {
    /** Returns an array of a shape, which the plan frees. */
    INDArray array(long... shape);
  }

  private final SameDiff graph;
  private final Map<String, INDArray> bound = new HashMap<>();
  private final List<Step> steps = new ArrayList<>();
  private final Map<String, Integer> stepOfVariable = new HashMap<>();

  // Arrays of intermediate results: all that were allocated, and those that hold nothing of use.
  private final List<INDArray> owned = new ArrayList<>();
  private final Map<Long, Deque<INDArray>> idle = new HashMap<>();
  private final IdentityHashMap<INDArray, INDArray> base = new IdentityHashMap<>();

  private GraphPlan(SameDiff graph) {
    this.graph = graph;
  }

  /**
   * Lays out a graph.
   *
   * @param bound the arrays of placeholders and variables; they stay the caller's
   * @param outputs the variables to compute, in the order in which they are computed
   */
  public static GraphPlan of(SameDiff graph, Map<String, INDArray> bound, List<String> outputs) {
    GraphPlan plan = new GraphPlan(graph);
    plan.bound.putAll(bound);
    List<DifferentialFunction> order = order(graph, outputs);
    plan.allocate(order, new HashSet<>(outputs));
    return plan;
  }

  /** The operations that the outputs need, each after those it needs itself. */
  private static List<DifferentialFunction> order(SameDiff graph, List<String> outputs) {
    Map<String, DifferentialFunction> ordered = new LinkedHashMap<>();
    Set<String> entered = new HashSet<>();
    Deque<String> stack = new ArrayDeque<>();
    for (String output : outputs) {
      stack.push(output);
      while (!stack.isEmpty()) {
        String variable = stack.peek();
        DifferentialFunction operation = graph.getVariableOutputOp(variable);
        if (operation == null || ordered.containsKey(operation.getOwnName())) {
          stack.pop();
        } else if (entered.add(operation.getOwnName())) {
          // Reversed, so that the first argument is computed first: the forward pass comes before
          // the
          // backward pass, and stays together.
          String[] arguments = operation.argNames();
          for (int i = arguments.length - 1; i >= 0; i--) {
            stack.push(arguments[i]);
          }
        } else {
          stack.pop();
          ordered.put(operation.getOwnName(), operation);
        }
      }
    }
    return List.copyOf(ordered.values());
  }

  private void allocate(List<DifferentialFunction> order, Set<String> outputs) {
    Map<String, Integer> lastUse = new HashMap<>();
    for (int i = 0; i < order.size(); i++) {
      for (String argument : order.get(i).argNames()) {
        lastUse.put(argument, i);
      }
    }
    for (int i = 0; i < order.size(); i++) {
      DifferentialFunction operation = order.get(i);
      OpContext context = Nd4j.getExecutioner().buildContext();
      String[] results = operation.outputVariablesNames();
      if (operation instanceof Identity) {
        bound.put(results[0], array(operation.argNames()[0]));
        stepOfVariable.put(results[0], steps.size());
        lastUse.remove(operation.argNames()[0]); // now also reachable under another name
        lastUse.remove(results[0]);
        continue;
      }
      bind(operation, context);
      Step step = step(operation, context, variable -> isNeeded(variable, lastUse, outputs));
      step.run(); // later shapes may depend on values, such as those of a reshape
      steps.add(step);
      for (String result : results) {
        stepOfVariable.put(result, steps.size());
        if (!lastUse.containsKey(result) && !outputs.contains(result)) {
          release(result);
        }
      }
      for (String argument : Set.of(distinct(operation.argNames()))) {
        if (Integer.valueOf(i).equals(lastUse.get(argument)) && !outputs.contains(argument)) {
          release(argument);
        }
      }
    }
  }

  private static boolean isNeeded(
      String variable, Map<String, Integer> lastUse, Set<String> outputs) {
    return lastUse.containsKey(variable) || outputs.contains(variable);
  }

  /** The operation, or what does the same faster. */
  private Step step(DifferentialFunction operation, OpContext context, Predicate<String> isNeeded) {
    List<INDArray> lent = new ArrayList<>();
    Optional<Step> faster =
        FasterOperations.replace(
            operation,
            context.getInputArrays(),
            context.getOutputArrays(),
            isNeeded,
            shape -> {
              INDArray array = acquire(LongShapeDescriptor.fromShape(shape, DataType.FLOAT));
              lent.add(array);
              return array;
            });
    lent.forEach(this::release);
    if (faster.isPresent()) {
      closeContext(context);
      return faster.get();
    }
    return new OperationStep(operation, context);
  }

  private static void closeContext(OpContext context) {
    try {
      context.close();
    } catch (Exception e) {
      throw new IllegalStateException("cannot free an operation's context", e);
    }
  }

  private static String[] distinct(String[] names) {
    return Arrays.stream(names).distinct().toArray(String[]::new);
  }

  private void bind(DifferentialFunction operation, OpContext context) {
    INDArray[] arguments = new INDArray[operation.argNames().length];
    for (int i = 0; i < arguments.length; i++) {
      arguments[i] = array(operation.argNames()[i]);
    }
    List<LongShapeDescriptor> shapes;
    if (operation instanceof DynamicCustomOp custom) {
      context.setArgs(arguments, custom.iArgs(), custom.dArgs(), custom.tArgs(), custom.bArgs());
      shapes = custom.calculateOutputShape(context);
    } else {
      shapes = bindLegacy((Op) operation, operation, arguments, context);
    }
    String[] results = operation.outputVariablesNames();
    for (int i = 0; i < results.length; i++) {
      DataType type = graph.getVariable(results[i]).dataType();
      INDArray result = acquire(shapes.get(i).asDataType(type));
      context.setOutputArray(i, result);
      bound.put(results[i], result);
    }
  }

  /** Operations of ND4J's older kind take axes and scalars as fields instead of arguments. */
  private static List<LongShapeDescriptor> bindLegacy(
      Op operation, DifferentialFunction function, INDArray[] arguments, OpContext context) {
    boolean axes = operation instanceof ReduceOp && arguments.length == 2;
    if (axes) {
      INDArray dimensions = arguments[1];
      function.setDimensions(
          dimensions.isEmpty()
              ? null
              : Shape.normalizeAxis(arguments[0].rank(), dimensions.toIntVector()));
      if (operation instanceof BaseReduceOp reduce) {
        reduce.setEmptyReduce(false);
      }
    } else if (operation instanceof ScalarOp scalar && arguments.length == 2) {
      scalar.setScalar(arguments[1]);
    }
    context.setInputArray(0, arguments[0]);
    if (arguments.length == 2 && !axes) {
      context.setInputArray(1, arguments[1]);
    }
    return ((BaseOp) operation).calculateOutputShape(context);
  }

  private INDArray acquire(LongShapeDescriptor shape) {
    long length = 1;
    for (long side : shape.getShape()) {
      length *= side;
    }
    if (shape.dataType() != DataType.FLOAT || length == 0 || shape.getShape().length == 0) {
      INDArray array = Nd4j.create(shape);
      owned.add(array);
      return array;
    }
    Deque<INDArray> free = idle.get(length);
    INDArray flat = free == null ? null : free.poll();
    if (flat == null) {
      flat = Nd4j.createUninitialized(DataType.FLOAT, length);
      owned.add(flat);
    }
    INDArray array = flat.reshape('c', shape.getShape());
    base.put(array, flat);
    return array;
  }

  private void release(String variable) {
    INDArray array = bound.get(variable);
    if (array != null) {
      release(array);
    }
  }

  private void release(INDArray array) {
    INDArray flat = base.remove(array);
    if (flat != null) {
      idle.computeIfAbsent(flat.length(), length -> new ArrayDeque<>()).push(flat);
    }
  }

  private INDArray array(String variable) {
    INDArray array = bound.get(variable);
    if (array != null) {
      return array;
    }
    // Constants, and the variable 1 from which SameDiff's differentiation starts.
    INDArray declared = graph.getVariable(variable).getArr();
    if (declared == null) {
      throw new IllegalStateException(String.format("no array is bound to \"%s\"", variable));
    }
    bound.put(variable, declared);
    return declared;
  }

  /** Runs the operations up to the one that computes a variable. */
  public void runUntil(String variable) {
    run(0, stepAfter(variable));
  }

  /** Runs the operations after the one that computes a variable. */
  public void runAfter(String variable) {
    run(stepAfter(variable), steps.size());
  }

  private int stepAfter(String variable) {
    return requireNonNull(stepOfVariable.get(variable), variable);
  }

  /** Runs all operations. */
  public void run() {
    run(0, steps.size());
  }

  private void run(int from, int to) {
    for (int i = from; i < to; i++) {
      steps.get(i).run();
    }
  }

  /** Returns the array of an output, which the next run overwrites. */
  public INDArray output(String variable) {
    return requireNonNull(bound.get(variable), variable);
  }

  @Override
  public void close() {
    steps.forEach(Step::close);
    steps.clear();
    bound.clear();
    idle.clear();
    base.clear();
    owned.forEach(INDArray::close);
    owned.clear();
  }
}
