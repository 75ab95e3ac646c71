// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.networks.weights;

import com.google.common.collect.ImmutableList;
import io.github.sr4j.networks.files.Names;
import io.github.sr4j.networks.weights.Unpickler.Instance;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The dictionary of weights in the value of a PyTorch file: the value itself, what a program has
 * wrapped around it taken away, or the tensors of a whole module, whose class is not needed.
 */
final class StateDict {

  /** The keys under which programs store weights, those of averaged weights first. */
  private static final ImmutableList<String> WRAPPERS =
      ImmutableList.of(
          "params_ema",
          "state_dict_ema",
          "model_ema",
          "g_ema",
          "ema",
          "params",
          "state_dict",
          "model_state_dict",
          "net_state_dict",
          "generator_state_dict",
          "generator",
          "netG",
          "net_g",
          "model",
          "net",
          "network",
          "weights",
          "module");

  private static final int MAX_DEPTH = 64;
  private static final int MAX_VISITS = 100_000;

  private final Refusal refusal;
  private int visits; // of dictionaries and modules, which may lie in each other without end

  private StateDict(Refusal refusal) {
    this.refusal = refusal;
  }

  /** Returns the tensors by their names, without the prefixes {@code module.}. */
  static Map<String, StoredArray> of(Refusal refusal, Object value) {
    Map<String, TorchTensor> found = new StateDict(refusal).find(value, 0);
    if (found.isEmpty()) {
      throw refusal.of("must hold a dictionary of tensors or a module, but holds no tensors");
    }
    Map<String, StoredArray> arrays = new LinkedHashMap<>();
    found.forEach(
        (name, tensor) ->
            arrays.put(
                name,
                tensor
                    .array()
                    .orElseThrow(
                        () ->
                            refusal.of(
                                "is damaged: %s of shape %s must lie within its storage of %s"
                                    + " values, but does not",
                                name, tensor.shape(), tensor.storage().elements()))));
    return unprefixed(arrays);
  }

  private void visit(int depth) {
    visits++;
    if (depth > MAX_DEPTH || visits > MAX_VISITS) {
      throw refusal.of(
          "must hold weights in at most %s dictionaries and modules, at most %s in each other, but"
              + " has more",
          MAX_VISITS, MAX_DEPTH);
    }
  }

  private Map<String, TorchTensor> find(Object value, int depth) {
    Map<String, TorchTensor> tensors = new LinkedHashMap<>();
    if (value instanceof Instance module) {
      addModule("", module, tensors, depth);
      return tensors;
    }
    if (!(value instanceof Map<?, ?> map)) {
      return tensors;
    }
    visit(depth);
    for (String wrapper : WRAPPERS) {
      Map<String, TorchTensor> found =
          map.containsKey(wrapper) ? find(map.get(wrapper), depth + 1) : Map.of();
      if (!found.isEmpty()) {
        return found;
      }
    }
    addTensors("", map, tensors);
    return tensors.isEmpty() ? only(map, depth) : tensors;
  }

  /** Returns the tensors under the only key that has some. */
  private Map<String, TorchTensor> only(Map<?, ?> map, int depth) {
    Map<String, Map<String, TorchTensor>> found = new LinkedHashMap<>();
    map.forEach(
        (key, value) -> {
          if (key instanceof String name) {
            Map<String, TorchTensor> inner = find(value, depth + 1);
            if (!inner.isEmpty()) {
              found.put(name, inner);
            }
          }
        });
    if (found.size() > 1) {
      throw refusal.of(
          "must hold the weights of one network, or name it %s, but holds %s",
          String.join(", ", WRAPPERS), Names.of(found.keySet()));
    }
    return found.isEmpty() ? Map.of() : found.values().iterator().next();
  }

  private static void addTensors(String prefix, Map<?, ?> map, Map<String, TorchTensor> tensors) {
    map.forEach(
        (key, value) -> {
          if (key instanceof String name && value instanceof TorchTensor tensor) {
            tensors.put(prefix + name, tensor);
          }
        });
  }

  /**
   * Adds the tensors of a module: Python's modules keep them in {@code _parameters} and {@code
   * _buffers} and their children in {@code _modules}; those of TorchScript have all as attributes.
   */
  private void addModule(
      String prefix, Instance module, Map<String, TorchTensor> tensors, int depth) {
    visit(depth);
    if (!(module.state() instanceof Map<?, ?> state)) {
      return;
    }
    Map<?, ?> children = state;
    if (state.get("_modules") instanceof Map<?, ?> ofPython) {
      children = ofPython;
      for (String kind : List.of("_parameters", "_buffers")) {
        if (state.get(kind) instanceof Map<?, ?> own) {
          addTensors(prefix, own, tensors);
        }
      }
    } else {
      addTensors(prefix, state, tensors);
    }
    children.forEach(
        (key, value) -> {
          if (key instanceof String name && value instanceof Instance child) {
            addModule(prefix + name + ".", child, tensors, depth + 1);
          }
        });
  }

  /** Takes away what wrappers of modules put before each name. */
  private static Map<String, StoredArray> unprefixed(Map<String, StoredArray> arrays) {
    Map<String, StoredArray> shorter = new LinkedHashMap<>();
    arrays.forEach(
        (name, array) -> {
          if (!name.equals("n_averaged")) { // a counter of averaged weights
            shorter.put(name.replace("_orig_mod.", ""), array);
          }
        });
    Map<String, StoredArray> result = shorter;
    while (!result.isEmpty()
        && result.keySet().stream().allMatch(name -> name.startsWith("module."))) {
      Map<String, StoredArray> next = new LinkedHashMap<>();
      result.forEach((name, array) -> next.put(name.substring("module.".length()), array));
      result = next;
    }
    return result;
  }
}
