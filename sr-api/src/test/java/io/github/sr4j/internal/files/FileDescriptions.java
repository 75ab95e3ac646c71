// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.internal.files;

import io.github.sr4j.internal.metadata.Descriptions;
import io.github.sr4j.internal.util.ChannelInput;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The metadata of a file, whose pixels need not be readable. */
public final class FileDescriptions {

  private FileDescriptions() {}

  public static Descriptions of(Path file) throws IOException {
    try (ChannelInput in = new ChannelInput(Files.newByteChannel(file))) {
      return MetadataReader.read(in).get(0).metadata().descriptions();
    }
  }
}
