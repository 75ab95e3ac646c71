// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.cli;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.awt.image.BufferedImage;
import java.io.BufferedReader;
import java.io.ByteArrayInputStream;
import java.io.File;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.WebSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import javax.imageio.ImageIO;

/** A headless Chromium with one page, driven by the DevTools protocol. */
public final class Chromium implements AutoCloseable {

  private static final int SECONDS = 60;
  private static final JsonMapper JSON = new JsonMapper();

  private final Process process;
  private final BlockingQueue<JsonNode> messages = new LinkedBlockingQueue<>();
  private final WebSocket page;
  private int calls;

  /** Starts a Chromium from the {@code PATH}; skips the test where there is none. */
  public static Chromium start(Path profile) throws Exception {
    Optional<Path> executable =
        Stream.of("chromium", "chromium-browser", "google-chrome", "chrome")
            .flatMap(
                name ->
                    Stream.of(System.getenv("PATH").split(File.pathSeparator))
                        .map(folder -> Path.of(folder, name)))
            .filter(Files::isExecutable)
            .findFirst();
    assumeTrue(executable.isPresent(), "no Chromium on the PATH");
    return new Chromium(executable.get(), profile);
  }

  private Chromium(Path executable, Path profile) throws Exception {
    process =
        new ProcessBuilder(
                executable.toString(),
                "--headless",
                "--no-sandbox", // which a container may not allow; the page is ours
                "--disable-gpu",
                "--disable-dev-shm-usage",
                "--no-first-run",
                "--window-size=1000,800",
                "--remote-debugging-port=0",
                "--user-data-dir=" + profile,
                "about:blank")
            .redirectOutput(Redirect.DISCARD)
            .start();
    try {
      HttpClient client = HttpClient.newHttpClient();
      URI pages = URI.create("http://" + address() + "/json/list");
      String list =
          client.send(HttpRequest.newBuilder(pages).build(), BodyHandlers.ofString()).body();
      URI socket = URI.create(JSON.readTree(list).get(0).get("webSocketDebuggerUrl").asText());
      page = client.newWebSocketBuilder().buildAsync(socket, new Receiver()).get();
      call("Page.enable", Map.of());
    } catch (Exception | Error e) {
      process.destroyForcibly();
      throw e;
    }
  }

  /** Returns host and port of the protocol, which Chromium prints when it is ready. */
  private String address() throws IOException {
    BufferedReader errors = process.errorReader(StandardCharsets.UTF_8);
    for (String line = errors.readLine(); line != null; line = errors.readLine()) {
      if (line.startsWith("DevTools listening on ")) {
        // Else it would block on a full pipe.
        Thread drain = new Thread(() -> errors.lines().forEach(more -> {}), "chromium-errors");
        drain.setDaemon(true);
        drain.start();
        return URI.create(line.substring(line.indexOf("ws://"))).getAuthority();
      }
    }
    throw new IOException("Chromium did not start; exit status " + process.exitValue());
  }

  /** Opens a page and waits until it is loaded, with its images. */
  void open(Path file) throws Exception {
    open(file.toUri());
  }

  /** Opens a page and waits until it is loaded, with its images. */
  public void open(URI address) throws Exception {
    call("Page.navigate", Map.of("url", address.toString()));
    JsonNode event = next();
    while (!event.path("method").asText().equals("Page.loadEventFired")) {
      event = next();
    }
  }

  /** Returns the value of an expression on the page. */
  public JsonNode evaluate(String expression) throws Exception {
    return call("Runtime.evaluate", Map.of("expression", expression, "returnByValue", true))
        .get("result")
        .path("value");
  }

  /** Waits until an expression on the page is true. */
  public void await(String expression) throws Exception {
    String promise =
        "new Promise(done => { const look = () => ("
            + expression
            + ") ? done(true) : setTimeout(look, 20); look(); })";
    try {
      call("Runtime.evaluate", Map.of("expression", promise, "awaitPromise", true));
    } catch (IOException e) {
      throw new IOException("not in " + SECONDS + " seconds: " + expression, e);
    }
  }

  /** Chooses a file in the input element that a selector finds, as a person does. */
  public void choose(String selector, Path file) throws Exception {
    int root = call("DOM.getDocument", Map.of()).get("root").get("nodeId").asInt();
    int node =
        call("DOM.querySelector", Map.of("nodeId", root, "selector", selector))
            .get("nodeId")
            .asInt();
    call("DOM.setFileInputFiles", Map.of("nodeId", node, "files", List.of(file.toString())));
  }

  /** Shows pages as on a screen of a size. */
  public void resize(int width, int height, boolean isPhone) throws Exception {
    call(
        "Emulation.setDeviceMetricsOverride",
        Map.of("width", width, "height", height, "deviceScaleFactor", 1, "mobile", isPhone));
  }

  public void click(double x, double y) throws Exception {
    for (String type : new String[] {"mousePressed", "mouseReleased"}) {
      call(
          "Input.dispatchMouseEvent",
          Map.of("type", type, "x", x, "y", y, "button", "left", "clickCount", 1));
    }
  }

  public void press(String key, int code) throws Exception {
    for (String type : new String[] {"rawKeyDown", "keyUp"}) {
      call(
          "Input.dispatchKeyEvent",
          Map.of("type", type, "key", key, "code", key, "windowsVirtualKeyCode", code));
    }
  }

  public BufferedImage screenshot() throws Exception {
    String data = call("Page.captureScreenshot", Map.of()).get("data").asText();
    return ImageIO.read(new ByteArrayInputStream(Base64.getDecoder().decode(data)));
  }

  private JsonNode call(String method, Map<String, ?> parameters) throws Exception {
    int id = ++calls;
    Map<String, ?> message = Map.of("id", id, "method", method, "params", parameters);
    page.sendText(JSON.writeValueAsString(message), true).get();
    JsonNode answer = next();
    while (answer.path("id").asInt() != id) { // an event, or the answer to an earlier call
      answer = next();
    }
    if (!answer.has("result")) {
      throw new IOException(method + ": " + answer);
    }
    return answer.get("result");
  }

  private JsonNode next() throws Exception {
    JsonNode message = messages.poll(SECONDS, TimeUnit.SECONDS);
    if (message == null) {
      throw new IOException("Chromium does not answer");
    }
    return message;
  }

  /** Ends it, and waits until it has written the last file of its profile. */
  @Override
  public void close() {
    page.sendText("{\"id\": 0, \"method\": \"Browser.close\"}", true).join();
    process.onExit().completeOnTimeout(process, SECONDS, TimeUnit.SECONDS).join();
    process.destroyForcibly();
  }

  private final class Receiver implements WebSocket.Listener {
    private final StringBuilder text = new StringBuilder();

    @Override
    public CompletionStage<?> onText(WebSocket socket, CharSequence part, boolean isLast) {
      text.append(part);
      if (isLast) {
        try {
          messages.add(JSON.readTree(text.toString()));
        } catch (IOException e) {
          throw new IllegalStateException("Chromium sent " + text, e);
        }
        text.setLength(0);
      }
      socket.request(1);
      return null;
    }
  }
}
