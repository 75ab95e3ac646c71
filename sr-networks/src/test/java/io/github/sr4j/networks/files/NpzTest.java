// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.networks.files;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.sr4j.ModelFormatException;
import io.github.sr4j.networks.graph.Shape;
import io.github.sr4j.networks.graph.Tensor;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class NpzTest {

  @TempDir Path directory;

  @Test
  void whatIsWritten_isRead() throws IOException {
    Map<String, Tensor> arrays = new LinkedHashMap<>();
    arrays.put("matrix", Tensor.of(Shape.of(2, 3), 1, 2, 3, 4, 5, 6));
    arrays.put("vector", Tensor.of(Shape.of(2), Float.MIN_VALUE, -0f));
    arrays.put("scalar", Tensor.scalar(7));
    Path file = write(arrays);
    Map<String, String> texts = new LinkedHashMap<>();

    Map<String, Tensor> read = Npz.read(file, texts);

    assertThat(read.keySet()).containsExactly("matrix", "vector", "scalar");
    read.forEach(
        (name, array) -> {
          assertThat(array.shape()).isEqualTo(arrays.get(name).shape());
          assertThat(array.samples()).isEqualTo(arrays.get(name).samples());
        });
    assertThat(texts).containsExactly(Map.entry("note", "ä=1"));
  }

  @Test
  void equalContent_givesEqualBytes() throws IOException {
    Map<String, Tensor> arrays = Map.of("a", Tensor.of(Shape.of(1), 1));

    assertThat(Files.readAllBytes(write(arrays))).isEqualTo(Files.readAllBytes(write(arrays)));
  }

  /**
   * Every byte of the file matters: whichever is changed, the file is refused or reads the same.
   */
  @Test
  void anyChangedByte_neverChangesAnArray() throws IOException {
    Path file = write(Map.of("a", Tensor.of(Shape.of(3), 1, 2, 3)));
    byte[] content = Files.readAllBytes(file);
    for (int i = 0; i < content.length; i++) {
      byte[] changed = content.clone();
      changed[i] ^= 0x41;
      Files.write(file, changed);
      try {
        Tensor array = Npz.read(file, new LinkedHashMap<>()).get("a");
        if (array != null) {
          assertThat(array.samples()).as("byte %d", i).containsExactly(1, 2, 3);
        }
      } catch (ModelFormatException refused) {
        assertThat(refused).as("byte %d", i).hasMessageContaining(file.toString());
      }
    }
  }

  @Test
  void missingFile_isNamed() {
    Path file = directory.resolve("nowhere.npz");

    assertThatThrownBy(() -> Npz.read(file, new LinkedHashMap<>()))
        .isInstanceOf(NoSuchFileException.class)
        .hasMessageContaining("nowhere.npz");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{'descr': '<f8', 'fortran_order': False, 'shape': (1,), } | <f8",
        "{'descr': '<f4', 'fortran_order': True, 'shape': (1,), }  | True",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (2,), } | 2 values expected",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (-1,-1), } | has the shape (-1,-1)",
        "nonsense                                                  | nonsense",
      })
  void arraysOfAnotherKind_areRefused(String header, String found) throws IOException {
    Path file = directory.resolve("other.npz");
    byte[] text = (header + "\n").getBytes(StandardCharsets.ISO_8859_1);
    ByteArrayOutputStream array = new ByteArrayOutputStream();
    array.write(new byte[] {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0});
    array.write(new byte[] {(byte) text.length, (byte) (text.length >> 8)});
    array.write(text);
    array.write(new byte[4]);
    try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(file))) {
      zip.putNextEntry(new ZipEntry("w.npy"));
      zip.write(array.toByteArray());
    }

    assertThatThrownBy(() -> Npz.read(file, new LinkedHashMap<>()))
        .isInstanceOf(ModelFormatException.class)
        .hasMessageContaining("other.npz: w.npy")
        .hasMessageContaining(found);
  }

  private Path zip(String name, Map<String, byte[]> entries) throws IOException {
    Path file = directory.resolve(name);
    try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(file))) {
      for (Map.Entry<String, byte[]> entry : entries.entrySet()) {
        zip.putNextEntry(new ZipEntry(entry.getKey()));
        zip.write(entry.getValue());
      }
    }
    return file;
  }

  @Test
  void archivesOfOtherThings_areRefused_byWhatTheyHold() throws IOException {
    Map<String, byte[]> photos = new LinkedHashMap<>();
    for (int i = 0; i < 200_000; i += 1000) {
      photos.put("photo" + i + ".png", new byte[9]);
    }
    assertThatThrownBy(() -> Npz.read(zip("photos.zip", photos), new LinkedHashMap<>()))
        .isInstanceOf(ModelFormatException.class)
        .hasMessageContainingAll("photos.zip", "has no arrays", "photo0.png", "and 192 more");
    Map<String, byte[]> pickle = Map.of("archive/data.pkl", new byte[9]);
    assertThatThrownBy(() -> Npz.read(zip("model.pth", pickle), new LinkedHashMap<>()))
        .isInstanceOf(ModelFormatException.class)
        .hasMessageContainingAll("model.pth", "is a file of PyTorch");
    assertThatThrownBy(() -> Npz.read(directory, new LinkedHashMap<>()))
        .hasMessageContainingAll(directory.toString(), "is a folder");
  }

  /** Its directory says so, before anything is unpacked. */
  @Test
  void archiveThatUnpacksToGigabytes_isRefused() throws IOException {
    Path file = directory.resolve("bomb.npz");
    try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(file))) {
      zip.setLevel(1);
      zip.putNextEntry(new ZipEntry("w.npy"));
      for (int i = 0; i < 200; i++) {
        zip.write(new byte[1 << 20]);
      }
    }
    assertThat(Files.size(file)).isLessThan(2 << 20);
    assertThatThrownBy(() -> Npz.read(file, new LinkedHashMap<>()))
        .isInstanceOf(ModelFormatException.class)
        .hasMessageContainingAll("bomb.npz", "fit into memory", "w.npy has 209715200 bytes");
  }

  /** A directory that says less than an entry unpacks to. */
  @Test
  void entryThatIsLongerThanItsDirectorySays_isRefused() throws IOException {
    byte[] array = new byte[1000];
    byte[] content = Files.readAllBytes(zip("long.npz", Map.of("w.npy", array)));
    ByteBuffer bytes = ByteBuffer.wrap(content).order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < content.length - 46; i++) {
      if (bytes.getInt(i) == 0x02014b50) {
        bytes.putInt(i + 24, 10); // the size
      }
    }
    Path file = Files.write(directory.resolve("long.npz"), content);
    assertThatThrownBy(() -> Npz.read(file, new LinkedHashMap<>()))
        .isInstanceOf(ModelFormatException.class)
        .hasMessageContaining("long.npz");
  }

  @Test
  void longNames_areShortened() throws IOException {
    Path file = zip("names.npz", Map.of("x".repeat(60_000) + ".npy", new byte[9]));
    assertThatThrownBy(() -> Npz.read(file, new LinkedHashMap<>()))
        .isInstanceOf(ModelFormatException.class)
        .satisfies(e -> assertThat(e.getMessage()).hasSizeLessThan(500));
  }

  private Path write(Map<String, Tensor> arrays) throws IOException {
    Path file = directory.resolve("arrays.npz");
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    Npz.write(out, arrays, Map.of("note", "ä=1"));
    return Files.write(file, out.toByteArray());
  }
}
