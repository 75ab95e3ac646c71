// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.dl4j;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.stream.Collectors.joining;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.sr4j.BackendNotFoundException;
import java.io.File;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

final class Nd4jNativesTest {

  private static final Pattern NATIVES =
      Pattern.compile("nd4j-native-[^/]*-(linux|macosx|windows)-");

  @Test
  void missingNatives_areReported_withTheArtifactThatBringsThem_atEveryAttempt() throws Exception {
    String classPath =
        Pattern.compile(Pattern.quote(File.pathSeparator))
            .splitAsStream(System.getProperty("java.class.path"))
            .filter(entry -> !NATIVES.matcher(entry).find())
            .collect(joining(File.pathSeparator));
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                classPath,
                Caller.class.getName())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    List<String> lines =
        new String(process.getInputStream().readAllBytes(), UTF_8).lines().toList();

    assertThat(lines).hasSize(2);
    assertThat(lines.get(0))
        .startsWith("the native libraries of ND4J cannot be loaded (no jnind4jcpu in")
        .contains("add io.github.sr4j:sr-dl4j-platform, or org.nd4j:nd4j-native", "classifier");
    assertThat(lines.get(1)).isEqualTo(lines.get(0));
  }

  /** The process without natives. */
  static final class Caller {

    private Caller() {}

    public static void main(String[] arguments) {
      for (int attempt = 0; attempt < 2; attempt++) {
        try {
          Nd4jBackend.check();
        } catch (BackendNotFoundException e) {
          System.out.println(e.getMessage());
        }
      }
    }
  }
}
