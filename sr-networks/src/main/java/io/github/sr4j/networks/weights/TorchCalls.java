// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.networks.weights;

import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import com.google.common.primitives.ImmutableLongArray;
import io.github.sr4j.networks.graph.Shape;
import io.github.sr4j.networks.weights.TorchTensor.Storage;
import io.github.sr4j.networks.weights.Unpickler.Global;
import io.github.sr4j.networks.weights.Unpickler.Instance;
import io.github.sr4j.networks.weights.Unpickler.Tuple;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The calls that pickles of PyTorch may make: those that build tensors, dictionaries and a few
 * other values.
 */
abstract class TorchCalls implements Unpickler.Calls {

  private static final String HINT =
      ", which is not run; save the weights alone, with torch.save(model.state_dict(), FILE)";

  private static final ImmutableMap<String, ElementType> STORAGES =
      ImmutableMap.<String, ElementType>builder()
          .put("torch.FloatStorage", ElementType.F32)
          .put("torch.HalfStorage", ElementType.F16)
          .put("torch.BFloat16Storage", ElementType.BF16)
          .put("torch.DoubleStorage", ElementType.F64)
          .put("torch.LongStorage", ElementType.I64)
          .put("torch.IntStorage", ElementType.I32)
          .put("torch.ShortStorage", ElementType.I16)
          .put("torch.CharStorage", ElementType.I8)
          .put("torch.ByteStorage", ElementType.U8)
          .put("torch.BoolStorage", ElementType.BOOL)
          .buildOrThrow();

  /** Makers of values beside the weights, which are not computed: nothing reads them. */
  private static final ImmutableSet<String> UNREAD =
      ImmutableSet.of(
          "torch.Size",
          "torch.device",
          "numpy.core.multiarray.scalar",
          "numpy._core.multiarray.scalar",
          "numpy.dtype",
          "_codecs.encode",
          "builtins.set",
          "__builtin__.set",
          "builtins.frozenset",
          "builtins.slice",
          "builtins.complex",
          "pathlib.PosixPath",
          "pathlib.WindowsPath",
          "datetime.datetime",
          "datetime.timedelta");

  /** Built-in types that are named and not called. */
  private static final ImmutableSet<String> BUILT_IN =
      ImmutableSet.of("object", "set", "frozenset", "slice", "complex", "list", "dict", "tuple");

  /** Modules of Python by which files attack whoever loads them, and which no network needs. */
  private static final ImmutableSet<String> HOSTILE =
      ImmutableSet.of(
          "asyncio",
          "bdb",
          "code",
          "codeop",
          "commands",
          "ctypes",
          "http",
          "importlib",
          "io",
          "_io",
          "marshal",
          "multiprocessing",
          "nt",
          "os",
          "pdb",
          "pickle",
          "_pickle",
          "pip",
          "platform",
          "popen2",
          "posix",
          "posixpath",
          "ntpath",
          "profile",
          "pty",
          "pydoc",
          "requests",
          "runpy",
          "shutil",
          "signal",
          "socket",
          "subprocess",
          "sys",
          "tempfile",
          "threading",
          "timeit",
          "trace",
          "urllib",
          "webbrowser",
          "zipimport");

  private final Refusal refusal;

  TorchCalls(Refusal refusal) {
    this.refusal = refusal;
  }

  @Override
  public void check(Global global) {
    String root = global.module().replaceFirst("\\..*", "");
    boolean isBuiltIn = root.equals("builtins") || root.equals("__builtin__");
    if (HOSTILE.contains(root) || (isBuiltIn && !BUILT_IN.contains(global.name()))) {
      throw refused(global);
    }
  }

  private RuntimeException refused(Global global) {
    return refusal.of("must hold weights alone, but its pickle calls %s" + HINT, global.toString());
  }

  @Override
  public Object call(Global function, List<Object> arguments) {
    String name = function.toString();
    return switch (name) {
      case "collections.OrderedDict", "collections.defaultdict" -> dictionary(arguments);
      case "torch._utils._rebuild_tensor_v2", "torch._utils._rebuild_tensor" -> tensor(arguments);
      case "torch._utils._rebuild_parameter", "torch._utils._rebuild_parameter_with_state" -> {
        if (!arguments.isEmpty() && arguments.get(0) instanceof TorchTensor data) {
          yield data;
        }
        throw malformed("parameter");
      }
      case "copyreg._reconstructor", "copy_reg._reconstructor" -> {
        if (!arguments.isEmpty() && arguments.get(0) instanceof Global type) {
          yield new Instance(type);
        }
        throw malformed("object");
      }
      default -> {
        if (UNREAD.contains(name)) {
          yield new Instance(function);
        }
        throw refused(function);
      }
    };
  }

  private static Map<Object, Object> dictionary(List<Object> arguments) {
    Map<Object, Object> dictionary = new LinkedHashMap<>();
    if (arguments.size() == 1 && arguments.get(0) instanceof List<?> pairs) {
      for (Object pair : pairs) {
        List<?> values =
            pair instanceof Tuple tuple
                ? tuple.values()
                : pair instanceof List<?> list ? list : List.of();
        if (values.size() == 2 && values.get(0) instanceof String key) {
          dictionary.put(key, values.get(1));
        }
      }
    }
    return dictionary;
  }

  private TorchTensor tensor(List<Object> arguments) {
    if (arguments.size() >= 4
        && arguments.get(0) instanceof Storage storage
        && arguments.get(1) instanceof Long offset) {
      long[] shape = numbers(arguments.get(2));
      long[] strides = numbers(arguments.get(3));
      if (shape != null && strides != null && shape.length == strides.length && offset >= 0) {
        return new TorchTensor(
            storage, offset, Shape.of(shape), ImmutableLongArray.copyOf(strides));
      }
    }
    throw malformed("tensor");
  }

  private static long @Nullable [] numbers(Object tuple) {
    List<Long> numbers = new ArrayList<>();
    if (tuple instanceof Tuple values) {
      for (Object value : values.values()) {
        if (!(value instanceof Long number) || number < 0) {
          return null;
        }
        numbers.add(number);
      }
      return numbers.stream().mapToLong(Long::longValue).toArray();
    }
    return null;
  }

  /**
   * Returns a storage: {@code ("storage", type, key, device, elements)}, in older files with a view
   * behind it. The old form also names the source of modules, {@code ("module", type, file,
   * source)}.
   */
  @Override
  public Object persistent(Object identifier) {
    List<Object> parts = identifier instanceof Tuple tuple ? tuple.values() : List.of();
    if (parts.size() >= 2 && "module".equals(parts.get(0))) {
      return parts.get(1);
    }
    if (parts.size() >= 5
        && "storage".equals(parts.get(0))
        && parts.get(1) instanceof Global type
        && parts.get(2) instanceof String key
        && parts.get(4) instanceof Long elements
        && elements >= 0) {
      ElementType element = STORAGES.get(type.toString());
      if (element == null) {
        throw refusal.of(
            "must hold numbers that SR4J reads (%s), but has a %s",
            String.join(", ", STORAGES.keySet()), type.toString());
      }
      if (parts.size() > 5 && parts.get(5) instanceof Tuple) {
        throw refusal.of(
            "has views of storages, as PyTorch before 0.4 wrote them; save it again with a newer"
                + " one");
      }
      return storage(key, element, elements);
    }
    throw malformed("storage");
  }

  /** Returns the storage of a key, the same one for each call. */
  abstract Storage storage(String key, ElementType type, long elements);

  private RuntimeException malformed(String what) {
    return refusal.of("is damaged: its pickle has a malformed %s", what);
  }
}
