// SPDX-License-Identifier: Apache-2.0
import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;

/**
 * Maven Central's upload on this machine, for {@code .ci/rehearse}: takes a bundle, says that it is
 * valid, and keeps nothing. Writes its port into a file.
 */
final class Central {

  private static final String ID = "00000000-0000-0000-0000-000000000000";
  private static final String STATUS =
      "{\"deploymentId\":\"%s\",\"deploymentName\":\"rehearsal\",\"deploymentState\":\"VALIDATED\",\"purls\":[]}";

  public static void main(String[] args) throws IOException {
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/api/v1/publisher/upload", exchange -> answer(exchange, 201, "text/plain", ID));
    server.createContext(
        "/api/v1/publisher/status",
        exchange -> answer(exchange, 200, "application/json", STATUS.formatted(ID)));
    server.start();
    Path port = Path.of(args[0]);
    Path written = Files.writeString(Path.of(args[0] + ".new"), "" + server.getAddress().getPort());
    Files.move(written, port, StandardCopyOption.ATOMIC_MOVE);
  }

  private static void answer(HttpExchange exchange, int status, String type, String text)
      throws IOException {
    exchange.getRequestBody().readAllBytes();
    exchange.getResponseHeaders().add("Content-Type", type);
    exchange.sendResponseHeaders(status, text.length());
    exchange.getResponseBody().write(text.getBytes(UTF_8));
    exchange.close();
  }
}
