// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.networks.weights;

import static java.util.Objects.requireNonNull;

import io.github.sr4j.networks.weights.TorchTensor.Storage;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The value in a file of PyTorch, in either form of {@code torch.save}: a zip archive with a pickle
 * and an entry for each storage, or, before version 1.6, pickles with the storages behind them.
 * TorchScript's archives are of the first form.
 */
final class TorchFile {

  private static final BigInteger MAGIC = new BigInteger("1950a86a20f9469cfc6c", 16);
  private static final long VERSION = 1001; // of the older form, the only one there is
  private static final int BASE_VALUES = 20_000;
  private static final int BYTES_PER_VALUE = 8; // of a file; files in use have a hundred

  private TorchFile() {}

  /** Returns the name of the pickle in an archive; empty if the archive is none of PyTorch. */
  static Optional<String> pickleIn(ZipDirectory zip) {
    return zip.names().stream()
        .filter(name -> name.equals("data.pkl") || name.endsWith("/data.pkl"))
        .findFirst();
  }

  /** Returns the value in an archive. */
  static Object readArchive(Refusal refusal, ZipDirectory zip, String pickle, long size) {
    String folder = pickle.substring(0, pickle.length() - "data.pkl".length());
    ByteBuffer order = zip.get(folder + "byteorder");
    boolean isBigEndian =
        order != null && StandardCharsets.US_ASCII.decode(order).toString().startsWith("big");
    TorchCalls calls =
        new TorchCalls(refusal) {
          private final Map<String, Storage> storages = new HashMap<>();

          @Override
          Storage storage(String key, ElementType type, long elements) {
            return storages.computeIfAbsent(
                key,
                absent -> {
                  String entry = folder + "data/" + key;
                  ByteBuffer bytes = zip.get(entry);
                  Storage storage = new Storage(type, elements);
                  if (bytes == null || bytes.limit() < storage.length()) {
                    throw refusal.of(
                        "is damaged: %s must hold %s values of %s bytes, but %s",
                        entry,
                        elements,
                        type.bytes(),
                        bytes == null ? "is missing" : "has " + bytes.limit() + " bytes");
                  }
                  storage.fill(
                      bytes, 0, isBigEndian ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN);
                  return storage;
                });
          }
        };
    ByteBuffer content = requireNonNull(zip.get(pickle), pickle);
    return new Unpickler(refusal, content, calls, maxValues(size)).read();
  }

  private static long maxValues(long size) {
    return BASE_VALUES + size / BYTES_PER_VALUE;
  }

  /** Returns the value in a file of the older form, or in a pickle without a header. */
  static Object readPickles(Refusal refusal, ByteBuffer content) {
    Map<String, Storage> storages = new HashMap<>();
    TorchCalls calls =
        new TorchCalls(refusal) {
          @Override
          Storage storage(String key, ElementType type, long elements) {
            return storages.computeIfAbsent(key, absent -> new Storage(type, elements));
          }
        };
    ByteBuffer in = content.duplicate().order(ByteOrder.LITTLE_ENDIAN);
    Unpickler unpickler = new Unpickler(refusal, in, calls, maxValues(content.limit()));
    Object first = unpickler.read();
    if (!first.equals(MAGIC)) {
      return first; // a pickle of something else, which has no storages
    }
    Object version = unpickler.read();
    if (!version.equals(VERSION)) {
      throw refusal.of(
          "must be a file of PyTorch of version %s, but is of version %s",
          VERSION, version instanceof Number ? version : "unknown");
    }
    if (unpickler.read() instanceof Map<?, ?> system
        && Boolean.FALSE.equals(system.get("little_endian"))) {
      throw refusal.of(
          "was written on a big-endian machine in PyTorch's older form, which is not read; save it"
              + " again with PyTorch 1.6 or newer");
    }
    Object value = unpickler.read();
    if (!(unpickler.read() instanceof List<?> keys)) {
      throw refusal.of("is damaged: it does not list its storages");
    }
    for (Object key : keys) {
      Storage storage = key instanceof String ? storages.get(key) : null;
      if (storage == null || in.remaining() < Long.BYTES) {
        throw refusal.of("is truncated or damaged: a storage that it lists is not there");
      }
      long elements = in.getLong();
      if (elements != storage.elements() || storage.length() > in.remaining()) {
        throw refusal.of(
            "is truncated or damaged: a storage is declared to have %s values, but has %s in %s"
                + " bytes",
            storage.elements(), elements, in.remaining());
      }
      storage.fill(in, in.position(), ByteOrder.LITTLE_ENDIAN);
      in.position(in.position() + (int) storage.length());
    }
    return value;
  }
}
