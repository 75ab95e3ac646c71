// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.cli.serve;

import com.google.common.net.InetAddresses;
import io.github.sr4j.Model;
import io.github.sr4j.Upscaler;
import io.github.sr4j.cli.options.MemorySize;
import io.github.sr4j.cli.options.RunOptions;
import io.github.sr4j.cli.options.Time;
import io.github.sr4j.cli.terminal.Failure;
import io.github.sr4j.cli.terminal.Interruption;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code sr4j serve}: a page in the browser and a service over HTTP. */
@Command(
    name = "serve",
    description = "Enlarge images on a page in the browser, or for programs over HTTP.",
    footer = {
      "",
      "Examples:",
      "  sr4j serve",
      "  curl --data-binary @photo.jpg http://localhost:8080/v1/upscale?scale=2 > photo-x2.jpg",
      "  sr4j serve --bind 0.0.0.0 --token-file token.txt --max-bytes 20m"
    })
public final class ServeCommand implements Callable<Integer> {

  private static final int MAX_PORT = 65_535;

  @Option(
      names = "--bind",
      paramLabel = "ADDRESS",
      defaultValue = "127.0.0.1",
      description =
          "The address to listen on. Default: ${DEFAULT-VALUE}, which only this machine reaches;"
              + " others need --token-file.")
  private String bind;

  @Option(
      names = "--port",
      paramLabel = "N",
      defaultValue = "8080",
      description = "The port to listen on; 0 for any that is free. Default: ${DEFAULT-VALUE}.")
  private int port;

  @Option(
      names = "--token-file",
      paramLabel = "FILE",
      description =
          "A file with the token that requests must bear; its first line counts, 16 characters or"
              + " more.")
  private @Nullable Path tokenFile;

  @Option(
      names = "--scale",
      paramLabel = "N",
      defaultValue = "2",
      description =
          "How many times as wide and high images become if a request does not say. Default:"
              + " ${DEFAULT-VALUE}.")
  private int scale;

  @Option(
      names = "--quality",
      paramLabel = "NAME",
      description =
          "Of the models of a scale, the fast one with the fewest multiply-accumulates, or the best"
              + " one with the highest PSNR on Set5: fast or best.")
  private Model.@Nullable Quality quality;

  @Mixin private RunOptions options;

  @Option(
      names = "--max-requests",
      paramLabel = "N",
      defaultValue = "64",
      description =
          "The most images in upload, waiting or in work; more are told to try again. Default:"
              + " ${DEFAULT-VALUE}.")
  private int maxRequests;

  @Option(
      names = "--max-waiting-pixels",
      paramLabel = "N",
      defaultValue = "268435456",
      description =
          "The most pixels of the images waiting or in work; more are told to try again. Default:"
              + " ${DEFAULT-VALUE}.")
  private long maxWaitingPixels;

  @Option(
      names = "--max-pixels",
      paramLabel = "N",
      defaultValue = "67108864",
      description = "The most pixels of an image. Default: ${DEFAULT-VALUE}.")
  private long maxPixels;

  @Option(
      names = "--max-result-pixels",
      paramLabel = "N",
      defaultValue = "268435456",
      description = "The most pixels of a result. Default: ${DEFAULT-VALUE}.")
  private long maxResultPixels;

  @Option(
      names = "--max-bytes",
      paramLabel = "SIZE",
      converter = MemorySize.class,
      defaultValue = "64m",
      description = "The most bytes of an image. Default: ${DEFAULT-VALUE}.")
  private long maxBytes;

  @Option(
      names = "--timeout",
      paramLabel = "TIME",
      converter = Time.class,
      defaultValue = "5m",
      description =
          "How long the upload of an image may take, and how long the work on it, with its wait."
              + " Default: ${DEFAULT-VALUE}.")
  private Duration timeout;

  @Option(
      names = "--patience",
      paramLabel = "TIME",
      converter = Time.class,
      defaultValue = "30s",
      description =
          "How long images in work may go on when the server is told to end. Default:"
              + " ${DEFAULT-VALUE}.")
  private Duration patience;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws Exception {
    refuse(port < 0 || port > MAX_PORT, "--port must be within 0 to 65535, but was " + port);
    refuse(maxRequests < 1, "--max-requests must be at least 1, but was " + maxRequests);
    refuse(
        maxWaitingPixels < 1,
        "--max-waiting-pixels must be at least 1, but was " + maxWaitingPixels);
    InetAddress address = address();
    Optional<String> token = token();
    if (!address.isLoopbackAddress() && token.isEmpty()) {
      throw new Failure(
          bind + " can be reached from other machines: a token is needed, in --token-file");
    }
    Upscaler.Builder builder =
        options.applyTo(Upscaler.builder().maxPixels(maxPixels).maxResultPixels(maxResultPixels));
    if (quality != null) {
      builder.quality(quality);
    }
    try (Upscaler.Service upscalers = builder.buildService()) {
      upscalers.forScale(scale); // what cannot work is said now, not to the first client
      serve(upscalers, address, token);
    }
    return 0;
  }

  private void serve(Upscaler.Service upscalers, InetAddress address, Optional<String> token)
      throws IOException, InterruptedException {
    long heap = Runtime.getRuntime().maxMemory();
    Limits limits =
        new Limits(maxRequests, maxWaitingPixels, maxBytes, heap / 4, heap / 4, timeout);
    Access access = new Access(address.isLoopbackAddress(), token);
    CountDownLatch never = new CountDownLatch(1);
    Interruption interruption = Interruption.ofThisThread(patience.plusSeconds(15));
    try (interruption) {
      UpscaleServer server =
          UpscaleServer.start(
              upscalers, limits, access, scale, InetAddresses.toAddrString(address), port);
      try {
        PrintWriter out = spec.commandLine().getOut();
        out.printf(
            Locale.ROOT,
            "http://%s:%d serves; end it with Ctrl-C%n",
            address.isLoopbackAddress() ? "localhost" : InetAddresses.toUriString(address),
            server.port());
        out.flush();
        never.await();
      } finally {
        server.close(patience);
      }
    }
  }

  private InetAddress address() throws Failure {
    try {
      return InetAddress.getByName(bind);
    } catch (UnknownHostException e) {
      throw new Failure("--bind: no address \"" + Failure.inOneLine(bind) + "\"", e);
    }
  }

  private Optional<String> token() throws IOException, Failure {
    if (tokenFile == null) {
      return Optional.empty();
    }
    String token = Files.readString(tokenFile).lines().findFirst().orElse("").strip();
    if (token.length() < 16) {
      throw new Failure(
          String.format(
              Locale.ROOT,
              "%s: the token must have at least 16 characters, but has %d",
              tokenFile,
              token.length()));
    }
    return Optional.of(token);
  }

  private void refuse(boolean isWrong, String message) {
    if (isWrong) {
      throw new ParameterException(spec.commandLine(), message);
    }
  }
}
