// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.networks.weights;

import java.math.BigInteger;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A reader of Python's pickles that builds values and calls nothing.
 *
 * <p>Pickles are programs for a stack machine (Python's {@code pickletools} documents its
 * operations, up to protocol 5). Numbers, texts, lists, tuples and dictionaries become values of
 * Java; classes and functions become their names. Where the program calls one, {@link Calls}
 * returns a value or refuses it. Objects of any class become {@link Instance}s, which hold their
 * state and have no behaviour.
 */
final class Unpickler {

  /** The calls that a pickle may make, and the values outside of it that it may name. */
  interface Calls {

    /** Returns the value of a call; refuses it otherwise. */
    Object call(Global function, List<Object> arguments);

    /** Returns the value that a persistent identifier names. */
    Object persistent(Object identifier);

    /** Refuses a class or function that no file of weights needs; does nothing for others. */
    void check(Global global);
  }

  /** Python's {@code None}. */
  enum None {
    NONE
  }

  /** The name of a class or a function. */
  record Global(String module, String name) {
    @Override
    public String toString() {
      return module + "." + name;
    }
  }

  /** A tuple. Equal to itself only: what lies in it may be nested without end. */
  static final class Tuple {
    private final List<Object> values;

    Tuple(List<Object> values) {
      this.values = List.copyOf(values);
    }

    List<Object> values() {
      return values;
    }
  }

  /** An object of some class: its state, without any behaviour. Equal to itself only. */
  static final class Instance {
    private final Global type;
    private Object state = None.NONE;

    Instance(Global type) {
      this.type = type;
    }

    Global type() {
      return type;
    }

    Object state() {
      return state;
    }
  }

  private static final int MAX_DIGITS = 1000; // of a whole number, which is written in decimals
  private static final int MAX_LINE = 1 << 16;

  private final Refusal refusal;
  private final ByteBuffer in;
  private final Calls calls;
  private final long maxValues;
  private final Map<Long, Object> memo = new HashMap<>();
  private final Deque<List<Object>> marked = new ArrayDeque<>(); // the stacks below marks
  private List<Object> stack = new ArrayList<>();
  private long values;

  /**
   * Creates a reader.
   *
   * @param in a pickle from its position on
   * @param maxValues how many values may be made
   */
  Unpickler(Refusal refusal, ByteBuffer in, Calls calls, long maxValues) {
    this.refusal = refusal;
    this.in = in.order(ByteOrder.LITTLE_ENDIAN);
    this.calls = calls;
    this.maxValues = maxValues;
  }

  /** Reads one pickle, behind which the buffer then is. */
  Object read() {
    memo.clear();
    marked.clear();
    stack.clear();
    try {
      while (true) {
        int operation = Byte.toUnsignedInt(in.get());
        if (operation == '.') {
          return pop();
        }
        step(operation);
      }
    } catch (BufferUnderflowException e) {
      throw refusal.of("is truncated: its pickle ends before it is complete");
    }
  }

  private void step(int operation) {
    switch (operation) {
      case 0x80 -> in.get(); // PROTO
      case 0x95 -> in.getLong(); // FRAME
      case '(' -> {
        count();
        marked.push(stack);
        stack = new ArrayList<>();
      }
      case '0' -> pop();
      case '1' -> popMark();
      case '2' -> push(peek());
      case 'N' -> push(None.NONE);
      case 0x88 -> push(true);
      case 0x89 -> push(false);
      case 'I' -> push(integerOrBoolean(line()));
      case 'J' -> push((long) in.getInt());
      case 'K' -> push((long) Byte.toUnsignedInt(in.get()));
      case 'M' -> push((long) Short.toUnsignedInt(in.getShort()));
      case 'L' -> push(integer(line().replaceFirst("L$", "")));
      case 0x8a -> push(integer(bytes(Byte.toUnsignedInt(in.get()))));
      case 0x8b -> push(integer(bytes(in.getInt())));
      case 'F' -> push(number(line()));
      case 'G' -> push(Double.longBitsToDouble(Long.reverseBytes(in.getLong())));
      case 'S' -> push(line().replaceAll("^['\"]|['\"]$", ""));
      case 'V' -> push(line());
      case 'T' -> push(latin(in.getInt()));
      case 'U' -> push(latin(Byte.toUnsignedInt(in.get())));
      case 'X' -> push(text(in.getInt()));
      case 0x8c -> push(text(Byte.toUnsignedInt(in.get())));
      case 0x8d -> push(text(in.getLong()));
      case 'B' -> push(bytes(in.getInt()));
      case 'C' -> push(bytes(Byte.toUnsignedInt(in.get())));
      case 0x8e, 0x96 -> push(bytes(in.getLong()));
      case ']', 0x8f -> push(new ArrayList<>());
      case 'l', 0x91 -> push(popMark());
      case 'a' -> {
        Object value = pop();
        list().add(value);
      }
      case 'e', 0x90 -> {
        List<Object> all = popMark();
        list().addAll(all);
      }
      case ')' -> push(new Tuple(List.of()));
      case 't' -> push(new Tuple(popMark()));
      case 0x85 -> push(tuple(1));
      case 0x86 -> push(tuple(2));
      case 0x87 -> push(tuple(3));
      case '}' -> push(new LinkedHashMap<>());
      case 'd' -> push(put(new LinkedHashMap<>(), popMark()));
      case 's' -> put(tuple(2).values());
      case 'u' -> put(popMark());
      case 'p' -> memorise(index(line()));
      case 'q' -> memorise(Byte.toUnsignedInt(in.get()));
      case 'r' -> memorise(Integer.toUnsignedLong(in.getInt()));
      case 0x94 -> memorise(memo.size());
      case 'g' -> push(memorised(index(line())));
      case 'h' -> push(memorised(Byte.toUnsignedInt(in.get())));
      case 'j' -> push(memorised(Integer.toUnsignedLong(in.getInt())));
      case 'c' -> push(global(line(), line()));
      case 0x93 -> {
        List<Object> names = tuple(2).values();
        push(global(string(names.get(0)), string(names.get(1))));
      }
      case 'R' -> {
        List<Object> arguments = arguments(pop());
        push(calls.call(global(pop()), arguments));
      }
      case 0x81 -> {
        arguments(pop());
        push(new Instance(global(pop())));
      }
      case 0x92 -> {
        pop();
        arguments(pop());
        push(new Instance(global(pop())));
      }
      case 'b' -> build();
      case 'i' -> throw called(global(line(), line()));
      case 'o' -> {
        List<Object> all = popMark();
        throw all.isEmpty() ? damaged() : called(global(all.get(0)));
      }
      case 'Q' -> push(calls.persistent(pop()));
      default ->
          throw refusal.of(
              "must hold weights in a pickle, but the pickle has the operation 0x%02x, which no"
                  + " file of weights needs",
              operation);
    }
  }

  /** Gives an object its state, which none of its methods sees. */
  private void build() {
    Object state = pop();
    if (peek() instanceof Instance instance) {
      instance.state = state;
    } // Others have their values: the state of a dictionary holds its attributes.
  }

  private RuntimeException called(Global function) {
    calls.call(function, List.of());
    return damaged(); // written by no program: what may be called is called otherwise
  }

  private RuntimeException damaged() {
    return refusal.of("is damaged: its pickle is not one that Python writes");
  }

  private void count() {
    values++;
    if (values > maxValues) {
      throw refusal.of(
          "must hold at most %s values beside the weights, for its size, but holds more",
          maxValues);
    }
  }

  private void push(Object value) {
    count();
    stack.add(value);
  }

  private Object pop() {
    if (stack.isEmpty()) {
      throw damaged();
    }
    return stack.remove(stack.size() - 1);
  }

  private Object peek() {
    if (stack.isEmpty()) {
      throw damaged();
    }
    return stack.get(stack.size() - 1);
  }

  private List<Object> popMark() {
    if (marked.isEmpty()) {
      throw damaged();
    }
    List<Object> above = stack;
    stack = marked.pop();
    return above;
  }

  private Tuple tuple(int length) {
    if (stack.size() < length) {
      throw damaged();
    }
    List<Object> last = stack.subList(stack.size() - length, stack.size());
    Tuple tuple = new Tuple(last);
    last.clear();
    return tuple;
  }

  @SuppressWarnings("unchecked") // only this class makes lists
  private List<Object> list() {
    if (peek() instanceof List<?> list) {
      return (List<Object>) list;
    }
    throw damaged();
  }

  @SuppressWarnings("unchecked") // only this class and the calls make maps
  private void put(List<Object> keysAndValues) {
    if (peek() instanceof Map<?, ?> map) {
      put((Map<Object, Object>) map, keysAndValues);
    } else if (!(peek() instanceof Instance)) { // items of a subclass of dict
      throw damaged();
    }
  }

  private Map<Object, Object> put(Map<Object, Object> map, List<Object> keysAndValues) {
    if (keysAndValues.size() % 2 != 0) {
      throw damaged();
    }
    for (int i = 0; i < keysAndValues.size(); i += 2) {
      Object key = keysAndValues.get(i);
      if (key instanceof List || key instanceof Map) {
        throw damaged(); // Python hashes neither
      }
      count();
      map.put(key, keysAndValues.get(i + 1));
    }
    return map;
  }

  private void memorise(long index) {
    count();
    memo.put(index, peek());
  }

  private Object memorised(long index) {
    Object value = memo.get(index);
    if (value == null) {
      throw damaged();
    }
    return value;
  }

  private Global global(String module, String name) {
    Global global = new Global(module, name);
    calls.check(global);
    return global;
  }

  private Global global(Object value) {
    if (value instanceof Global global) {
      return global;
    }
    throw refusal.of("must hold weights in a pickle, but the pickle calls a value");
  }

  private List<Object> arguments(Object value) {
    if (value instanceof Tuple tuple) {
      return tuple.values();
    }
    throw damaged();
  }

  private String string(Object value) {
    if (value instanceof String text) {
      return text;
    }
    throw damaged();
  }

  private byte[] bytes(long length) {
    if (length < 0 || length > in.remaining()) {
      throw new BufferUnderflowException();
    }
    byte[] bytes = new byte[(int) length];
    in.get(bytes);
    return bytes;
  }

  private String text(long length) {
    return new String(bytes(length), StandardCharsets.UTF_8);
  }

  private String latin(long length) {
    return new String(bytes(length), StandardCharsets.ISO_8859_1);
  }

  private String line() {
    StringBuilder line = new StringBuilder();
    for (int c = in.get(); c != '\n'; c = in.get()) {
      if (line.length() == MAX_LINE) {
        throw damaged();
      }
      line.append((char) (c & 0xff));
    }
    return line.toString();
  }

  private Object integerOrBoolean(String digits) {
    return switch (digits) {
      case "00" -> false;
      case "01" -> true;
      default -> integer(digits);
    };
  }

  private Object integer(String digits) {
    try {
      if (digits.length() <= MAX_DIGITS) {
        return number(new BigInteger(digits.strip()));
      }
    } catch (NumberFormatException e) {
      // refused below, as are too many digits
    }
    throw damaged();
  }

  private Object integer(byte[] littleEndian) {
    if (littleEndian.length > MAX_DIGITS) {
      throw damaged();
    }
    byte[] bigEndian = new byte[littleEndian.length];
    for (int i = 0; i < bigEndian.length; i++) {
      bigEndian[i] = littleEndian[bigEndian.length - 1 - i];
    }
    return bigEndian.length == 0 ? (Object) 0L : number(new BigInteger(bigEndian));
  }

  private static Object number(BigInteger number) {
    return number.bitLength() < Long.SIZE ? (Object) number.longValue() : number;
  }

  private Double number(String digits) {
    try {
      return Double.valueOf(digits.strip());
    } catch (NumberFormatException e) {
      throw damaged();
    }
  }

  private long index(String digits) {
    return integer(digits) instanceof Long number ? number : -1; // at which nothing is stored
  }
}
