// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.examples;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.sr4j.files.ImageFiles;
import java.awt.image.BufferedImage;
import java.io.BufferedReader;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.Writer;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The project web-service, running in a process of its own, and its clients. */
final class WebService implements AutoCloseable {

  private static final long PLENTY = 3_600_000; // milliseconds
  private static final Pattern PORT = Pattern.compile("Tomcat started on port (\\d+)");
  private static final Pattern RESIDENT = Pattern.compile("VmRSS:\\s+(\\d+) kB");
  private static final Pattern THREAD_OF_A_CALL =
      Pattern.compile("\"sr4j-(?:upscale|callback|timeout|opening)");

  private final HttpClient client =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
  private final Process process;
  private final Thread reader;
  private final Path log;
  private final URI address;

  private WebService(Process process, Thread reader, Path log, int port) {
    this.process = process;
    this.reader = reader;
    this.log = log;
    this.address = URI.create("http://localhost:" + port + "/");
  }

  static WebService start(Path jar, String heap, Path folder) throws Exception {
    Path log = Files.createTempFile(folder, "service", ".log");
    ProcessBuilder builder =
        new ProcessBuilder(
                tool("java"),
                "-Xms" + heap, // all of the heap is resident from the start
                "-Xmx" + heap,
                "-XX:+AlwaysPreTouch",
                "-Djava.awt.headless=true",
                "-jar",
                jar.toString(),
                "--server.port=0",
                "--spring.mvc.async.request-timeout=2h") // on a slow machine, too
            .redirectErrorStream(true);
    builder.environment().put("MALLOC_ARENA_MAX", "2"); // as docs/container.md advises
    Process process = builder.start();
    CompletableFuture<Integer> port = new CompletableFuture<>();
    Thread reader = new Thread(() -> copy(process, log, port), "web-service-log");
    reader.start();
    return new WebService(process, reader, log, port.get());
  }

  /** Copies what a process prints, to its end, and tells the port that it names. */
  private static void copy(Process process, Path log, CompletableFuture<Integer> port) {
    try (BufferedReader lines = process.inputReader(UTF_8);
        Writer writer = Files.newBufferedWriter(log, UTF_8)) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        writer.write(line + "\n");
        writer.flush();
        Matcher matcher = PORT.matcher(line);
        if (matcher.find()) {
          port.complete(Integer.parseInt(matcher.group(1)));
        }
      }
      port.completeExceptionally(new IOException("no port in " + OutsideProjects.read(log)));
    } catch (IOException e) {
      port.completeExceptionally(e);
    }
  }

  private static String tool(String name) {
    return Path.of(System.getProperty("java.home"), "bin", name).toString();
  }

  BufferedImage enlarged(byte[] picture, int scale) throws IOException, InterruptedException {
    HttpResponse<byte[]> response =
        client.send(
            request(picture, "enlarge?scale=" + scale + "&millis=" + PLENTY),
            BodyHandlers.ofByteArray());
    assertThat(response.statusCode()).as(new String(response.body(), UTF_8)).isEqualTo(200);
    return ImageFiles.read(new ByteArrayInputStream(response.body()));
  }

  /**
   * Uploads a picture several times at a time: of each four one has too little time, and of one the
   * client hangs up.
   */
  void uploadAtATime(int uploads, byte[] picture) throws Exception {
    List<CompletableFuture<HttpResponse<Void>>> responses = new ArrayList<>();
    for (int i = 0; i < uploads; i++) {
      int scale = 2 + i % 3;
      long millis = i % 4 == 1 ? 1 + i : PLENTY;
      responses.add(
          client.sendAsync(
              request(picture, "enlarge?scale=" + scale + "&millis=" + millis),
              BodyHandlers.discarding()));
    }
    // Some calls are at work when their clients hang up, unless all of them are very short.
    while (isIdle() && !responses.stream().allMatch(CompletableFuture::isDone)) {
      Thread.onSpinWait();
    }
    for (int i = 2; i < uploads; i += 4) {
      responses.get(i).cancel(true);
    }
    for (int i = 0; i < uploads; i++) {
      if (i % 4 != 2) {
        assertThat(responses.get(i).get().statusCode()).isIn(i % 4 == 1 ? 504 : 200, 200);
      }
    }
  }

  private HttpRequest request(byte[] picture, String path) {
    return HttpRequest.newBuilder(address.resolve(path))
        .header("Content-Type", "image/jpeg")
        .POST(BodyPublishers.ofByteArray(picture))
        .build();
  }

  /** Returns the counts of calls, in JSON. */
  String counts() throws IOException, InterruptedException {
    return client
        .send(HttpRequest.newBuilder(address.resolve("calls")).build(), BodyHandlers.ofString())
        .body();
  }

  void awaitIdle() throws IOException, InterruptedException {
    while (!isIdle()) {
      Thread.onSpinWait();
    }
  }

  private boolean isIdle() throws IOException, InterruptedException {
    return counts().matches(".*\"running\":0,\"waiting\":0,.*");
  }

  /** Returns the memory that the process has of the machine; 0 where that is not told. */
  long residentBytes() throws IOException {
    Path status = Path.of("/proc", Long.toString(process.pid()), "status");
    if (!Files.exists(status)) {
      return 0;
    }
    Matcher resident = RESIDENT.matcher(OutsideProjects.read(status));
    assertThat(resident.find()).isTrue();
    return Long.parseLong(resident.group(1)) << 10;
  }

  /** Waits until the threads that calls have had are gone, for as long as they may idle. */
  void awaitNoThreadOfACall() throws IOException, InterruptedException {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(40);
    String threads = threads();
    while (THREAD_OF_A_CALL.matcher(threads).find()) {
      assertThat(System.nanoTime()).as(threads).isLessThan(end);
      threads = threads();
    }
  }

  private String threads() throws IOException, InterruptedException {
    Process jcmd =
        new ProcessBuilder(tool("jcmd"), Long.toString(process.pid()), "Thread.print")
            .redirectErrorStream(true)
            .start();
    String output = new String(jcmd.getInputStream().readAllBytes(), UTF_8);
    assertThat(jcmd.waitFor()).as(output).isZero();
    assertThat(output).contains("Full thread dump");
    return output;
  }

  /** Ends the process in order, and returns its log. */
  String stop() throws InterruptedException {
    process.destroy();
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).as("the service ends").isTrue();
    reader.join();
    return OutsideProjects.read(log);
  }

  @Override
  public void close() {
    process.destroyForcibly();
  }
}
