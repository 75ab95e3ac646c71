// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.examples;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.sr4j.dl4j.Dl4jTrainingProvider;
import io.github.sr4j.networks.Network;
import io.github.sr4j.onnx.OnnxUpscalerProvider;
import io.github.sr4j.spi.Loss;
import io.github.sr4j.testkit.LossContract;
import io.github.sr4j.training.ModelExport;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The projects of plug-ins, built and tested as their users do. */
final class PluginProjectsIT {

  @TempDir private Path folder;

  @ParameterizedTest
  @ValueSource(strings = {"plugin-loss", "plugin-network"})
  void project_isBuiltAndItsTestsPass(String name) throws Exception {
    OutsideProjects projects = new OutsideProjects(folder);
    projects.install("sr-api", Loss.class);
    projects.install("sr-networks", Network.class);
    projects.install("sr-dl4j", Dl4jTrainingProvider.class);
    projects.installPom("sr-dl4j-platform");
    projects.install("sr-onnx", OnnxUpscalerProvider.class);
    projects.install("sr-testkit", LossContract.class);
    projects.install("sr-training", ModelExport.class);

    assertThat(projects.packaged(projects.copy(name)))
        .containsPattern("Tests run: [1-9][0-9], Failures: 0, Errors: 0, Skipped: 0");
  }
}
