// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.cli.serve;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.google.common.io.Resources;
import io.github.sr4j.Output;
import io.github.sr4j.files.ImageFiles;
import io.github.sr4j.testkit.TestImages;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(120)
final class UpscaleServerTest {

  private static final String TOKEN = "a token of this test";

  private final HttpClient client = HttpClient.newHttpClient();
  private final GatedUpscalers upscalers = new GatedUpscalers(0, 16);
  private UpscaleServer server;

  private void start() throws Exception {
    start(limits(64, 1 << 20, 1 << 20, Duration.ofMinutes(1)), Optional.empty());
  }

  private void start(Limits limits, Optional<String> token) throws Exception {
    server = UpscaleServer.start(upscalers, limits, new Access(true, token), 2, "127.0.0.1", 0);
  }

  private static Limits limits(int requests, long pixels, long bytes, Duration timeout) {
    return new Limits(requests, pixels, bytes, 4 * bytes, 1 << 24, timeout);
  }

  @AfterEach
  void stop() {
    upscalers.close(); // lets everything pass
    if (server != null) {
      server.close(Duration.ofSeconds(5));
    }
  }

  private static byte[] image(int width, int height, Output output) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    ImageFiles.write(TestImages.buffered(TestImages.scene(3, width, height, 3)), bytes, output);
    return bytes.toByteArray();
  }

  private static byte[] png() throws IOException {
    return image(20, 10, Output.png());
  }

  private HttpRequest.Builder request(String path) {
    return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.port() + path));
  }

  private HttpRequest post(String query, byte[] body) {
    return request("/v1/upscale" + query).POST(BodyPublishers.ofByteArray(body)).build();
  }

  private HttpResponse<byte[]> send(HttpRequest request) throws Exception {
    return client.send(request, BodyHandlers.ofByteArray());
  }

  private HttpResponse<byte[]> get(String path) throws Exception {
    return send(request(path).build());
  }

  private static JsonNode json(HttpResponse<byte[]> response) throws IOException {
    return new JsonMapper().readTree(response.body());
  }

  private void refused(HttpResponse<byte[]> response, int status, String words) throws IOException {
    assertThat(json(response).get("detail").asText()).contains(words);
    assertThat(response.statusCode()).isEqualTo(status);
    assertThat(json(response).get("status").asInt()).isEqualTo(status);
    assertThat(response.headers().firstValue("Content-Type")).hasValue("application/problem+json");
  }

  private long metric(String name) throws Exception {
    return new String(get("/metrics").body(), UTF_8)
        .lines()
        .filter(line -> line.startsWith(name + " "))
        .mapToLong(line -> Long.parseLong(line.substring(name.length() + 1)))
        .findFirst()
        .orElseThrow();
  }

  /** Waits for what the server answers; the class's timeout ends it. */
  private static void await(BooleanSupplier answer) {
    while (!answer.getAsBoolean()) {
      Thread.onSpinWait();
    }
  }

  private boolean isIdle() {
    try {
      return metric("sr4j_images") == 0
          && metric("sr4j_upload_bytes") == 0
          && metric("sr4j_image_pixels") == 0;
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void image_isEnlargedAsTheLibraryDoes() throws Exception {
    upscalers.letPass(100);
    start();
    HttpResponse<byte[]> response = send(post("?scale=2", png()));

    assertThat(response.statusCode()).isEqualTo(200);
    assertThat(response.headers().firstValue("Content-Type")).hasValue("image/png");
    assertThat(response.body()).isEqualTo(upscalers.forScale(2).upscale(png(), Output.png()));
    await(this::isIdle);
  }

  @ParameterizedTest
  @CsvSource({
    "jpeg, , image/jpeg",
    "jpeg, png, image/png",
    "tiff, , image/tiff",
    "bmp, , image/bmp",
    "png, jpeg, image/jpeg",
    "png, tiff, image/tiff",
    "png, bmp, image/bmp"
  })
  void format_isThatOfTheImage_unlessAnotherIsAskedFor(String own, String asked, String type)
      throws Exception {
    upscalers.letPass(100);
    start();
    Output output =
        switch (own) {
          case "jpeg" -> Output.jpeg();
          case "tiff" -> Output.tiff();
          case "bmp" -> Output.bmp();
          default -> Output.png();
        };
    HttpResponse<byte[]> response =
        send(post(asked == null ? "" : "?format=" + asked, image(20, 10, output)));

    assertThat(response.headers().firstValue("Content-Type")).hasValue(type);
    assertThat(ImageFiles.size(new ByteArrayInputStream(response.body())).width).isEqualTo(40);
  }

  @Test
  void size_isThatAskedFor() throws Exception {
    upscalers.letPass(100);
    start();
    assertThat(width(send(post("?factor=1.5", png())))).isEqualTo(30);
    assertThat(width(send(post("?width=33", png())))).isEqualTo(33);
    assertThat(width(send(post("?height=40", png())))).isEqualTo(80);
  }

  private static int width(HttpResponse<byte[]> response) throws IOException {
    assertThat(response.statusCode()).as(new String(response.body(), UTF_8)).isEqualTo(200);
    return ImageFiles.size(new ByteArrayInputStream(response.body())).width;
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "?size=3 | no parameter \"size\"; there are scale, model, factor",
        "?scale=two | scale must be a number, but was \"two\"",
        "?scale=2.5 | scale must be a whole number within 1 to 16, but was 2.5",
        "?scale=NaN | scale must be a whole number within 1 to 16, but was NaN",
        "?scale=17 | scale must be a whole number within 1 to 16, but was 17",
        "?scale=2&scale=2 | scale is there twice",
        "?scale=5 | no embedded model for scale 5",
        "?model=nothing | no model \"nothing\"; there are quality-x2",
        "?model=/etc/passwd | no model \"/etc/passwd\"",
        "?model=fast-x2&scale=2 | scale and model exclude each other",
        "?factor=0 | factor must be above 0 and at most 256, but was 0",
        "?factor=NaN | factor must be above 0",
        "?factor=2&width=9 | factor and width exclude each other",
        "?width=0 | width must be a whole number",
        "?format=webp | format must be auto, png, jpeg, tiff or bmp, but was \"webp\"",
        "?jpeg_quality=0.5 | jpeg_quality is for JPEG, but the format is png",
        "?format=jpeg&jpeg_quality=2 | jpeg_quality must be within 0 to 1, but was 2",
        "?strip=gps | strip must be none, location or all, but was \"gps\""
      })
  void wrongParameter_isExplained(String query, String words) throws Exception {
    upscalers.letPass(100);
    start();
    refused(send(post(query, png())), 400, words);
    await(this::isIdle);
  }

  @Test
  void whatIsNoImage_isExplained_andEndsOnlyItsRequest() throws Exception {
    upscalers.letPass(100);
    start();
    byte[] cut = Arrays.copyOf(png(), png().length / 2);
    refused(send(post("", new byte[0])), 422, "the body is no image");
    refused(send(post("", "<svg/>".getBytes(UTF_8))), 422, "the body is no image");
    refused(send(post("", cut)), 422, "");
    refused(send(post("", image(1100, 1000, Output.png()))), 422, "pixels");
    refused(send(post("?width=100000&height=100000", png())), 422, "pixels");

    assertThat(send(post("", png())).statusCode()).isEqualTo(200);
    await(this::isIdle);
  }

  @Test
  void otherPathsAndMethods_areRefused() throws Exception {
    start();
    refused(get("/v1/nothing"), 404, "nothing at /v1/nothing");
    refused(get("/../etc/passwd"), 404, "there is nothing at");
    refused(get("/v1/jobs/0123"), 404, "no such job");
    HttpResponse<byte[]> response = get("/v1/upscale");
    refused(response, 405, "the method must be POST, but was GET");
    assertThat(response.headers().firstValue("Allow")).hasValue("POST");
  }

  @Test
  void tooManyBytes_areRefused_announcedOrNot() throws Exception {
    start(limits(4, 1 << 20, 1000, Duration.ofMinutes(1)), Optional.empty());
    byte[] large = new byte[3000];
    refused(send(post("", large)), 413, "an image may have 1000 bytes here");
    HttpRequest chunked =
        request("/v1/upscale")
            .POST(BodyPublishers.ofInputStream(() -> new ByteArrayInputStream(large)))
            .build();
    refused(send(chunked), 413, "an image may have 1000 bytes here");
    await(this::isIdle);
  }

  @Test
  void job_tellsItsProgress_andKeepsItsResult() throws Exception {
    start();
    HttpResponse<byte[]> response =
        send(
            request("/v1/upscale")
                .header("Prefer", "respond-async")
                .POST(BodyPublishers.ofByteArray(png())) // two tiles of 16 pixels
                .build());
    assertThat(response.statusCode()).isEqualTo(202);
    String job = response.headers().firstValue("Location").orElseThrow();
    assertThat(json(get(job)).get("state").asText()).isEqualTo("waiting");
    refused(get(job + "/result"), 409, "has not ended yet");
    InputStream events =
        client.send(request(job + "/events").build(), BodyHandlers.ofInputStream()).body();
    upscalers.awaitTile();
    upscalers.letPass(2);

    assertThat(new String(events.readAllBytes(), UTF_8))
        .contains("event: progress\ndata: {", "\"tiles_done\":1,\"tiles\":2")
        .contains("event: end\ndata: {", "\"state\":\"done\"");
    assertThat(json(get(job)).get("result").asText()).isEqualTo(job + "/result");
    assertThat(get(job + "/result").body())
        .isEqualTo(get(job + "/result").body())
        .hasSizeGreaterThan(100);
    assertThat(send(request(job).DELETE().build()).statusCode()).isEqualTo(204);
    refused(get(job), 404, "no such job");
    await(this::isIdle);
  }

  @Test
  void deletedJob_isCancelled() throws Exception {
    start();
    HttpResponse<byte[]> response =
        send(
            request("/v1/upscale")
                .header("Prefer", "wait=10, Respond-Async; handling=lenient")
                .POST(BodyPublishers.ofByteArray(png()))
                .build());
    String job = response.headers().firstValue("Location").orElseThrow();
    upscalers.awaitTile();
    assertThat(send(request(job).DELETE().build()).statusCode()).isEqualTo(204);

    upscalers.awaitCancellation();
    await(() -> upscalers.statistics().running() == 0);
    await(this::isIdle);
  }

  @Test
  void clientThatGoes_hasItsImageGivenUp() throws Exception {
    start();
    Socket socket = socket(head("127.0.0.1", "") + "Content-Length: " + png().length, png());
    try (socket) {
      upscalers.awaitTile();
    }
    upscalers.awaitCancellation();
    await(this::isIdle);
  }

  @Test
  void clientThatGoesDuringItsUpload_leavesNothing() throws Exception {
    start();
    Socket socket = socket(head("127.0.0.1", "") + "Content-Length: 1000", png());
    try (socket) {
      await(() -> !isIdle());
    }
    await(this::isIdle);
    assertThat(upscalers.statistics().completed()).isZero();
  }

  @Test
  void uploadThatDoesNotEnd_isEnded() throws Exception {
    start(limits(4, 1 << 20, 1 << 20, Duration.ofMillis(300)), Optional.empty());
    try (Socket socket = socket(head("127.0.0.1", "") + "Content-Length: 1000", png())) {
      String answer = new String(socket.getInputStream().readAllBytes(), ISO_8859_1);
      assertThat(answer).startsWith("HTTP/1.1 408 ").contains("did not arrive in time");
    }
    await(this::isIdle);
  }

  @Test
  void workThatTakesTooLong_isEnded() throws Exception {
    start(limits(4, 1 << 20, 1 << 20, Duration.ofMillis(300)), Optional.empty());
    refused(send(post("", png())), 504, "took longer than this server allows");
    await(this::isIdle);
  }

  @Test
  void moreImagesThanTheServerTakes_areToldWhenToTryAgain() throws Exception {
    start(limits(2, 1 << 20, 1 << 20, Duration.ofMinutes(1)), Optional.empty());
    List<CompletableFuture<HttpResponse<byte[]>>> taken = new ArrayList<>();
    for (int i = 0; i < 2; i++) {
      taken.add(client.sendAsync(post("", png()), BodyHandlers.ofByteArray()));
    }
    await(() -> count("sr4j_images") == 2);
    HttpResponse<byte[]> response = send(post("", png()));
    refused(response, 429, "2 images wait or are in work");
    assertThat(response.headers().firstValue("Retry-After").map(Integer::parseInt))
        .hasValueSatisfying(seconds -> assertThat(seconds).isBetween(1, 600));
    upscalers.letPass(100);
    for (CompletableFuture<HttpResponse<byte[]>> each : taken) {
      assertThat(each.get().statusCode()).isEqualTo(200);
    }
    assertThat(send(post("", png())).statusCode()).isEqualTo(200);
  }

  private long count(String name) {
    try {
      return metric(name);
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void morePixelsThanTheServerTakes_areToldToTryAgain_butOneImageMayHaveMore() throws Exception {
    start(limits(9, 250, 1 << 20, Duration.ofMinutes(1)), Optional.empty());
    CompletableFuture<HttpResponse<byte[]>> large =
        client.sendAsync(post("", image(40, 30, Output.png())), BodyHandlers.ofByteArray());
    upscalers.awaitTile();
    refused(send(post("", png())), 429, "1200 pixels wait or are in work, and 200 more than 250");
    upscalers.letPass(100);
    assertThat(large.get().statusCode()).isEqualTo(200);
    await(this::isIdle);
    assertThat(send(post("", png())).statusCode()).isEqualTo(200);
  }

  @Test
  void token_isNeededForAllButThePage() throws Exception {
    upscalers.letPass(100);
    start(limits(4, 1 << 20, 1 << 20, Duration.ofMinutes(1)), Optional.of(TOKEN));
    for (String path : List.of("/v1/models", "/metrics", "/v1/jobs/1", "/v1/upscale")) {
      HttpResponse<byte[]> response = get(path);
      if (!path.equals("/v1/upscale")) {
        refused(response, 401, "Authorization: Bearer");
      }
      assertThat(response.statusCode()).isEqualTo(401);
    }
    refused(
        send(request("/v1/models").header("Authorization", "Bearer " + TOKEN + "x").build()),
        401,
        "token");
    assertThat(get("/").statusCode()).isEqualTo(200);
    assertThat(get("/health").statusCode()).isEqualTo(200);
    assertThat(
            send(request("/v1/models").header("Authorization", "bearer " + TOKEN).build())
                .statusCode())
        .isEqualTo(200);
  }

  @ParameterizedTest
  @ValueSource(strings = {"example.com", "192.168.0.7:8080", "localhost.example.com", "["})
  void otherHost_isRefused(String host) throws Exception {
    start();
    assertThat(answer(head(host, "") + "Content-Length: 0")).startsWith("HTTP/1.1 403 ");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Origin: http://example.com\r\n",
        "Origin: null\r\n",
        "Origin: http://localhost:1\r\n",
        "Sec-Fetch-Site: cross-site\r\n"
      })
  void pageOfAnotherSite_isRefused(String header) throws Exception {
    start();
    String answer = answer(head("localhost:" + server.port(), header) + "Content-Length: 0");
    assertThat(answer)
        .startsWith("HTTP/1.1 403 ")
        .doesNotContainIgnoringCase("Access-Control-Allow");
  }

  @ParameterizedTest
  @ValueSource(strings = {"localhost", "127.0.0.1", "[::1]", "LOCALHOST:8080"})
  void ownHost_isServed(String host) throws Exception {
    start();
    assertThat(answer(head(host, "") + "Content-Length: 0")).startsWith("HTTP/1.1 422 ");
  }

  @Test
  void whatIsNoHttp_endsOnlyItsConnection() throws Exception {
    upscalers.letPass(100);
    start();
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.port())) {
      socket.getOutputStream().write(new byte[] {22, 3, 1, 0, 5, 1, 13, 10, 13, 10});
      socket.shutdownOutput();
      socket.getInputStream().readAllBytes();
    }
    assertThat(answer(head("localhost", "") + "Content-Length: many")).startsWith("HTTP/1.1 400 ");
    assertThat(send(post("", png())).statusCode()).isEqualTo(200);
  }

  private static String head(String host, String headers) {
    return "POST /v1/upscale HTTP/1.1\r\nHost: " + host + "\r\nConnection: close\r\n" + headers;
  }

  private Socket socket(String head, byte[] body) throws IOException {
    Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.port());
    socket.getOutputStream().write((head + "\r\n\r\n").getBytes(ISO_8859_1));
    socket.getOutputStream().write(body);
    return socket;
  }

  private String answer(String head) throws IOException {
    try (Socket socket = socket(head, new byte[0])) {
      return new String(socket.getInputStream().readAllBytes(), ISO_8859_1);
    }
  }

  @Test
  void metrics_countWhatWasDone() throws Exception {
    upscalers.letPass(100);
    start();
    send(post("", png()));
    send(post("?scale=0", png()));

    String metrics = new String(get("/metrics").body(), UTF_8);
    assertThat(metrics)
        .contains("sr4j_calls_total{outcome=\"completed\"} 1\n")
        .contains("sr4j_http_requests_total{status=\"200\"} 1\n")
        .contains("sr4j_http_requests_total{status=\"400\"} 1\n")
        .contains("# TYPE sr4j_calls_running gauge\nsr4j_calls_running 0\n");
    assertThat(metrics.lines()).allMatch(line -> line.matches("# .+|[a-z0-9_]+(\\{.+\\})? \\d+"));
  }

  @Test
  void openApiDocument_namesWhatIsAnswered() throws Exception {
    start();
    JsonNode document = json(get("/openapi.json"));
    List<String> names = new ArrayList<>();
    for (JsonNode parameter : document.at("/paths/~1v1~1upscale/post/parameters")) {
      if (parameter.get("in").asText().equals("query")) {
        names.add(parameter.get("name").asText());
      }
    }
    assertThat(names).isEqualTo(UpscaleParameters.NAMES);
    document
        .get("paths")
        .fieldNames()
        .forEachRemaining(path -> assertThat(isAnswered(path)).as(path).isTrue());
    assertThat(document.get("paths").size()).isEqualTo(7);
  }

  private boolean isAnswered(String path) {
    try {
      JsonNode detail = json(get(path.replace("{id}", "1"))).path("detail");
      return !detail.asText().contains("there is nothing");
    } catch (IOException e) {
      return path.equals("/metrics"); // is no JSON
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"page.html", "page.css", "page.js"})
  void page_asksNoOtherServer(String name) throws Exception {
    String text = Resources.toString(Resources.getResource(UpscaleServer.class, name), UTF_8);
    assertThat(text).doesNotContain("http:", "https:", "//cdn");
    start();
    HttpResponse<byte[]> response = get(name.equals("page.html") ? "/" : "/" + name);
    assertThat(new String(response.body(), UTF_8)).isEqualTo(text);
    assertThat(response.headers().firstValue("Content-Security-Policy").orElse(""))
        .contains("default-src 'none'");
  }

  @Test
  void stopping_refusesNewImages_andLetsThoseInWorkEnd() throws Exception {
    start();
    CompletableFuture<HttpResponse<byte[]>> taken =
        client.sendAsync(post("", png()), BodyHandlers.ofByteArray());
    upscalers.awaitTile();
    CompletableFuture<Void> closing =
        CompletableFuture.runAsync(() -> server.close(Duration.ofSeconds(30)));
    await(() -> status("/health") == 503);
    refused(send(post("", png())), 503, "this server is stopping");
    upscalers.letPass(100);

    assertThat(taken.get().statusCode()).isEqualTo(200);
    closing.get();
    assertThat(upscalers.statistics().completed()).isEqualTo(1);
  }

  private int status(String path) {
    try {
      return get(path).statusCode();
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void sixtyFourClients_areServedEach() throws Exception {
    load(3);
  }

  /** For about a minute. */
  @Tag("long")
  @Test
  void sixtyFourClients_areServedForAMinute() throws Exception {
    load(200);
  }

  private void load(int times) throws Exception {
    upscalers.letPass(1 << 24);
    start();
    byte[] image = png();
    byte[] expected = upscalers.forScale(2).upscale(image, Output.png());
    long before = upscalers.statistics().completed();
    List<CompletableFuture<?>> clients = new ArrayList<>();
    for (int i = 0; i < 64; i++) {
      CompletableFuture<?> last = CompletableFuture.completedFuture(null);
      for (int time = 0; time < times; time++) {
        last =
            last.thenCompose(done -> client.sendAsync(post("", image), BodyHandlers.ofByteArray()))
                .thenAccept(
                    response -> {
                      assertThat(response.statusCode()).isEqualTo(200);
                      assertThat(response.body()).isEqualTo(expected);
                    });
      }
      clients.add(last);
    }
    CompletableFuture.allOf(clients.toArray(CompletableFuture[]::new)).get();
    assertThat(upscalers.statistics().completed() - before).isEqualTo(64L * times);
    await(this::isIdle);
  }
}
