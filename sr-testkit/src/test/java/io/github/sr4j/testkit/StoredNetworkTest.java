// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.testkit;

import io.github.sr4j.BlockUpscaler;
import io.github.sr4j.networks.InitialWeights;
import io.github.sr4j.networks.files.Npz;
import io.github.sr4j.networks.stored.StoredNetwork;
import io.github.sr4j.networks.zoo.Networks;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** Networks that are run by the reference evaluation do what blocks of every network do. */
class StoredNetworkTest extends BlockUpscalerContract {

  private static final String NETWORK = "compact(features=4, layers=1)";
  private static final int SCALE = 2;

  @TempDir Path directory;
  private Path file;

  @BeforeEach
  void writeWeights() throws IOException {
    file = directory.resolve("weights.npz");
    try (OutputStream out = Files.newOutputStream(file)) {
      Npz.write(
          out,
          InitialWeights.draw(Networks.parameters(Networks.of(NETWORK, SCALE)), /* seed= */ 1),
          Map.of());
    }
  }

  @Override
  protected BlockUpscaler open() {
    try {
      return StoredNetwork.read(NETWORK, SCALE, file).snapshot();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
