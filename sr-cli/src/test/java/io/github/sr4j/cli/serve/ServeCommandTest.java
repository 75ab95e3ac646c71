// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.cli.serve;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.sr4j.cli.Fixtures;
import io.github.sr4j.cli.Invocation;
import io.github.sr4j.cli.Main;
import io.github.sr4j.files.ImageFiles;
import java.io.BufferedReader;
import java.io.ByteArrayInputStream;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(180)
final class ServeCommandTest {

  @TempDir private Path folder;

  @Test
  void otherMachines_areServedWithATokenOnly() throws Exception {
    Invocation.of("serve", "--bind", "0.0.0.0")
        .failsSaying("0.0.0.0 can be reached from other machines: a token is needed");
    Path shortToken = Files.writeString(folder.resolve("token.txt"), "secret\n");
    Invocation.of("serve", "--bind", "0.0.0.0", "--token-file", shortToken)
        .failsSaying("token.txt: the token must have at least 16 characters, but has 6");
  }

  @Test
  void wrongOptions_areExplained() throws Exception {
    Invocation.of("serve", "--port", "70000")
        .isRefusedSaying("--port must be within 0 to 65535, but was 70000");
    Invocation.of("serve", "--max-requests", "0")
        .isRefusedSaying("--max-requests must be at least 1, but was 0");
    Invocation.of("serve", "--scale", "7").failsSaying("7");
    Invocation.of("serve", "--bind", "no such host")
        .failsSaying("--bind: no address \"no such host\"");
    try (ServerSocket taken = new ServerSocket(0)) {
      Invocation.of("serve", "--port", taken.getLocalPort())
          .failsSaying("cannot listen on 127.0.0.1:" + taken.getLocalPort());
    }
  }

  @Test
  void process_servesUntilItIsToldToEnd() throws Exception {
    Path image = Fixtures.image(folder.resolve("a.png"), 24, 18);
    Path enlarged = folder.resolve("b.png");
    Invocation.of("upscale", image, enlarged).succeeds();
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx256m",
                "-XX:TieredStopAtLevel=1", // most of its time is starting
                "-Djava.awt.headless=true",
                "-cp",
                System.getProperty("java.class.path"),
                Main.class.getName(),
                "serve",
                "--port",
                "0")
            .redirectErrorStream(true)
            .start();
    try (BufferedReader lines = process.inputReader(UTF_8)) {
      String line = String.valueOf(lines.readLine());
      assertThat(line).matches("http://localhost:\\d+ serves; end it with Ctrl-C");
      URI server = URI.create(line.substring(0, line.indexOf(' ')));
      HttpResponse<byte[]> response =
          HttpClient.newHttpClient()
              .send(
                  HttpRequest.newBuilder(server.resolve("/v1/upscale"))
                      .POST(BodyPublishers.ofFile(image))
                      .build(),
                  BodyHandlers.ofByteArray());

      assertThat(response.body()).isEqualTo(Files.readAllBytes(enlarged));
      assertThat(ImageFiles.size(new ByteArrayInputStream(response.body())).width).isEqualTo(48);
      process.toHandle().destroy(); // as kill does
      assertThat(lines.readLine()).as("nothing more is printed").isNull();
      assertThat(process.waitFor()).isEqualTo(143);
    } finally {
      process.destroyForcibly();
    }
  }
}
