// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.stream.Collectors.joining;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.sr4j.networks.InitialWeights;
import io.github.sr4j.networks.files.Npz;
import io.github.sr4j.networks.zoo.Networks;
import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The command line with the training engines and JavaCPP removed from its class path. */
@Timeout(120)
final class WithoutTrainingEngineIT {

  private static final Pattern ENGINE =
      Pattern.compile("sr-dl4j|sr-torch|nd4j|pytorch|javacpp|openblas");
  private static final String NETWORK = "srresnet(blocks=1, features=4, norm=batch)";

  @TempDir private Path folder;

  @Test
  void networks_areListedAndDescribed() throws Exception {
    assertThat(sr4j("networks")).contains("edsr").contains("1,369,859 parameters");
    assertThat(sr4j("networks", "edsr")).contains("36 pixels of its input").contains("body.15");
  }

  @Test
  void weights_areExportedAndInspected() throws Exception {
    Path weights = folder.resolve("weights.npz");
    try (OutputStream out = Files.newOutputStream(weights)) {
      Npz.write(
          out, InitialWeights.draw(Networks.parameters(Networks.of(NETWORK, 2)), 1), Map.of());
    }
    Path model = folder.resolve("model.onnx");

    assertThat(
            sr4j(
                "export",
                "--network",
                NETWORK,
                "--scale",
                "2",
                "--weights",
                weights.toString(),
                "--out",
                model.toString()))
        .containsPattern("parity [0-9.]+e-0[6-9]");
    assertThat(sr4j("inspect", model.toString())).contains("srresnet").containsPattern("scale +2");
  }

  private static String sr4j(String... arguments) throws IOException, InterruptedException {
    String paths =
        Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
            .filter(path -> !ENGINE.matcher(path).find())
            .collect(joining(File.pathSeparator));
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1", // most of its time is starting
                "-cp",
                paths,
                Main.class.getName()));
    command.addAll(List.of(arguments));
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), UTF_8);
    assertThat(process.waitFor()).as(output).isZero();
    return output;
  }
}
