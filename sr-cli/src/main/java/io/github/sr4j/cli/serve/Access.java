// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.cli.serve;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.common.net.HostAndPort;
import com.google.common.net.InetAddresses;
import io.github.sr4j.cli.serve.Problem.Refusal;
import io.vertx.core.http.HttpServerRequest;
import java.net.URI;
import java.security.MessageDigest;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The rules on who may send requests: programs of this machine, and pages of this server; with a
 * token, whoever has it. A page of another site that a browser of this machine shows may not: its
 * requests name that site, or another host where it has that resolved to this machine.
 */
final class Access {

  private static final String BEARER = "bearer ";

  private final boolean isLoopback;
  private final Optional<String> token;

  /**
   * Creates the rules.
   *
   * @param isLoopback whether only this machine can reach the server
   * @param token what requests must bear
   */
  Access(boolean isLoopback, Optional<String> token) {
    this.isLoopback = isLoopback;
    this.token = token;
  }

  /**
   * Checks where a request comes from.
   *
   * @throws Refusal if it comes from a page of another site
   */
  void checkOrigin(HttpServerRequest request) throws Refusal {
    String host = request.getHeader("Host");
    if (isLoopback && (host == null || !isOfThisMachine(host))) {
      throw new Refusal(
          403, "the host must be localhost, 127.0.0.1 or [::1], as only this machine is served");
    }
    String origin = request.getHeader("Origin");
    String site = request.getHeader("Sec-Fetch-Site");
    if ((origin != null && !isOriginOf(host, origin)) || "cross-site".equals(site)) {
      throw new Refusal(403, "pages of other sites are not served");
    }
  }

  /**
   * Checks what a request bears.
   *
   * @throws Refusal if a token is needed and it has not that one
   */
  void checkToken(HttpServerRequest request) throws Refusal {
    if (token.isEmpty()) {
      return;
    }
    String header = request.getHeader("Authorization");
    boolean hasOne = header != null && header.toLowerCase(Locale.ROOT).startsWith(BEARER);
    String given = hasOne ? header.substring(BEARER.length()).strip() : "";
    // In a time that does not tell how much of it is right.
    if (!MessageDigest.isEqual(given.getBytes(UTF_8), token.get().getBytes(UTF_8))) {
      throw new Refusal(401, "the token of this server is needed: Authorization: Bearer TOKEN");
    }
  }

  private static boolean isOfThisMachine(String authority) {
    try {
      String host = HostAndPort.fromString(authority).getHost();
      return host.equalsIgnoreCase("localhost")
          || (InetAddresses.isInetAddress(host)
              && InetAddresses.forString(host).isLoopbackAddress());
    } catch (IllegalArgumentException e) {
      return false;
    }
  }

  private static boolean isOriginOf(@Nullable String host, String origin) {
    try {
      return host != null && host.equalsIgnoreCase(URI.create(origin).getAuthority());
    } catch (IllegalArgumentException e) {
      return false;
    }
  }
}
