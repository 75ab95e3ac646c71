// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.cli.serve;

import io.github.sr4j.ImageFormatException;
import io.github.sr4j.cli.terminal.Failure;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;

/**
 * The reason why a request gets no image, as an answer of HTTP.
 *
 * @param status the status code
 * @param detail a sentence for the person who sent the request
 */
record Problem(int status, String detail) {

  /** A request that is answered with a problem. */
  static final class Refusal extends Exception {

    private static final long serialVersionUID = 1L;

    private final transient Problem problem;

    Refusal(int status, String detail) {
      super(detail);
      this.problem = new Problem(status, detail);
    }

    Problem problem() {
      return problem;
    }
  }

  /** Returns the answer to a failure of the library, by who has to act. */
  static Problem of(Throwable failure) {
    if (failure instanceof Refusal refusal) {
      return refusal.problem();
    }
    if ((failure instanceof CompletionException || failure instanceof ExecutionException)
        && failure.getCause() != null) {
      return of(failure.getCause());
    }
    if (failure instanceof RejectedExecutionException) {
      return new Problem(429, "too many images wait; try again later");
    }
    if (failure instanceof CancellationException) {
      return new Problem(504, "the image took longer than this server allows");
    }
    String detail = Failure.describe(failure, Set.of());
    if (failure instanceof ImageFormatException) {
      return new Problem(422, detail);
    }
    return new Problem(failure instanceof IllegalArgumentException ? 400 : 500, detail);
  }

  /** Returns the words that HTTP has for the status. */
  String title() {
    return switch (status) {
      case 400 -> "Bad Request";
      case 401 -> "Unauthorized";
      case 403 -> "Forbidden";
      case 404 -> "Not Found";
      case 405 -> "Method Not Allowed";
      case 408 -> "Request Timeout";
      case 409 -> "Conflict";
      case 413 -> "Content Too Large";
      case 422 -> "Unprocessable Content";
      case 429 -> "Too Many Requests";
      case 503 -> "Service Unavailable";
      case 504 -> "Gateway Timeout";
      default -> "Internal Server Error";
    };
  }
}
