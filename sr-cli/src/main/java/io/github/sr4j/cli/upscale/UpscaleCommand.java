// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.cli.upscale;

import static java.util.Objects.requireNonNull;

import com.google.common.collect.HashMultiset;
import com.google.common.collect.Multiset;
import com.google.common.io.MoreFiles;
import io.github.sr4j.Model;
import io.github.sr4j.ProgressListener;
import io.github.sr4j.UpscaleOptions;
import io.github.sr4j.Upscaler;
import io.github.sr4j.cli.options.ImageSize;
import io.github.sr4j.cli.options.ModelOptions;
import io.github.sr4j.cli.options.OutputFile;
import io.github.sr4j.cli.terminal.Failure;
import io.github.sr4j.cli.terminal.Interruption;
import io.github.sr4j.cli.terminal.StandardOutput;
import io.github.sr4j.cli.terminal.Terminal;
import io.github.sr4j.files.ImageFiles;
import io.github.sr4j.shared.util.AtomicFile;
import io.github.sr4j.shared.util.FileNames;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code sr4j upscale}: an image, or each image of a folder, through a model. */
@Command(
    name = "upscale",
    description = "Enlarge an image, or the images of a folder.",
    footer = {
      "",
      "Examples:",
      "  sr4j upscale photo.jpg photo-x2.png",
      "  sr4j upscale --factor 2.7 --self-ensemble photo.jpg photo-large.png",
      "  sr4j upscale --width 3840 --compare photo.html photo.jpg wallpaper.png",
      "  sr4j upscale --scale 4 --skip-existing photos enlarged",
      "  sr4j upscale --recursive --format png photos enlarged",
      "  sr4j upscale --shard 3/8 --skip-existing photos enlarged",
      "  sr4j upscale --format png - - < photo.jpg > photo-x2.png",
      "  sr4j upscale --model candy.onnx --color rgb --range 255 photo.jpg candy.png"
    })
public final class UpscaleCommand implements Callable<Integer> {

  @Parameters(
      index = "0",
      paramLabel = "INPUT",
      description = "An image, a folder of images, or - for the standard input.")
  private Path input;

  @Parameters(
      index = "1",
      paramLabel = "OUTPUT",
      description =
          "The image to write, in the format that its name says (png, jpg, tif, bmp), or - for the"
              + " standard output, with --format. An animation (GIF, PNG, WebP) becomes an animated"
              + " png. For a folder, the folder to write to, which gets the same file names.")
  private Path output;

  @Option(
      names = "--model",
      paramLabel = "NAME|FILE",
      description =
          "An embedded model or an ONNX file. Default: the embedded model for the scale; sr4j"
              + " models lists them.")
  private @Nullable String model;

  @Option(
      names = "--quality",
      paramLabel = "NAME",
      description =
          "Of the models of the scale, the fast one with the fewest multiply-accumulates, or the"
              + " best one with the highest PSNR on Set5: fast or best.")
  private Model.@Nullable Quality quality;

  @Option(
      names = "--purpose",
      paramLabel = "NAME",
      description =
          "Choose between the models for photo, degraded (photos with noise or artefacts) or"
              + " illustration.")
  private Model.@Nullable Purpose purpose;

  @Option(
      names = "--factor",
      paramLabel = "F",
      description =
          "How many times as wide and high images become, such as 2.7: by the model of the next"
              + " larger scale, then resampled.")
  private @Nullable Double factor;

  @Option(
      names = "--width",
      paramLabel = "N",
      description =
          "The width of the result in pixels; without --height, the height keeps the proportions.")
  private @Nullable Integer width;

  @Option(
      names = "--height",
      paramLabel = "N",
      description =
          "The height of the result in pixels; without --width, the width keeps the proportions.")
  private @Nullable Integer height;

  @Option(
      names = "--passes",
      paramLabel = "N",
      description =
          "How often the model is run, each time on its own result: x2 in 2 passes is x4. Default:"
              + " 1.")
  private @Nullable Integer passes;

  @Mixin private ModelOptions options;

  @Option(
      names = "--max-pixels",
      paramLabel = "N",
      description = "The most pixels that an image to enlarge may have. Default: 2^30.")
  private @Nullable Long maxPixels;

  @Option(
      names = "--max-pixels-per-byte",
      paramLabel = "N",
      description =
          "The most pixels that an image may declare for each byte of its file. Default: what its"
              + " format can compress to, such as 512 for a JPEG.")
  private @Nullable Long maxPixelsPerByte;

  @Option(
      names = "--format",
      paramLabel = "NAME",
      description =
          "The format to write a folder's images or the standard output in: png, jpg, tif or bmp."
              + " Default: that of each image.")
  private @Nullable String format;

  @Option(
      names = "--recursive",
      description =
          "Enlarge the images of the folders in INPUT, too, into the same ones of OUTPUT.")
  private boolean recursive;

  @Option(
      names = "--skip-existing",
      description = "Leave out images that OUTPUT has already, to go on after a stop.")
  private boolean skipExisting;

  @Option(
      names = "--shard",
      paramLabel = "I/N",
      converter = Shard.Converter.class,
      description =
          "Enlarge the I-th of N parts of a folder's images, such as 3/8: one part for each of N"
              + " machines. The part of an image depends on its path alone.")
  private @Nullable Shard shard;

  @Option(
      names = "--strip",
      description =
          "Leave the metadata of images out: camera, date, place, author, XMP, IPTC and texts."
              + " Resolution and colour profile are kept.")
  private boolean strip;

  @Option(
      names = "--strip-location",
      description =
          "Leave out where images were taken: GPS, city and country, and the notes of camera"
              + " makers.")
  private boolean stripLocation;

  @Option(
      names = "--compare",
      paramLabel = "FILE.html",
      description =
          "Write a page that shows the result beside the bicubic enlargement, with a slider. Not"
              + " for folders.")
  private @Nullable Path page;

  @Option(
      names = "--json",
      description = "Print one JSON object that tells what became of each file, and nothing else.")
  private boolean json;

  @Option(names = "--quiet", description = "Print nothing but errors.")
  private boolean quiet;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws Exception {
    format = format == null ? null : format.toLowerCase(Locale.ROOT);
    refuseContradictions();
    UpscaleReport report = new UpscaleReport(optionNames());
    Interruption interruption =
        Interruption.ofThisThread(() -> print(report, new CancellationException()));
    try (interruption) {
      return upscaleAndReport(report);
    }
  }

  private int upscaleAndReport(UpscaleReport report) throws Exception {
    @Nullable Throwable failure = null;
    try (StandIns standIns = new StandIns(standardOutput().stream())) {
      report.naming(standIns::named);
      try {
        return upscale(report, standIns);
      } catch (Exception e) {
        throw renamed(e, standIns);
      }
    } catch (Exception | Error e) {
      failure = e;
      throw e;
    } finally {
      print(report, failure);
    }
  }

  private void print(UpscaleReport report, @Nullable Throwable failure) {
    if (json) {
      report.end(failure).ifPresent(spec.commandLine().getOut()::println);
    }
  }

  /** Returns a failure that names no stand-ins. */
  private Exception renamed(Exception failure, StandIns standIns) {
    String message = describe(failure);
    String named = standIns.named(message);
    return named.equals(message) || Failure.isInterruption(failure)
        ? failure
        : new Failure(named, failure);
  }

  private String describe(Throwable failure) {
    return Failure.describe(failure, optionNames());
  }

  private Set<String> optionNames() {
    return spec.optionsMap().keySet();
  }

  private void refuseContradictions() {
    refuse(model != null && quality != null, "--quality and --model exclude each other");
    refuse(model != null && purpose != null, "--purpose and --model exclude each other");
    if (factor != null) {
      refuse(options.scale != null, "--factor and --scale exclude each other");
      refuse(width != null, "--factor and --width exclude each other");
      refuse(height != null, "--factor and --height exclude each other");
    }
    refuse(
        page != null && !FileNames.extension(page).matches("html?"),
        "--compare writes a page, whose name must end in .html, but was " + page);
    refuse(
        format != null && FileNames.writtenFormat(Path.of("a." + format)).isEmpty(),
        "--format must be png, jpg, tif or bmp, but was " + format);
    boolean isFolder = Files.isDirectory(input);
    boolean isPiped = StandIns.areNeededFor(output);
    refuse(recursive && !isFolder, "--recursive is for a folder, but " + input + " is none");
    refuse(shard != null && !isFolder, "--shard is for a folder, but " + input + " is none");
    refuse(
        format != null && !isFolder && !isPiped,
        "--format is for a folder, a pipe or the standard output; the name of OUTPUT says the"
            + " format");
    refuse(
        !isFolder && isPiped && format == null && FileNames.writtenFormat(output).isEmpty(),
        "--format is needed for " + output + ", whose name says none: png, jpg, tif or bmp");
    refuse(
        json && output.equals(StandIns.STANDARD),
        "--json prints to the standard output, which is to get the image; leave it out");
  }

  private void refuse(boolean isWrong, String message) {
    if (isWrong) {
      throw new ParameterException(spec.commandLine(), message);
    }
  }

  private int upscale(UpscaleReport report, StandIns standIns) throws Exception {
    if (!Files.exists(input) && !StandIns.areNeededFor(input)) {
      throw new NoSuchFileException(input.toString());
    }
    if (Files.isDirectory(input)) {
      return upscaleFolder(report);
    }
    boolean isPiped = StandIns.areNeededFor(output);
    if (isPiped) {
      if (output.equals(StandIns.STANDARD) && standardOutput().isTerminal()) {
        throw new Failure(
            "the standard output is a terminal, which shows no images; send it to a file or"
                + " program");
      }
    } else {
      checkTarget(output);
      if (Files.exists(output) && Files.exists(input) && Files.isSameFile(input, output)) {
        throw new Failure(output + ": is the image to enlarge; choose another name for the result");
      }
    }
    if (page != null) {
      OutputFile.checkFolderOf(page);
      if (Files.exists(page) && Files.exists(input) && Files.isSameFile(input, page)) {
        throw new Failure(page + ": is the image to enlarge; choose another name for the page");
      }
    }
    if (skipExisting && !isPiped && Files.exists(output)) {
      report.finished(item(input, output, true, Duration.ZERO, List.of()));
      out().println(output + ": skipped, is there already");
      return 0;
    }
    Path source = standIns.read(input);
    Path target = standIns.written(output, format == null ? FileNames.extension(output) : format);
    try (Upscaler upscaler = open(List.of(source));
        UpscaleProgress progress = progress(1)) {
      report.opened(upscaler);
      if (page != null) {
        checkComparable(source, upscaler);
      }
      List<String> notes = new ArrayList<>();
      ProgressListener listener =
          new ProgressListener() {
            @Override
            public void progressed(Progress tiles) {
              progress.progressed(tiles);
            }

            @Override
            public void noted(String note) {
              notes.add(note);
            }
          };
      long start = System.nanoTime();
      upscaler.upscale(source, target, options(listener));
      standIns.deliver(target, output);
      Upscaler.BatchReport.Item item =
          item(source, target, false, Duration.ofNanos(System.nanoTime() - start), notes);
      report.finished(item);
      progress.print(standIns.named(text(item, upscaler)));
      if (page != null) {
        compare(page, upscaler, item, standIns);
      }
    }
    return 0;
  }

  private static Upscaler.BatchReport.Item item(
      Path source, Path target, boolean isSkipped, Duration elapsed, List<String> notes) {
    return new Upscaler.BatchReport.Item(
        source, target, isSkipped, Optional.empty(), elapsed, notes);
  }

  private int upscaleFolder(UpscaleReport report) throws Exception {
    if (StandIns.areNeededFor(output)) {
      throw new Failure(
          String.format(
              "%s: is a folder, whose images need a folder to write to, but OUTPUT is %s",
              input, output));
    }
    FolderImages found = FolderImages.of(input, recursive, output);
    List<Path> all = found.images();
    List<Path> images = shard == null ? all : shard.of(all, input);
    report.begun(images);
    report.leftOut(found.leftOut());
    if (all.isEmpty()) {
      throw nothingIn(found);
    }
    if (Files.exists(output) && Files.isSameFile(input, output)) {
      throw new Failure(output + ": is the folder of the images to enlarge; choose another one");
    }
    if (page != null) {
      throw new Failure(
          input + ": is a folder, but --compare shows one image; name an image in it");
    }
    List<Upscaler.BatchReport.Item> failures;
    try (Upscaler upscaler = open(all); // the same model for every shard
        UpscaleProgress progress = progress(images.size())) {
      report.opened(upscaler);
      Map<Path, Path> targets = targets(all);
      Files.createDirectories(output);
      for (Path image : images) {
        Files.createDirectories(requireNonNull(requireNonNull(targets.get(image)).getParent()));
      }
      ProgressListener listener =
          new ProgressListener() {
            @Override
            public void progressed(Progress tiles) {
              progress.progressed(tiles);
            }

            @Override
            public void finished(Upscaler.BatchReport.Item item) {
              progress.finished(item);
              report.finished(item);
              if (item.failure().isEmpty()) {
                progress.print(text(item, upscaler));
              }
            }
          };
      failures =
          upscaler
              .upscaleAll(
                  images.stream(), image -> requireNonNull(targets.get(image)), options(listener))
              .failures();
      if (shard != null) {
        progress.print(
            String.format(
                "%s: shard %s, %s of %s images", input, shard, images.size(), all.size()));
      }
      found
          .leftOutText()
          .ifPresent(text -> progress.print(String.format("%s: left out %s", input, text)));
    }
    if (Thread.currentThread().isInterrupted()) {
      throw new CancellationException();
    }
    PrintWriter errors = spec.commandLine().getErr();
    for (Upscaler.BatchReport.Item item : failures) {
      String hint =
          format == null && FileNames.writtenFormat(item.target()).isEmpty()
              ? "; --format png does"
              : "";
      item.failure().ifPresent(e -> errors.println("sr4j: " + describe(e) + hint));
    }
    found.failures().forEach(e -> errors.println("sr4j: " + describe(e)));
    return failures.isEmpty() && found.failures().isEmpty() ? 0 : 1;
  }

  /** Returns where each image of the folder goes. */
  private Map<Path, Path> targets(List<Path> images) {
    Map<Path, Path> targets = new LinkedHashMap<>();
    Multiset<Path> uses = HashMultiset.create();
    for (Path image : images) {
      uses.add(inFormat(image, ""));
    }
    for (Path image : images) {
      boolean isOnly =
          format == null
              || uses.count(inFormat(image, "")) == 1
              || FileNames.extension(image).equals(format);
      // a.gif and a.webp become a.gif.png and a.webp.png.
      targets.put(image, inFormat(image, isOnly ? "" : "." + FileNames.extension(image)));
    }
    return targets;
  }

  /** Returns the place of an image in the output, with the extension of the format. */
  private Path inFormat(Path image, String more) {
    Path place = output.resolve(input.relativize(image).toString());
    return format == null
        ? place
        : place.resolveSibling(MoreFiles.getNameWithoutExtension(place) + more + "." + format);
  }

  private Failure nothingIn(FolderImages found) {
    return new Failure(
        String.format(
            "%s: no images in this folder; expected files ending in %s%s",
            input,
            String.join(", ", FileNames.readable()),
            found.leftOutText().map(text -> ", but there are " + text).orElse("")));
  }

  private Upscaler open(List<Path> images) throws Failure {
    Upscaler.Builder builder = options.builder(model);
    if (factor != null) {
      builder.factor(factor);
    } else if (model == null && options.scale == null) {
      largestFactor(images).ifPresent(builder::factor);
    }
    if (quality != null) {
      builder.quality(quality);
    }
    if (purpose != null) {
      builder.purpose(purpose);
    }
    if (passes != null) {
      builder.passes(passes);
    }
    if (maxPixels != null) {
      builder.maxPixels(maxPixels);
    }
    if (maxPixelsPerByte != null) {
      builder.maxPixelsPerByte(maxPixelsPerByte);
    }
    return builder.build();
  }

  /** Returns by how much images have to be enlarged to the width and height that were asked for. */
  private OptionalDouble largestFactor(List<Path> images) {
    if (width == null && height == null) {
      return OptionalDouble.empty();
    }
    return images.stream()
        .map(ImageSize::of)
        .flatMap(Optional::stream)
        .mapToDouble(this::factor)
        // What a builder takes. It only chooses the model: the size is an option of the call.
        .map(factor -> Math.min(Math.max(factor, 0.01), 256))
        .max();
  }

  private double factor(ImageSize image) {
    return Math.max(
        width == null ? 0 : (double) width / image.width(),
        height == null ? 0 : (double) height / image.height());
  }

  private UpscaleOptions options(ProgressListener listener) {
    UpscaleOptions options = UpscaleOptions.defaults().listener(listener);
    if (width != null) {
      options = options.width(width);
    }
    if (height != null) {
      options = options.height(height);
    }
    if (strip) {
      options = options.stripMetadata();
    }
    if (stripLocation) {
      options = options.stripLocation();
    }
    return skipExisting ? options.skipExisting() : options;
  }

  private boolean isSilent() {
    return quiet || json || output.equals(StandIns.STANDARD);
  }

  private UpscaleProgress progress(int files) {
    boolean isTerminal = !isSilent() && Terminal.isPresent();
    return new UpscaleProgress(out(), isTerminal, files, System::nanoTime);
  }

  /** Returns where to print what is meant for people. */
  private PrintWriter out() {
    return isSilent() ? new PrintWriter(Writer.nullWriter()) : spec.commandLine().getOut();
  }

  private StandardOutput standardOutput() {
    return (StandardOutput) spec.root().userObject();
  }

  private static String text(Upscaler.BatchReport.Item item, Upscaler upscaler) {
    if (item.isSkipped()) {
      return item.target() + ": skipped, is there already";
    }
    return String.format(
        Locale.ROOT,
        "%s: %s -> %s by %s on %s in %.1f s",
        item.target(),
        ImageSize.of(item.source()).map(ImageSize::toString).orElse("?"),
        ImageSize.of(item.target()).map(ImageSize::toString).orElse("?"),
        upscaler.info().name(),
        upscaler.device().actual(),
        item.elapsed().toMillis() / 1e3);
  }

  /** Refuses what is too large to be compared, which is done in memory, before it is enlarged. */
  private void checkComparable(Path source, Upscaler upscaler) throws Failure {
    ImageSize size = ImageSize.of(source).orElse(new ImageSize(0, 0));
    double scale = factor != null ? factor : upscaler.scale();
    if (width != null || height != null) {
      scale = factor(size);
    }
    double pixels = Math.max(1, scale * scale) * size.width() * size.height();
    if (pixels > ComparePage.MAX_PIXELS) {
      throw new Failure(
          String.format(
              Locale.ROOT,
              "%s: --compare is for images of at most %d pixels, but this would be one of %.0f;"
                  + " leave it out",
              input,
              ComparePage.MAX_PIXELS,
              pixels));
    }
  }

  private static void compare(
      Path page, Upscaler upscaler, Upscaler.BatchReport.Item item, StandIns standIns)
      throws IOException {
    ComparePage.write(
        page,
        ImageFiles.read(item.source()),
        ImageFiles.read(item.target()),
        new ComparePage.Facts(
            fileName(item.source(), standIns),
            fileName(item.target(), standIns),
            upscaler.info().name(),
            upscaler.device().actual().toString(),
            item.elapsed().toMillis() / 1e3));
  }

  private static String fileName(Path file, StandIns standIns) {
    String name = standIns.name(file);
    return name.equals(file.toString()) ? String.valueOf(file.getFileName()) : name;
  }

  /** Refuses what cannot be written before time is spent on it. */
  private static void checkTarget(Path file) throws Failure, IOException {
    OutputFile.checkFolderOf(file);
    if (FileNames.writtenFormat(file).isEmpty()) {
      throw new Failure(
          file
              + ": images can be written as png, jpg, tif or bmp, so end the name in one of these");
    }
    AtomicFile.check(file);
  }
}
