// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.training.internal.run;

import io.github.sr4j.spi.PatchBatch;
import io.github.sr4j.training.internal.files.OutputFiles;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/**
 * Batches in a file that NumPy reads: {@code input} and {@code target}, NCHW float32, numbered from
 * the second batch on, as in {@code input1}.
 */
public final class BatchFile {

  private static final int ALIGNMENT = 64; // of what follows a header, as NumPy writes it

  private BatchFile() {}

  /** Writes batches; the file appears when it is complete. */
  public static void write(Path file, List<PatchBatch> batches) throws IOException {
    OutputFiles.write(
        file,
        written -> {
          try (ZipOutputStream zip =
              new ZipOutputStream(new BufferedOutputStream(Files.newOutputStream(written)))) {
            for (int i = 0; i < batches.size(); i++) {
              PatchBatch batch = batches.get(i);
              String number = i == 0 ? "" : Integer.toString(i);
              put(zip, "input" + number, batch.inputShape(), batch.input());
              put(zip, "target" + number, batch.targetShape(), batch.target());
            }
          }
          return written;
        });
  }

  private static void put(ZipOutputStream zip, String name, PatchBatch.Shape shape, float[] samples)
      throws IOException {
    String description =
        String.format(
            Locale.ROOT,
            "{'descr': '<f4', 'fortran_order': False, 'shape': (%d, %d, %d, %d), }",
            shape.batch(),
            shape.channels(),
            shape.height(),
            shape.width());
    int prefix = 10; // magic, version and the length of the description
    int padding = (ALIGNMENT - (prefix + description.length() + 1) % ALIGNMENT) % ALIGNMENT;
    byte[] header = (description + " ".repeat(padding) + "\n").getBytes(StandardCharsets.US_ASCII);
    ByteBuffer bytes =
        ByteBuffer.allocate(prefix + header.length + Float.BYTES * samples.length)
            .order(ByteOrder.LITTLE_ENDIAN);
    bytes.put((byte) 0x93).put("NUMPY".getBytes(StandardCharsets.US_ASCII));
    bytes.put((byte) 1).put((byte) 0).putShort((short) header.length).put(header);
    bytes.asFloatBuffer().put(samples);
    zip.putNextEntry(new ZipEntry(name + ".npy"));
    zip.write(bytes.array());
    zip.closeEntry();
  }
}
