// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.training.internal.run;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.sr4j.spi.PatchBatch;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BatchFileTest {

  private static final int HEADER = 128; // with the shapes here

  @TempDir Path directory;

  @Test
  void batches_areArraysInTheFormOfNumPy() throws IOException {
    PatchBatch.Shape small = new PatchBatch.Shape(1, 1, 2, 1);
    PatchBatch.Shape large = new PatchBatch.Shape(1, 1, 4, 2);
    float[] target = {1, 2, 3, 4, 5, 6, Float.NaN, 8};
    PatchBatch batch = new PatchBatch(small, new float[] {0.5f, -1}, large, target);
    Path file = directory.resolve("batch.npz");
    BatchFile.write(file, List.of(batch, batch));

    try (ZipFile zip = new ZipFile(file.toFile())) {
      assertThat(Collections.list(zip.entries()))
          .extracting(ZipEntry::getName)
          .containsExactly("input.npy", "target.npy", "input1.npy", "target1.npy");
      byte[] content = zip.getInputStream(zip.getEntry("target.npy")).readAllBytes();
      assertThat(content).hasSize(HEADER + 4 * target.length);
      assertThat(content).startsWith(0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0, HEADER - 10, 0);
      assertThat(new String(content, 10, HEADER - 10, StandardCharsets.US_ASCII))
          .startsWith("{'descr': '<f4', 'fortran_order': False, 'shape': (1, 1, 4, 2), }")
          .endsWith(" \n");
      float[] read = new float[target.length];
      ByteBuffer.wrap(content, HEADER, 4 * target.length)
          .order(ByteOrder.LITTLE_ENDIAN)
          .asFloatBuffer()
          .get(read);
      assertThat(read).isEqualTo(target);
    }
  }
}
