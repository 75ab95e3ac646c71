// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.cli.serve;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.common.base.Splitter;
import com.google.common.base.Throwables;
import com.google.common.collect.ImmutableMap;
import com.google.common.io.Resources;
import io.github.sr4j.ImageFormatException;
import io.github.sr4j.Output;
import io.github.sr4j.ProgressListener;
import io.github.sr4j.UpscaleOptions;
import io.github.sr4j.Upscaler;
import io.github.sr4j.cli.options.CardJson;
import io.github.sr4j.cli.serve.Admission.Place;
import io.github.sr4j.cli.serve.Problem.Refusal;
import io.github.sr4j.cli.terminal.Failure;
import io.github.sr4j.files.ImageFiles;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.file.FileSystemOptions;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import java.awt.Dimension;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The page and the service. docs/serving.md describes what it answers.
 *
 * <p>Everything here runs on the one event loop, unless it says otherwise.
 */
final class UpscaleServer implements AutoCloseable {

  private static final JsonMapper JSON = new JsonMapper();
  private static final String JOBS = "/v1/jobs/";
  private static final int SWEEP_MILLISECONDS = 2000;
  private static final int HEARTBEAT_MILLISECONDS = 10_000; // or a lost follower stays unnoticed
  private static final int MAX_NOTE = 200;

  /** The files of the page, which need no token. */
  private static final Map<String, String> PAGE =
      ImmutableMap.of(
          "/", "text/html; charset=utf-8",
          "/page.css", "text/css; charset=utf-8",
          "/page.js", "text/javascript; charset=utf-8",
          "/openapi.json", "application/json");

  private final Upscaler.Service upscalers;
  private final Limits limits;
  private final Access access;
  private final int defaultScale;
  private final Admission admission;
  private final Jobs jobs;
  private final Answers answers = new Answers();
  private final Vertx vertx;
  private final Context loop;
  private @Nullable HttpServer server;
  private boolean isStopping;
  private final AtomicBoolean isClosed = new AtomicBoolean();

  private UpscaleServer(
      Upscaler.Service upscalers, Limits limits, Access access, int defaultScale) {
    this.upscalers = upscalers;
    this.limits = limits;
    this.access = access;
    this.defaultScale = defaultScale;
    this.admission = new Admission(limits);
    this.jobs = new Jobs(limits.maxResultBytes());
    this.vertx =
        Vertx.vertx(
            new VertxOptions()
                .setEventLoopPoolSize(1)
                .setPreferNativeTransport(false)
                .setFileSystemOptions(
                    new FileSystemOptions()
                        .setClassPathResolvingEnabled(false)
                        .setFileCachingEnabled(false)));
    this.loop = vertx.getOrCreateContext();
  }

  /**
   * Starts a server.
   *
   * @param upscalers closed by the caller, after the server
   * @param host the address to listen on
   * @param port the port to listen on; 0 for any that is free
   * @throws IOException if it cannot listen there
   */
  static UpscaleServer start(
      Upscaler.Service upscalers,
      Limits limits,
      Access access,
      int defaultScale,
      String host,
      int port)
      throws IOException, InterruptedException {
    UpscaleServer server = new UpscaleServer(upscalers, limits, access, defaultScale);
    try {
      server.listen(host, port);
      return server;
    } catch (ExecutionException e) {
      server.vertx.close();
      String reason = Failure.inOneLine(Throwables.getRootCause(e).getMessage());
      throw new IOException(
          String.format(Locale.ROOT, "cannot listen on %s:%d: %s", host, port, reason), e);
    }
  }

  private void listen(String host, int port) throws ExecutionException, InterruptedException {
    HttpServer created =
        vertx
            .createHttpServer(
                new HttpServerOptions()
                    .setHttp2ClearTextEnabled(false)
                    .setIdleTimeoutUnit(TimeUnit.SECONDS)
                    .setIdleTimeout((int) limits.timeout().plusMinutes(1).toSeconds()))
            .requestHandler(this::answer)
            .invalidRequestHandler(request -> refuse(request, new Problem(400, "no HTTP request")));
    server = created.listen(port, host).toCompletionStage().toCompletableFuture().get();
    loop.runOnContext(started -> vertx.setPeriodic(SWEEP_MILLISECONDS, timer -> jobs.sweep()));
  }

  /** Returns the port; from any thread. */
  int port() {
    HttpServer listening = server;
    return listening == null ? 0 : listening.actualPort();
  }

  /**
   * Takes no further images, lets those in work end, and stops; from any other thread. A second
   * call does nothing.
   *
   * @param patience how long they may take
   */
  void close(Duration patience) {
    if (isClosed.getAndSet(true)) {
      return;
    }
    loop.runOnContext(stopping -> isStopping = true);
    try {
      admission.awaitNone(patience);
      vertx.close().toCompletionStage().toCompletableFuture().get(10, TimeUnit.SECONDS);
    } catch (ExecutionException | TimeoutException e) {
      throw new IllegalStateException("the server did not stop: " + e, e);
    } catch (InterruptedException e) {
      vertx.close(); // without waiting for its end
      Thread.currentThread().interrupt();
    }
  }

  /** Stops at once; from any other thread. */
  @Override
  public void close() {
    close(Duration.ZERO);
  }

  private void answer(HttpServerRequest request) {
    HttpServerResponse response = request.response();
    response.exceptionHandler(gone -> {}); // the close handler hears of it
    response
        .putHeader("X-Content-Type-Options", "nosniff")
        .putHeader("Referrer-Policy", "no-referrer")
        .putHeader("Cache-Control", "no-store")
        .putHeader(
            "Content-Security-Policy",
            "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self';"
                + " img-src 'self' blob: data:; base-uri 'none'; form-action 'none';"
                + " frame-ancestors 'none'");
    response.endHandler(ended -> answers.count(response.getStatusCode()));
    try {
      access.checkOrigin(request);
      route(request);
    } catch (Refusal refusal) {
      refuse(request, refusal.problem());
    }
  }

  private void route(HttpServerRequest request) throws Refusal {
    String path = request.path();
    if (PAGE.containsKey(path)) {
      allow(request, HttpMethod.GET);
      sendPage(request, path);
    } else if (path.equals("/health")) {
      allow(request, HttpMethod.GET);
      send(request, isStopping ? 503 : 200, status(isStopping ? "stopping" : "up"));
    } else {
      access.checkToken(request);
      routeService(request, path);
    }
  }

  private void routeService(HttpServerRequest request, String path) throws Refusal {
    if (path.equals("/v1/upscale")) {
      allow(request, HttpMethod.POST);
      receive(request);
    } else if (path.equals("/v1/models")) {
      allow(request, HttpMethod.GET);
      List<Map<String, Object>> models = Upscaler.models().stream().map(CardJson::of).toList();
      ObjectNode node = JSON.createObjectNode();
      node.set("models", JSON.valueToTree(models));
      send(request, 200, node);
    } else if (path.equals("/metrics")) {
      allow(request, HttpMethod.GET);
      String text =
          answers.text(upscalers.statistics(), admission, jobs.size()); // Prometheus' format
      request
          .response()
          .putHeader("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
          .end(text);
    } else if (path.startsWith(JOBS)) {
      routeJob(request, path.substring(JOBS.length()));
    } else {
      throw new Refusal(404, "there is nothing at " + Failure.inOneLine(path));
    }
  }

  private void routeJob(HttpServerRequest request, String path) throws Refusal {
    int slash = path.indexOf('/');
    String id = slash < 0 ? path : path.substring(0, slash);
    Job job =
        jobs.find(id)
            .orElseThrow(
                () -> new Refusal(404, "no such job; ended ones are kept for ten minutes"));
    job.asked();
    switch (slash < 0 ? "" : path.substring(slash)) {
      case "" -> {
        if (request.method().equals(HttpMethod.DELETE)) {
          jobs.remove(job);
          request.response().setStatusCode(204).end();
        } else {
          allow(request, HttpMethod.GET);
          send(request, 200, job.json());
        }
      }
      case "/result" -> {
        allow(request, HttpMethod.GET);
        sendResult(request, job);
      }
      case "/events" -> {
        allow(request, HttpMethod.GET);
        follow(request, job);
      }
      default -> throw new Refusal(404, "a job has /result and /events");
    }
  }

  private static void allow(HttpServerRequest request, HttpMethod method) throws Refusal {
    if (!request.method().equals(method)) {
      request.response().putHeader("Allow", method.name());
      throw new Refusal(405, "the method must be " + method + ", but was " + request.method());
    }
  }

  private void sendPage(HttpServerRequest request, String path) {
    String name = path.equals("/") ? "page.html" : path.substring(1);
    try {
      request
          .response()
          .putHeader("Content-Type", PAGE.get(path))
          .end(Resources.toString(Resources.getResource(UpscaleServer.class, name), UTF_8));
    } catch (IOException e) {
      refuse(request, Problem.of(e));
    }
  }

  /** Takes the image in the body of a request. */
  private void receive(HttpServerRequest request) throws Refusal {
    if (isStopping) {
      throw new Refusal(503, "this server is stopping");
    }
    UpscaleParameters parameters = UpscaleParameters.of(request.params());
    parameters.options(); // what is wrong with them is said before the image is sent
    String length = request.getHeader("Content-Length");
    if (length != null && Long.parseLong(length) > limits.maxBytes()) {
      throw Admission.tooLong(limits.maxBytes());
    }
    boolean isAsynchronous = prefers(request, "respond-async");
    Place place = admission.enter();
    Buffer body = Buffer.buffer();
    long timer =
        vertx.setTimer(
            limits.timeout().toMillis(),
            late -> {
              place.close();
              refuse(request, new Problem(408, "the image did not arrive in time"));
            });
    request.exceptionHandler(
        gone -> {
          vertx.cancelTimer(timer);
          place.close();
        });
    request.handler(
        part -> {
          try {
            place.addBytes(part.length());
            body.appendBuffer(part);
          } catch (Refusal refusal) {
            vertx.cancelTimer(timer);
            place.close();
            request.handler(ignored -> {});
            request.endHandler(ignored -> {});
            refuse(request, refusal.problem());
          }
        });
    request.endHandler(
        ended -> {
          vertx.cancelTimer(timer);
          if (request.response().ended()) {
            return; // refused, while it arrived
          }
          if (isAsynchronous) {
            acceptJob(request, place, body.getBytes(), parameters);
          } else {
            upscaleNow(request, place, body.getBytes(), parameters);
          }
        });
  }

  /** Returns whether a client asks for a preference without a value, as RFC 7240 writes it. */
  private static boolean prefers(HttpServerRequest request, String preference) {
    return request.headers().getAll("Prefer").stream()
        .flatMap(line -> Splitter.on(',').splitToStream(line))
        .map(each -> each.replaceFirst(";.*", "").strip())
        .anyMatch(preference::equalsIgnoreCase);
  }

  private void acceptJob(
      HttpServerRequest request, Place place, byte[] image, UpscaleParameters parameters) {
    Job job = jobs.create(place);
    request
        .response()
        .setStatusCode(202)
        .putHeader("Location", JOBS + job.id())
        .putHeader("Content-Type", "application/json")
        .end(job.json().toString());
    run(job, image, parameters);
  }

  private void upscaleNow(
      HttpServerRequest request, Place place, byte[] image, UpscaleParameters parameters) {
    Job job = new Job("", place);
    request.response().closeHandler(gone -> job.cancel());
    run(job, image, parameters);
    job.follow(
        current -> {
          if (current.state() == Job.State.DONE) {
            sendResult(request, current);
          } else {
            current.problem().ifPresent(problem -> refuse(request, problem));
          }
        });
  }

  private void run(Job job, byte[] image, UpscaleParameters parameters) {
    long begin = System.nanoTime();
    vertx
        .executeBlocking(() -> begin(job, image, parameters), /* ordered= */ false)
        .compose(future -> Future.fromCompletionStage(future, loop)) // which cancels nothing of it
        .onComplete(
            outcome -> {
              if (outcome.succeeded()) {
                job.place().finished(Duration.ofNanos(System.nanoTime() - begin));
                job.succeeded(outcome.result());
              } else {
                job.failed(Problem.of(outcome.cause()));
              }
            });
  }

  /** Hands an image over to its upscaler, which is opened if need be; on a worker thread. */
  private CompletableFuture<byte[]> begin(Job job, byte[] image, UpscaleParameters parameters)
      throws Exception {
    Dimension size;
    try {
      size = ImageFiles.size(new ByteArrayInputStream(image));
    } catch (ImageFormatException e) {
      throw new Refusal(422, "the body is no image that can be read: " + e.getMessage());
    }
    job.place().setPixels((long) size.width * size.height);
    Output output = parameters.output(image);
    UpscaleOptions options = parameters.options().timeout(limits.timeout()).listener(listener(job));
    CompletableFuture<byte[]> work =
        parameters.upscaler(upscalers, defaultScale).upscaleAsync(image, output, options);
    loop.runOnContext(begun -> job.begun(work, output));
    return work;
  }

  private ProgressListener listener(Job job) {
    return new ProgressListener() {
      @Override
      public void progressed(Progress progress) {
        loop.runOnContext(now -> job.progressed(progress));
      }

      @Override
      public void noted(String note) {
        loop.runOnContext(now -> job.noted(note));
      }
    };
  }

  private void sendResult(HttpServerRequest request, Job job) {
    Optional<Buffer> result = job.result();
    if (result.isEmpty()) {
      refuse(request, job.problem().orElseGet(() -> new Problem(409, "the job has not ended yet")));
      return;
    }
    HttpServerResponse response = request.response();
    job.output().ifPresent(output -> response.putHeader("Content-Type", output.mediaType()));
    for (String note : job.notes()) {
      String text = note.replaceAll("[^\\x20-\\x7e]", "?");
      response.putHeader("Sr4j-Note", text.substring(0, Math.min(MAX_NOTE, text.length())));
    }
    response.end(result.get());
  }

  /** Sends each change of a job as an event. */
  private void follow(HttpServerRequest request, Job job) {
    HttpServerResponse response = request.response();
    response.putHeader("Content-Type", "text/event-stream").setChunked(true);
    Consumer<Job> follower =
        current -> {
          boolean isFinal = current.state().isFinal();
          if (response.ended() || response.closed() || (response.writeQueueFull() && !isFinal)) {
            return; // the next one tells as much
          }
          response.write(
              "event: " + (isFinal ? "end" : "progress") + "\ndata: " + current.json() + "\n\n");
          if (isFinal) {
            response.end();
          }
        };
    long heartbeat =
        vertx.setPeriodic(
            HEARTBEAT_MILLISECONDS,
            timer -> {
              if (!response.ended() && !response.closed()) {
                response.write(":\n\n");
              }
            });
    response.closeHandler(gone -> job.unfollow(follower));
    response.endHandler(
        ended -> {
          vertx.cancelTimer(heartbeat);
          answers.count(response.getStatusCode());
        });
    job.follow(follower);
  }

  private static ObjectNode status(String text) {
    return JSON.createObjectNode().put("status", text);
  }

  private static void send(HttpServerRequest request, int status, ObjectNode body) {
    request
        .response()
        .setStatusCode(status)
        .putHeader("Content-Type", "application/json")
        .end(body.toString());
  }

  /** Answers with a problem, as RFC 9457 writes it. */
  private void refuse(HttpServerRequest request, Problem problem) {
    HttpServerResponse response = request.response();
    if (response.ended() || response.closed()) {
      return; // nobody is left to be told
    }
    if (problem.status() == 429 || problem.status() == 503) {
      response.putHeader("Retry-After", Integer.toString(admission.retrySeconds()));
    }
    if (problem.status() == 401) {
      response.putHeader("WWW-Authenticate", "Bearer");
    }
    if (!request.isEnded()) { // the rest of an image that nobody wants
      response.putHeader("Connection", "close");
    }
    ObjectNode body =
        JSON.createObjectNode()
            .put("title", problem.title())
            .put("status", problem.status())
            .put("detail", problem.detail());
    response
        .setStatusCode(problem.status())
        .putHeader("Content-Type", "application/problem+json")
        .end(body.toString());
  }
}
