// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.cli;

import static java.util.Objects.requireNonNull;

import com.google.common.base.Ascii;
import com.google.common.base.Joiner;
import com.google.common.collect.ImmutableSet;
import com.google.common.collect.Sets;
import io.github.sr4j.Device;
import io.github.sr4j.Model;
import io.github.sr4j.ModelInfo;
import io.github.sr4j.Upscaler;
import io.github.sr4j.cli.options.Declarations;
import io.github.sr4j.cli.options.MemorySize;
import io.github.sr4j.cli.options.ModelOptions;
import io.github.sr4j.cli.options.OpeningTime;
import io.github.sr4j.networks.architectures.ForeignNetwork;
import io.github.sr4j.networks.architectures.Recognised;
import io.github.sr4j.networks.weights.WeightFile;
import io.github.sr4j.shared.models.ModelLookup;
import io.github.sr4j.shared.util.VisibleText;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.OptionalInt;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code sr4j inspect}: what a model is. */
@Command(
    name = "inspect",
    description =
        "Show what a model is: what it declares, and what running it on a small block shows.",
    footer = {"", "Example:", "  sr4j inspect fast-x2"})
final class InspectCommand implements Callable<Integer> {

  private static final Duration DEFAULT_TIME = Duration.ofMinutes(2);
  private static final long DEFAULT_MEMORY = 4L << 30;
  private static final ImmutableSet<Device.Kind> CARDS =
      Sets.immutableEnumSet(Device.Kind.CUDA, Device.Kind.COREML, Device.Kind.WEBGPU);

  @Parameters(
      paramLabel = "MODEL",
      description =
          "An embedded model, an ONNX file, or a file of weights of PyTorch, safetensors, NumPy or"
              + " Keras.")
  private String model;

  @Option(
      names = "--scale",
      paramLabel = "N",
      description =
          "How many times as wide and high images become, for a model that keeps the size of what"
              + " it is given.")
  private @Nullable Integer scale;

  @Option(
      names = "--precision",
      paramLabel = "NAME",
      description =
          "Show the form of an embedded model that computes in float or in int8. Default: float.")
  private Model.@Nullable Precision precision;

  @Option(
      names = "--device",
      paramLabel = "DEVICE",
      description =
          "A card, such as webgpu or cuda:0: show which operators of the model the CPU would run"
              + " for it.")
  private @Nullable Device device;

  @Option(
      names = "--isolated",
      description =
          "Open the model in a process of its own: for files of unknown origin, which can crash or"
              + " exhaust what opens them.")
  private boolean isIsolated;

  @Option(
      names = "--max-memory",
      paramLabel = "SIZE",
      converter = MemorySize.class,
      description =
          "The most memory that this process may take, such as 4g or 500m, on Linux. Default: 4g.")
  private @Nullable Long maxMemory;

  @Mixin private OpeningTime openingTime;

  @Mixin private Declarations declarations;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws Exception {
    PrintWriter out = spec.commandLine().getOut();
    if (maxMemory != null && !isIsolated) {
      throw new ParameterException(
          spec.commandLine(), "--max-memory is for --isolated, without which it bounds nothing");
    }
    if (isIsolated && !IsolatedCommand.isRunning()) {
      return new IsolatedCommand(
              model,
              openingTime.orElse(DEFAULT_TIME),
              maxMemory == null ? DEFAULT_MEMORY : maxMemory)
          .run(
              spec.root().commandLine().getParseResult().originalArgs(),
              out,
              spec.commandLine().getErr());
    }
    Model declared = requireNonNull(declarations.on(ModelOptions.model(model), scale));
    if (declared.file().map(WeightFile::isWeights).orElse(false)
        && !isComplete(out, declared.file().orElseThrow())) {
      return 0;
    }
    if (device != null && !CARDS.contains(device.kind())) {
      throw new ParameterException(
          spec.commandLine(),
          "--device must be cuda:N, coreml or webgpu:N here, but was " + device);
    }
    // On the CPU: what a model is does not depend on the device.
    Upscaler.Builder builder = Upscaler.builder().model(declared).device(Device.cpu());
    if (scale != null) {
      builder.scale(scale);
    }
    if (precision != null) {
      builder.precision(precision);
    }
    openingTime.applyTo(builder);
    try (Upscaler upscaler = builder.build()) {
      ModelInfo info = upscaler.info();
      line(out, "model", info.name());
      line(out, "scale", info.scale() + origin(info, "scale"));
      line(out, "precision", Ascii.toLowerCase(info.precision().name()));
      line(out, "color", color(info) + origin(info, "color"));
      if (info.properties().containsKey("range")) {
        line(out, "range", range(info) + origin(info, "range"));
      }
      if (info.properties().containsKey("layout")) {
        line(out, "layout", info.properties().get("layout").value() + origin(info, "layout"));
      }
      line(out, "input", input(info) + origin(info, "preupscale"));
      line(out, "halo", halo(info) + origin(info, "halo"));
      line(
          out,
          "alignment",
          info.alignment()
              + (info.alignment() == 1 ? " (none)" : " pixels")
              + origin(info, "alignment"));
      if (info.blockWidth().isPresent() || info.blockHeight().isPresent()) {
        line(
            out,
            "block",
            side(info.blockWidth()) + " x " + side(info.blockHeight()) + " (width x height)");
      }
      if (info.lostEdge() > 0) {
        line(out, "lost edge", info.lostEdge() + " pixels of its output are lost along each edge");
      }
      if (info.parameters().isPresent()) {
        line(out, "parameters", String.format(Locale.ROOT, "%,d", info.parameters().getAsLong()));
      }
      if (info.multiplyAccumulates().isPresent()) {
        line(
            out,
            "operations",
            String.format(
                Locale.ROOT,
                "%,.3f G multiply-accumulates for an enlarged image of 1280x720 pixels",
                info.multiplyAccumulates().getAsLong() / 1e9));
      }
      line(out, "ran on", upscaler.device().actual().toString());
      if (device != null) {
        line(out, device.toString(), placement(declared, device));
      }
      if (info.provenance().isEmpty()) {
        line(out, "declares", "nothing about where it comes from");
      }
      info.provenance().forEach((key, value) -> line(out, key, value));
    }
    return 0;
  }

  /**
   * Shows what was recognised in a file of weights, and why.
   *
   * @return whether the network can be opened: not if one of several scales is to be chosen
   */
  private boolean isComplete(PrintWriter out, Path file) throws IOException {
    WeightFile weights = WeightFile.read(file);
    Recognised recognised =
        ForeignNetwork.recognise(
            weights, scale == null ? OptionalInt.empty() : OptionalInt.of(scale));
    line(out, "file", weights.form() + ", " + weights.types());
    line(out, "recognised", recognised.architecture() + " as " + recognised.network());
    recognised.evidence().forEach(evidence -> line(out, "because", evidence));
    if (scale != null || recognised.scales().size() == 1) {
      return true;
    }
    line(
        out,
        "scales",
        (recognised.scales().isEmpty()
                ? "any"
                : (recognised.isScaleUntold() ? "one of " : "")
                    + Joiner.on(", ").join(recognised.scales()))
            + "; choose one with --scale to see the rest");
    return false;
  }

  private static String placement(Model model, Device device) {
    ModelLookup.Found found = ModelLookup.onClassPath().find(model);
    List<String> operators = found.backend().operatorsOnCpu(found.model(), device);
    return operators.isEmpty()
        ? "runs every operator"
        : "leaves to the CPU: " + String.join(", ", operators);
  }

  /** Returns whether a property was declared or found, as far as it is known. */
  private static String origin(ModelInfo info, String key) {
    ModelInfo.Property property = info.properties().get(key);
    return property == null ? "" : property.isDeclared() ? " [declared]" : " [found]";
  }

  private static String color(ModelInfo info) {
    return info.color() == ModelInfo.Color.LUMA
        ? "luma (1 channel); chroma is enlarged bicubically"
        : info.properties().containsKey("color")
            ? info.properties().get("color").value() + " (3 channels)"
            : "rgb (3 channels)";
  }

  private static String range(ModelInfo info) {
    String range = requireNonNull(info.properties().get("range"), "range").value();
    String[] sides = range.split("/", -1);
    return sides.length == 1
        ? samples(sides[0])
        : "takes " + samples(sides[0]) + ", returns " + samples(sides[1]);
  }

  private static String samples(String range) {
    return switch (range) {
      case "1", "255" -> "0 to " + range;
      default -> range.replace("..", " to ");
    };
  }

  private static String input(ModelInfo info) {
    if (info.isPreupscaled()) {
      return "the image enlarged bicubically; the network keeps its size";
    }
    return info.scale() == 1
        ? "the image; the network keeps its size"
        : "the low-resolution image; the network enlarges it";
  }

  private static String halo(ModelInfo info) {
    if (info.halo().isPresent()) {
      return info.halo().getAsInt() + " pixels of its input; can be run in tiles";
    }
    return info.globalOperator()
        .map(operator -> "none, because of " + operator)
        .orElse("not declared; always sees the whole image");
  }

  private static String side(OptionalInt pixels) {
    return pixels.isPresent() ? Integer.toString(pixels.getAsInt()) : "any";
  }

  private static void line(PrintWriter out, String key, String value) {
    out.printf("%-12s  %s%n", VisibleText.of(key), VisibleText.of(value));
  }
}
