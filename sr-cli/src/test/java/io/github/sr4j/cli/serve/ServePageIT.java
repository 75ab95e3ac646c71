// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.cli.serve;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.google.common.hash.Hashing;
import io.github.sr4j.Model;
import io.github.sr4j.Output;
import io.github.sr4j.Upscaler;
import io.github.sr4j.cli.Chromium;
import io.github.sr4j.cli.Fixtures;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The page as a browser shows it. */
@Timeout(300)
final class ServePageIT {

  private static final Limits LIMITS =
      new Limits(8, 1 << 24, 1 << 24, 1 << 26, 1 << 26, Duration.ofMinutes(2));

  @TempDir private Path folder;
  @TempDir private Path profile;

  private static UpscaleServer start(Upscaler.Service upscalers, Optional<String> token)
      throws Exception {
    return UpscaleServer.start(upscalers, LIMITS, new Access(true, token), 2, "127.0.0.1", 0);
  }

  private static void open(Chromium chromium, UpscaleServer server) throws Exception {
    chromium.open(URI.create("http://localhost:" + server.port() + "/"));
  }

  @Test
  void picture_isThatOfTheLibrary_andIsComparedWithASlider() throws Exception {
    Path image = Fixtures.image(folder.resolve("holiday.png"), 120, 90);
    try (Upscaler.Service upscalers = Upscaler.builder().buildService();
        UpscaleServer server = start(upscalers, Optional.empty());
        Chromium chromium = Chromium.start(profile)) {
      open(chromium, server);
      chromium.await("document.getElementById('model').options.length > 0");
      keepBlobs(chromium);
      chromium.choose("#file", image);
      chromium.await("!document.getElementById('result').hidden");

      assertThat(text(chromium, "document.getElementById('download').download"))
          .isEqualTo("holiday-enlarged.png");
      assertThat(downloaded(chromium)).isEqualTo(sha256(expected(upscalers, image)));
      assertThat(text(chromium, "document.getElementById('caption').textContent"))
          .isEqualTo("240 × 180 pixels");

      JsonNode box =
          chromium.evaluate(
              "(() => { const r = document.getElementById('after').getBoundingClientRect();"
                  + " return [r.left, r.top, r.width, r.height]; })()");
      chromium.click(
          box.get(0).asDouble() + 0.8 * box.get(2).asDouble(),
          box.get(1).asDouble() + 0.5 * box.get(3).asDouble());
      assertThat(boundary(chromium)).isEqualTo(80);
      chromium.evaluate("document.getElementById('view').focus()");
      for (int i = 0; i < 20; i++) {
        chromium.press("ArrowLeft", 37);
      }
      assertThat(boundary(chromium)).isEqualTo(60);
    }
  }

  private static byte[] expected(Upscaler.Service upscalers, Path image) throws Exception {
    return upscalers
        .forModel(Model.embedded("quality-x2"))
        .upscale(Files.readAllBytes(image), Output.png());
  }

  /** Keeps what the page offers to download: its own rules let nobody fetch that. */
  private static void keepBlobs(Chromium chromium) throws Exception {
    chromium.evaluate(
        "blobs = []; create = URL.createObjectURL;"
            + " URL.createObjectURL = b => { blobs.push(b); return create(b); }");
  }

  /** Returns the hash of what the page offers to download. */
  private static String downloaded(Chromium chromium) throws Exception {
    chromium.evaluate(
        "blobs[1].arrayBuffer()"
            + ".then(b => crypto.subtle.digest('SHA-256', b))"
            + ".then(d => window.hash = [...new Uint8Array(d)]"
            + ".map(b => b.toString(16).padStart(2, '0')).join(''))");
    chromium.await("window.hash");
    return text(chromium, "window.hash");
  }

  private static String sha256(byte[] bytes) {
    return Hashing.sha256().hashBytes(bytes).toString();
  }

  private static String text(Chromium chromium, String expression) throws Exception {
    return chromium.evaluate(expression).asText();
  }

  private static int boundary(Chromium chromium) throws Exception {
    return chromium
        .evaluate("Number(document.getElementById('view').getAttribute('aria-valuenow'))")
        .asInt();
  }

  @Test
  void cancelled_endsTheWork_andNothingIsShown() throws Exception {
    Path image = Fixtures.image(folder.resolve("a.png"), 40, 20);
    try (GatedUpscalers upscalers = new GatedUpscalers(1, 16);
        UpscaleServer server = start(upscalers, Optional.empty());
        Chromium chromium = Chromium.start(profile)) {
      open(chromium, server);
      chromium.choose("#file", image);
      chromium.await("document.getElementById('status').textContent.includes('1 of 6 tiles')");
      chromium.evaluate("document.getElementById('cancel').click()");
      chromium.await("document.getElementById('status').textContent === 'Cancelled.'");
      upscalers.awaitCancellation();
      assertThat(chromium.evaluate("document.getElementById('result').hidden").asBoolean())
          .isTrue();
    }
  }

  @Test
  void leavingThePage_endsTheWork() throws Exception {
    Path image = Fixtures.image(folder.resolve("a.png"), 40, 20);
    try (GatedUpscalers upscalers = new GatedUpscalers(1, 16);
        UpscaleServer server = start(upscalers, Optional.empty());
        Chromium chromium = Chromium.start(profile)) {
      open(chromium, server);
      chromium.choose("#file", image);
      chromium.await("document.getElementById('status').textContent.includes('1 of 6 tiles')");
      chromium.open(URI.create("about:blank"));
      upscalers.awaitCancellation();
    }
  }

  @Test
  void problem_isToldInTheWordsOfTheServer() throws Exception {
    Path noImage = Files.writeString(folder.resolve("a.png"), "no image");
    try (GatedUpscalers upscalers = new GatedUpscalers(100, 16);
        UpscaleServer server = start(upscalers, Optional.of("a token of this test"));
        Chromium chromium = Chromium.start(profile)) {
      open(chromium, server);
      chromium.await("!document.getElementById('tokenLabel').hidden");
      chromium.evaluate(
          "document.getElementById('token').value = 'a token of this test';"
              + "document.getElementById('token').dispatchEvent(new Event('change'))");
      chromium.await("document.getElementById('model').options.length > 0");
      chromium.choose("#file", noImage);
      chromium.await(
          "document.getElementById('status').textContent.includes('the body is no image')");
    }
  }

  @Test
  void page_fitsAPhone() throws Exception {
    try (GatedUpscalers upscalers = new GatedUpscalers(100, 16);
        UpscaleServer server = start(upscalers, Optional.empty());
        Chromium chromium = Chromium.start(profile)) {
      chromium.resize(360, 640, true);
      open(chromium, server);
      assertThat(chromium.evaluate("document.documentElement.scrollWidth").asInt())
          .isLessThanOrEqualTo(360);
      assertThat(
              chromium
                  .evaluate(
                      "[...document.querySelectorAll('input, select, #view')].every(e =>"
                          + " e.labels?.length > 0 || e.hasAttribute('aria-label'))")
                  .asBoolean())
          .as("each control has a name for screen readers")
          .isTrue();
    }
  }
}
