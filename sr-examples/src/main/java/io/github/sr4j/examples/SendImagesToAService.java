// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.examples;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

/**
 * How do I have an image enlarged by another machine, which runs {@code sr4j serve}?
 *
 * <p>Arguments: the address of the server, such as {@code http://localhost:8080}, the image to send
 * and the one to write.
 */
public final class SendImagesToAService {

  private SendImagesToAService() {}

  public static void main(String[] args) throws IOException, InterruptedException {
    send(HttpClient.newHttpClient(), URI.create(args[0]), Path.of(args[1]), Path.of(args[2]));
  }

  private static void send(HttpClient client, URI server, Path photo, Path enlarged)
      throws IOException, InterruptedException {
    // snippet: client
    HttpRequest request =
        HttpRequest.newBuilder(server.resolve("/v1/upscale?scale=2"))
            .timeout(Duration.ofMinutes(5))
            .POST(BodyPublishers.ofFile(photo))
            .build();
    HttpResponse<byte[]> response = client.send(request, BodyHandlers.ofByteArray());
    switch (response.statusCode()) {
      case 200 -> Files.write(enlarged, response.body());
      case 429 -> System.out.println("later: " + response.headers().firstValue("Retry-After"));
      default -> System.out.println(new String(response.body(), UTF_8)); // a sentence in "detail"
    }
    // end
  }
}
