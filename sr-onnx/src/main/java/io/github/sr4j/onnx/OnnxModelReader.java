// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.onnx;

import ai.onnxruntime.NodeInfo;
import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.OrtSession.SessionOptions;
import ai.onnxruntime.TensorInfo;
import com.google.common.base.Joiner;
import com.google.common.collect.ImmutableSet;
import com.google.common.io.MoreFiles;
import com.google.common.io.RecursiveDeleteOption;
import com.google.common.math.IntMath;
import com.google.common.math.LongMath;
import io.github.sr4j.BlockUpscaler;
import io.github.sr4j.Device;
import io.github.sr4j.Model;
import io.github.sr4j.Model.Declaration;
import io.github.sr4j.Model.Declaration.Layout;
import io.github.sr4j.Model.Declaration.Preupscale;
import io.github.sr4j.Model.Declaration.Range;
import io.github.sr4j.ModelFormatException;
import io.github.sr4j.ModelInfo;
import io.github.sr4j.SuperResolutionException;
import io.github.sr4j.onnx.analysis.GraphCost;
import io.github.sr4j.onnx.analysis.NarrowConvolutions;
import io.github.sr4j.onnx.analysis.NodePlacement;
import io.github.sr4j.onnx.analysis.ReceptiveField;
import io.github.sr4j.onnx.files.EmbeddedModels;
import io.github.sr4j.onnx.files.ExternalData;
import io.github.sr4j.onnx.files.GraphCheck;
import io.github.sr4j.onnx.graph.OnnxGraph;
import io.github.sr4j.onnx.graph.Printable;
import io.github.sr4j.shared.settings.SettingException;
import io.github.sr4j.shared.settings.SettingName;
import io.github.sr4j.shared.util.Reasons;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The opening of an ONNX model: what it declares is read, what it does not declare is found out
 * from its graph, and what the graph does not show by running it on a small block. Where the two
 * contradict each other, or something remains open, it is refused.
 */
final class OnnxModelReader {

  private static final SettingName SCALE = new SettingName("scale");
  private static final SettingName PREUPSCALE = new SettingName("preupscale");
  private static final SettingName COLOR = new SettingName("color");
  private static final SettingName LAYOUT = new SettingName("layout");

  private static final long MAX_PIXELS = 1 << 24; // of all images of a batch
  private static final int FREE_SIDE = 512; // for which a free side counts: that of tiles
  private static final int LARGE_WIDTH = 1280; // of the enlarged image whose work is counted
  private static final int LARGE_HEIGHT = 720;
  private static final ImmutableSet<OnnxJavaType> TYPES =
      ImmutableSet.of(OnnxJavaType.FLOAT, OnnxJavaType.FLOAT16, OnnxJavaType.UINT8);

  private static final long MAX_BYTES = Integer.MAX_VALUE - 8; // of an array
  private static final long MAX_BYTES_PER_PIXEL = 1 << 24; // networks in use take thousands

  private static final long MAX_REWRITTEN = 1 << 26; // bytes, which are copied on the heap

  // Of which it is known that NarrowConvolutions makes them faster.
  private static final ImmutableSet<String> X86 = ImmutableSet.of("amd64", "x86_64");

  private final String name;
  private final OnnxGraph graph;
  private final OnnxMetadata metadata;
  private final Declaration declared;
  private final OnnxSession session;
  private final NodeInfo input;
  private final NodeInfo output;

  private OnnxModelReader(Model model, OnnxGraph graph, OrtSession raw, OnnxSession session)
      throws OrtException {
    this.name = model.name();
    this.graph = graph;
    this.metadata = OnnxMetadata.parse(model, raw.getMetadata().getCustomMetadata());
    this.declared = metadata.declared();
    this.session = session;
    this.input = only("input", raw.getInputInfo());
    this.output = only("output", raw.getOutputInfo());
  }

  static BlockUpscaler open(Model model, Device device, int threads) {
    return OnnxBlockUpscaler.COMPARED.contains(device.kind())
        ? openCompared(model, device, threads)
        : openProbed(model, device, threads);
  }

  /**
   * Opens a model on a device that is not to be trusted: the CPU finds out what the model is, and
   * the device has to give the CPU's result for a block.
   */
  private static BlockUpscaler openCompared(Model model, Device device, int threads) {
    OnnxRuntime.options(device, threads).close(); // tells first if there is no such device
    try (OnnxBlockUpscaler cpu = openProbed(model, Device.cpu(), threads)) {
      OnnxBlockUpscaler opened =
          cpu.on(
              device,
              new OnnxSession(
                  model.name(),
                  device,
                  newSession(model, contentOf(model), device, threads, Optional.empty())));
      try {
        opened.requireResultsOf(cpu);
        return opened;
      } catch (RuntimeException e) {
        opened.close();
        throw e;
      }
    }
  }

  /** Returns the content of a model; nothing if ONNX Runtime is to read its file. */
  private static byte[] contentOf(Model model) {
    return model.file().filter(OnnxModelReader::isOnDisk).isPresent()
        ? new byte[0]
        : model
            .file()
            .map(OnnxModelReader::bytesOf)
            .or(model::content)
            .orElseGet(() -> EmbeddedModels.content(model.name()));
  }

  /** Returns the operators of a model that the CPU runs although the device is another one. */
  static List<String> operatorsOnCpu(Model model, Device device) {
    OnnxRuntime.options(device, 1).close(); // tells first if there is no such device
    try (OnnxBlockUpscaler cpu = openProbed(model, Device.cpu(), 1)) {
      Path folder = Files.createTempDirectory("sr4j-profile-");
      try {
        Optional<Path> profile = Optional.of(folder.resolve("profile"));
        OnnxSession session =
            new OnnxSession(
                model.name(), device, newSession(model, contentOf(model), device, 1, profile));
        try (OnnxBlockUpscaler profiled = cpu.on(device, session)) {
          profiled.upscale(cpu.noise());
          return NodePlacement.onCpu(Files.readAllLines(session.endProfile()));
        }
      } finally {
        MoreFiles.deleteRecursively(folder, RecursiveDeleteOption.ALLOW_INSECURE);
      }
    } catch (IOException | OrtException e) {
      throw new SuperResolutionException(
          String.format("%s: its run cannot be profiled: %s", model.name(), e.getMessage()), e);
    }
  }

  private static OnnxBlockUpscaler openProbed(Model model, Device device, int threads) {
    byte[] content = {};
    OnnxGraph graph;
    if (model.file().isPresent()) {
      graph = read(model.file().get());
      if (!isOnDisk(model.file().get())) {
        content = bytesOf(model.file().get()); // ONNX Runtime would look for the name on the disk
      }
    } else {
      content = model.content().orElseGet(() -> EmbeddedModels.content(model.name()));
      if (content.length == 0) {
        throw new ModelFormatException(model.name() + ": is empty", null);
      }
      graph = OnnxGraph.parse(model.name(), content);
      ExternalData.checkNone(graph, model.name(), "is bytes and has no folder; open its file");
    }
    GraphCheck.check(graph, model.name());
    if (isRewritable(device, graph)) {
      byte[] original = content.length == 0 ? bytesUpToLimit(model.file().orElseThrow()) : content;
      content = original.length > 0 ? NarrowConvolutions.rewritten(original, graph) : original;
    }
    OrtSession raw = newSession(model, content, device, threads, Optional.empty());
    OnnxSession session = new OnnxSession(model.name(), device, raw);
    try {
      return new OnnxModelReader(model, graph, raw, session).read(device);
    } catch (OrtException e) {
      session.close();
      throw new ModelFormatException(
          String.format("%s: cannot be inspected: %s", model.name(), OnnxRuntime.message(e)), e);
    } catch (RuntimeException e) {
      session.close();
      throw e;
    }
  }

  /**
   * Creates a session.
   *
   * @param content the model; nothing for ONNX Runtime to read the file itself
   * @param profile the beginning of the name of the file that a profile is written to
   */
  private static OrtSession newSession(
      Model model, byte[] content, Device device, int threads, Optional<Path> profile) {
    try (SessionOptions options = OnnxRuntime.options(device, threads)) {
      if (profile.isPresent()) {
        options.enableProfiling(profile.get().toString());
      }
      return DeviceTurn.take(
          device,
          () ->
              content.length == 0
                  ? OnnxRuntime.environment()
                      .createSession(model.file().orElseThrow().toString(), options)
                  : OnnxRuntime.environment().createSession(content, options));
    } catch (OrtException e) {
      OnnxRuntime.throwIfProcessEnds(e);
      if (!OnnxRuntime.probe(device).actual().equals(device)) {
        throw OnnxRuntime.unavailable(device, e);
      }
      throw new ModelFormatException(
          String.format(
              "%s: is damaged or not an ONNX model that ONNX Runtime can run: %s",
              model.name(), OnnxRuntime.message(e)),
          e);
    }
  }

  private static boolean isRewritable(Device device, OnnxGraph graph) {
    return device.kind() == Device.Kind.CPU
        && X86.contains(System.getProperty("os.arch"))
        && graph.externalFiles().isEmpty() // found beside the file, which bytes do not have
        && NarrowConvolutions.areIn(graph);
  }

  /** Returns the content of a file; nothing if that would need much memory. */
  private static byte[] bytesUpToLimit(Path file) {
    try {
      return Files.size(file) <= MAX_REWRITTEN ? Files.readAllBytes(file) : new byte[0];
    } catch (IOException e) {
      throw new ModelFormatException(file + ": cannot be read: " + Reasons.of(e), e);
    }
  }

  private static boolean isOnDisk(Path file) {
    return file.getFileSystem().equals(FileSystems.getDefault());
  }

  private static byte[] bytesOf(Path file) {
    try {
      long size = Files.size(file);
      if (size > MAX_BYTES) {
        throw new ModelFormatException(
            String.format(
                "%s: must have at most %s bytes, as it is not on the disk, but has %s; copy it",
                file, MAX_BYTES, size),
            null);
      }
      return Files.readAllBytes(file);
    } catch (IOException e) {
      throw new ModelFormatException(file + ": cannot be read: " + e.getMessage(), e);
    }
  }

  private static OnnxGraph read(Path file) {
    String problem = null;
    try {
      if (!Files.exists(file)) {
        problem = "no such file";
      } else if (!Files.isRegularFile(file)) {
        problem = "is not a regular file";
      } else if (!Files.isReadable(file)) {
        problem = "is not readable by this process";
      } else if (Files.size(file) == 0) {
        problem = "is empty";
      }
      if (problem == null) {
        try (InputStream in = new BufferedInputStream(Files.newInputStream(file))) {
          OnnxGraph graph = OnnxGraph.parse(file.toString(), in, Files.size(file));
          if (isOnDisk(file)) {
            ExternalData.checkBesideFile(graph, file);
          } else {
            ExternalData.checkNone(
                graph, file.toString(), "is not on the disk; copy it and them into a folder");
          }
          return graph;
        }
      }
    } catch (IOException e) {
      throw new ModelFormatException(file + ": cannot be read: " + Reasons.of(e), e);
    }
    throw new ModelFormatException(file + ": " + problem, null);
  }

  private OnnxBlockUpscaler read(Device device) throws OrtException {
    TensorInfo tensor = checkTensor("input", input);
    TensorInfo outputTensor = checkTensor("output", output);
    long[] shape = tensor.getShape();
    checkSides("input", input);
    checkSides("output", output);
    Layout layout = layout(shape);
    boolean isChannelsLast = layout == Layout.NHWC;
    Declaration.Color channels = channels(shape, layout);
    int rowAxis = isChannelsLast ? 1 : 2;
    checkSize(shape, rowAxis);
    ReceptiveField.Input block =
        new ReceptiveField.Input(
            input.getName(),
            (int) Math.max(1, shape[0]),
            channels.channels(),
            (int) Math.max(0, shape[rowAxis]),
            (int) Math.max(0, shape[rowAxis + 1]),
            isChannelsLast);
    OptionalLong bytesPerPixel =
        ReceptiveField.bytesPerPixel(
            graph, block, output.getName(), declared.alignment().orElse(1));
    checkMemory(bytesPerPixel.orElse(0));
    ReceptiveField.Finding finding =
        ReceptiveField.find(graph, block, output.getName(), declared.alignment().orElse(1));
    Set<Range> inputRanges =
        ranges(
            "input",
            tensor,
            Declaration::inputRange,
            GraphHints.rangeOfInput(graph, input.getName()));
    Set<Range> outputRanges =
        ranges(
            "output",
            outputTensor,
            Declaration::outputRange,
            GraphHints.rangeOfOutput(graph, output.getName()));
    boolean isRangeKnown = inputRanges.size() == 1 && outputRanges.size() == 1;
    OnnxSession.Format format =
        new OnnxSession.Format(
            input.getName(),
            output.getName(),
            tensor.type,
            block.batch(),
            isChannelsLast,
            channels == Declaration.Color.BGR,
            new SampleRanges(first(inputRanges), first(outputRanges)));

    NetworkProbe probe = new NetworkProbe(name, session, block, format, declared.scale());
    Optional<ReceptiveField> field = finding.field();
    NetworkProbe.Shape found;
    if (field.isPresent() && isRangeKnown && declared.scale().isPresent()) {
      found =
          new NetworkProbe.Shape(
              field.get().scale(),
              field.get().lostEdge(),
              alignment(field.get()),
              field.get().isOutputChannelsLast());
    } else {
      found =
          field.isPresent()
              ? probe.shape(
                  OptionalInt.of(alignment(field.get())),
                  NetworkProbe.lost(field.get().lostEdge(), field.get().scale()))
              : probe.shape(declared.alignment(), 0);
    }
    checkCentred(found, field);
    checkOutput(graph.declaredShape(output.getName()), block, found);
    boolean preupscaled = declared.preupscale().equals(Optional.of(Preupscale.BICUBIC));
    int scale = scale(preupscaled, found.scale());
    if (!isRangeKnown) {
      format = format.with(probe.ranges(found, preupscaled ? scale : 1, inputRanges, outputRanges));
    }
    ModelInfo.Builder info =
        ModelInfo.builder(name, scale)
            .color(channels == Declaration.Color.LUMA ? ModelInfo.Color.LUMA : ModelInfo.Color.RGB)
            .precision(GraphHints.isInt8(graph) ? Model.Precision.INT8 : Model.Precision.FLOAT)
            .preupscaled(preupscaled)
            .alignment(found.alignment())
            .lostEdge(found.lostEdge())
            .provenance(metadata.provenance());
    if (block.height() > 0) {
      info.blockHeight(block.height());
    }
    if (block.width() > 0) {
      info.blockWidth(block.width());
    }
    setHalo(info, finding);
    info.property("scale", Integer.toString(scale), metadata.isDeclared("scale"))
        .property("preupscale", preupscaled ? "bicubic" : "none", metadata.isDeclared("preupscale"))
        .property("color", channels.toString(), metadata.isDeclared("color"))
        .property("layout", layout.toString(), metadata.isDeclared("layout"))
        .property("range", format.ranges().toString(), metadata.isDeclared("range"))
        .property(
            "alignment",
            Integer.toString(found.alignment()),
            declared.alignment().equals(OptionalInt.of(found.alignment())));
    setCost(info, preupscaled ? 1 : found.scale());
    bytesPerPixel.ifPresent(info::bytesPerPixel);
    return new OnnxBlockUpscaler(
        session,
        format,
        new OnnxBlockUpscaler.OutputFormat(outputTensor.type, found.isChannelsLast()),
        info.build(),
        device);
  }

  private void setCost(ModelInfo.Builder info, int blockScale) {
    GraphCost cost = GraphCost.of(graph, input.getName());
    info.parameters(cost.parameters());
    cost.multiplyAccumulates((double) LARGE_WIDTH * LARGE_HEIGHT / (blockScale * blockScale))
        .ifPresent(count -> info.multiplyAccumulates(Math.round(count)));
  }

  private int alignment(ReceptiveField field) {
    int ofFile = declared.alignment().orElse(1);
    long both = (long) field.alignment() / IntMath.gcd(field.alignment(), ofFile) * ofFile;
    if (both > ReceptiveField.MAX_ALIGNMENT) {
      throw new ModelFormatException(
          String.format(
              "%s: the sides of its blocks must be multiples of at most %s, but are of %s",
              name, ReceptiveField.MAX_ALIGNMENT, both),
          null);
    }
    return (int) both;
  }

  private NodeInfo only(String what, Map<String, NodeInfo> nodes) {
    if (nodes.size() != 1) {
      throw new ModelFormatException(
          String.format(
              "%s: must have one %s, but has %s: %s",
              name, what, nodes.size(), Printable.message(Joiner.on(", ").join(nodes.keySet()))),
          null);
    }
    return nodes.values().iterator().next();
  }

  private TensorInfo checkTensor(String what, NodeInfo node) {
    String found = String.valueOf(node.getInfo());
    if (node.getInfo() instanceof TensorInfo tensor) {
      // The shape of an output may be left open altogether; the graph or a run shows it then.
      int rank = tensor.getShape().length;
      if (TYPES.contains(tensor.type) && (rank == 4 || (rank == 0 && what.equals("output")))) {
        return tensor;
      }
      found = text(tensor);
    }
    throw new ModelFormatException(
        String.format(
            "%s: is no super-resolution network: %s \"%s\" must be float32, float16 or uint8 with"
                + " four dimensions, but is %s",
            name, what, Printable.name(node.getName()), Printable.message(found)),
        null);
  }

  /** Refuses a network that would exhaust the memory where it is tried. */
  private void checkMemory(long bytesPerPixel) {
    if (bytesPerPixel > MAX_BYTES_PER_PIXEL) {
      throw new ModelFormatException(
          String.format(
              "%s: its tensors must take at most %s bytes for each pixel of its input, but take %s",
              name, MAX_BYTES_PER_PIXEL, bytesPerPixel),
          null);
    }
  }

  /** Refuses sides that no tensor has; ONNX Runtime takes them for free ones. */
  private void checkSides(String what, NodeInfo node) {
    for (long side : graph.declaredShape(node.getName())) {
      if (side == 0 || side < -1) {
        throw new ModelFormatException(
            String.format(
                "%s: %s \"%s\" must have sides of at least 1, but declares one of %s",
                name, what, Printable.name(node.getName()), side == 0 ? "0" : "less"),
            null);
      }
    }
  }

  /** Refuses an output that is declared otherwise than the network makes it of its input. */
  private void checkOutput(long[] declared, ReceptiveField.Input block, NetworkProbe.Shape found) {
    if (declared.length != 4) {
      return;
    }
    long height = made(block.height(), found);
    long width = made(block.width(), found);
    long[] expected =
        found.isChannelsLast()
            ? new long[] {-1, height, width, block.channels()}
            : new long[] {-1, block.channels(), height, width};
    for (int i = 1; i < declared.length; i++) {
      if (declared[i] >= 0 && expected[i] >= 0 && declared[i] != expected[i]) {
        throw new ModelFormatException(
            String.format(
                "%s: output \"%s\" must be %s, which is what the network makes of its input, but is"
                    + " declared as %s",
                name, Printable.name(output.getName()), text(expected), text(declared)),
            null);
      }
    }
  }

  /** Returns the side of the output for a side of the input; -1 if the side is free. */
  private static long made(int side, NetworkProbe.Shape found) {
    return side == 0 ? -1 : (long) side * found.scale() - 2L * found.lostEdge();
  }

  private static String text(TensorInfo tensor) {
    String type =
        switch (tensor.type) {
          case FLOAT -> "float32";
          case DOUBLE -> "float64";
          default -> tensor.type.toString().toLowerCase(Locale.ROOT);
        };
    return type + " " + text(tensor.getShape());
  }

  static String text(long[] shape) {
    return Arrays.stream(shape)
        .mapToObj(side -> side < 0 ? "?" : Long.toString(side))
        .collect(Collectors.joining(", ", "[", "]"));
  }

  private Layout layout(long[] shape) {
    if (declared.layout().isPresent()) {
      return declared.layout().get();
    }
    boolean isFirst = isChannels(shape[1]);
    boolean isLast = isChannels(shape[3]);
    if (isFirst != isLast) {
      return isFirst ? Layout.NCHW : Layout.NHWC;
    }
    Optional<Layout> hint = GraphHints.input(graph, input.getName()).map(GraphHints.Input::layout);
    if (hint.isPresent()) {
      return hint.get();
    }
    if (!isFirst && (shape[1] >= 0 || shape[3] >= 0)) {
      throw wrongChannels(shape, shape[1] >= 0 ? Layout.NCHW : Layout.NHWC);
    }
    throw new SettingException(
            "%s: input \"%s\" is %s, which does not show where its channels are; declare %s nchw"
                + " or nhwc (or metadata sr4j.layout in the file)",
            name, Printable.name(input.getName()), text(shape), LAYOUT)
        .ofModel();
  }

  private static boolean isChannels(long side) {
    return side == 1 || side == 3;
  }

  private Declaration.Color channels(long[] shape, Layout layout) {
    long count = shape[layout == Layout.NCHW ? 1 : 3];
    if (count < 0) {
      if (declared.color().isPresent()) {
        return declared.color().get();
      }
      count = GraphHints.input(graph, input.getName()).map(GraphHints.Input::channels).orElse(-1L);
    }
    if (!isChannels(count)) {
      throw wrongChannels(shape, layout);
    }
    Declaration.Color found = count == 1 ? Declaration.Color.LUMA : Declaration.Color.RGB;
    Declaration.Color color = declared.color().orElse(found);
    if (color.channels() != count) {
      throw refused(
          "color",
          "must be %s for an input of %s channels, but is %s",
          count == 1 ? "luma" : "rgb or bgr",
          count,
          color);
    }
    return color;
  }

  private ModelFormatException wrongChannels(long[] shape, Layout layout) {
    long count = shape[layout == Layout.NCHW ? 1 : 3];
    String template = "%s: input \"%s\" must have 1 or 3 channels, but is %s (%s)";
    return new SettingException(
            count < 0
                ? template + "; declare %s luma, rgb or bgr (or metadata sr4j.color in the file)"
                : template,
            name,
            Printable.name(input.getName()),
            text(shape),
            layout == Layout.NCHW ? "N, C, H, W" : "N, H, W, C",
            COLOR)
        .ofModel();
  }

  /** Refuses fixed sizes beyond any network's, which would be allocated to try it. */
  private void checkSize(long[] shape, int rowAxis) {
    long pixels = Math.max(1, shape[0]);
    for (long side : new long[] {shape[rowAxis], shape[rowAxis + 1]}) {
      pixels = LongMath.saturatedMultiply(pixels, side < 0 ? FREE_SIDE : Math.max(1, side));
    }
    if (pixels > MAX_PIXELS) {
      throw new ModelFormatException(
          String.format(
              "%s: input \"%s\" must have at most %s pixels, of which a free side counts as %s, but"
                  + " is %s",
              name, Printable.name(input.getName()), MAX_PIXELS, FREE_SIDE, text(shape)),
          null);
    }
  }

  /**
   * Returns the ranges that the samples of a tensor may have.
   *
   * @param side takes that of the tensor out of what is declared
   * @param hint that which the graph shows
   */
  private Set<Range> ranges(
      String what,
      TensorInfo tensor,
      Function<Declaration, Optional<Range>> side,
      Optional<Range> hint) {
    Optional<Range> range = side.apply(declared);
    if (tensor.type == OnnxJavaType.UINT8) {
      boolean isOfBoth = declared.inputRange().equals(declared.outputRange());
      if (!isOfBoth && !range.equals(Optional.of(Range.BYTE))) {
        throw refused(
            "range",
            "must be 255 for the %s, which is uint8, but is %s",
            what,
            declared.texts().get("range"));
      }
      return ImmutableSet.of(Range.BYTE);
    }
    return range
        .or(() -> hint)
        .<Set<Range>>map(ImmutableSet::of)
        .orElse(ImmutableSet.copyOf(Range.values()));
  }

  private static Range first(Set<Range> ranges) {
    return ranges.iterator().next();
  }

  private void checkCentred(NetworkProbe.Shape found, Optional<ReceptiveField> field) {
    if (found.lostEdge() > 0 && field.isPresent() && !field.get().isCentred()) {
      throw new ModelFormatException(
          String.format(
              "%s: its output lacks %s pixels, but not as many at the left and top as at the right"
                  + " and bottom; the network must be padded or cropped evenly",
              name, 2 * found.lostEdge()),
          null);
    }
  }

  private int scale(boolean preupscaled, int blockScale) {
    int scale = declared.scale().orElse(0);
    boolean isOpen = scale == 0 || (scale > 1 && declared.preupscale().isEmpty());
    if (blockScale == 1 && isOpen) {
      throw new SettingException(
              "%s: returns images as large as it is given, so what it does must be declared: %s"
                  + " bicubic and %s N if it takes images that were enlarged N times before, or %s"
                  + " none and %s 1 if it enlarges nothing (or metadata sr4j.preupscale and"
                  + " sr4j.scale in the file)",
              name, PREUPSCALE, SCALE, PREUPSCALE, SCALE)
          .ofModel();
    }
    int expected = preupscaled ? 1 : scale;
    if (expected != 0 && blockScale != expected) {
      throw refused(
          "scale",
          "%s and %s%s %s mean that blocks become %s times as wide and high, but they become %s"
              + " times",
          scale == 0 ? "(absent)" : scale,
          metadata.place("preupscale"),
          metadata.name("preupscale"),
          preupscaled ? Preupscale.BICUBIC : Preupscale.NONE,
          expected,
          blockScale);
    }
    return scale == 0 ? blockScale : scale;
  }

  /**
   * Returns the refusal of a declared property.
   *
   * @param template of the message behind the name of the property
   */
  private ModelFormatException refused(String key, String template, @Nullable Object... arguments) {
    List<@Nullable Object> all = new ArrayList<>();
    all.add(name);
    all.add(metadata.place(key));
    all.add(metadata.name(key));
    all.addAll(Arrays.asList(arguments));
    return new SettingException("%s: %s%s " + template, all.toArray()).ofModel();
  }

  private void setHalo(ModelInfo.Builder info, ReceptiveField.Finding finding) {
    if (finding.field().isPresent()) {
      int halo = finding.field().get().halo();
      if (declared.halo().isPresent() && declared.halo().getAsInt() < halo) {
        throw refused(
            "halo",
            "must be at least %s, which is how far the network looks, but is %s; tiles would show"
                + " seams",
            halo,
            declared.halo().getAsInt());
      }
      info.halo(halo)
          .property("halo", Integer.toString(halo), declared.halo().equals(OptionalInt.of(halo)));
    } else if (declared.halo().isEmpty()) {
      info.globalOperator(finding.obstacle().orElse(""));
    } else if (finding.isGlobal()) {
      throw refused(
          "halo",
          "must be absent, because %s looks at the whole image, but is %s",
          finding.obstacle().orElse(""),
          declared.halo().getAsInt());
    } else {
      int halo = declared.halo().getAsInt();
      info.halo(halo).property("halo", Integer.toString(halo), true);
    }
  }
}
