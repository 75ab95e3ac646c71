// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.sr4j.SharedData;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ConvertCommandTest {

  @TempDir private Path folder;

  @Test
  void weightsOfRealEsrgan_areConvertedAndShown() {
    Path weights = SharedData.path("models/pth/realesr_animevideov3_x4.safetensors");
    Path model = folder.resolve("anime.onnx");

    assertThat(Invocation.of("convert", weights, model).succeeds().out())
        .contains(
            "SRVGGNetCompact as srvgg(features=64, layers=16) x4, 621424 parameters, parity ");
    assertThat(Invocation.of("inspect", model).succeeds().out())
        .containsPattern("architecture +SRVGGNetCompact")
        .containsPattern("source +realesr_animevideov3_x4.safetensors")
        .containsPattern("source.sha256 +[0-9a-f]{64}");
    assertThat(Invocation.of("inspect", weights).succeeds().out())
        .containsPattern("file +safetensors, F32")
        .containsPattern("recognised +SRVGGNetCompact as srvgg\\(features=64, layers=16\\)")
        .containsPattern("because +features=64 from body.0.weight")
        .containsPattern("scale +4")
        .containsPattern("parameters +621,424");
  }

  @Test
  void pickleThatCallsAFunction_isRefusedInOneLine() throws IOException {
    Path weights = folder.resolve("evil.pth");
    Files.write(weights, "cos\nsystem\n(S'id'\ntR.".getBytes(StandardCharsets.US_ASCII));

    Invocation.of("convert", weights, folder.resolve("evil.onnx"))
        .failsSaying("evil.pth: must hold weights alone, but its pickle calls os.system");
    Invocation.of("inspect", weights).failsSaying("its pickle calls os.system");
    assertThat(folder.resolve("evil.onnx")).doesNotExist();
  }

  @Test
  void modelToWrite_mustBeNamedAsOne() {
    Invocation.of("convert", folder.resolve("a.pth"), folder.resolve("a.txt"))
        .failsSaying("the name of the model to write must end in .onnx");
  }
}
