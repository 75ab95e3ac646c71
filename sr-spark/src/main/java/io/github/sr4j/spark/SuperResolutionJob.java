// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.spark;

import com.google.common.base.Throwables;
import io.github.sr4j.Device;
import io.github.sr4j.Model;
import io.github.sr4j.SuperResolutionException;
import io.github.sr4j.UpscaleOptions;
import io.github.sr4j.Upscaler;
import io.github.sr4j.shared.util.FileNames;
import io.github.sr4j.shared.util.Reasons;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.Path;
import org.apache.spark.SparkContext;
import org.apache.spark.SparkException;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.util.SerializableConfiguration;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/**
 * The job that enlarges the images of a folder on the machines of a cluster, in any file system
 * that Hadoop knows: the main class for {@code spark-submit}.
 *
 * <p>Tasks get paths, about as many megapixels each. An image that fails is named at the end; the
 * others are done, and the job ends with the status 1. Run again, it makes what is missing.
 */
@Command(
    name = "sr4j-spark",
    description = "Enlarge the images of a folder, and of the folders in it, on many machines.",
    mixinStandardHelpOptions = true,
    sortOptions = false)
public final class SuperResolutionJob implements Callable<Integer> {

  private static final int FAILED = 1;
  private static final int FILES_PER_HEADER_TASK = 256;
  private static final int MAX_SHOWN_FAILURES = 1000;
  private static final String SOURCE = "source";
  private static final String TARGET = "target";

  @Option(
      names = "--input",
      required = true,
      paramLabel = "FOLDER",
      description = "The folder of the images, as a path or URI of Hadoop.")
  private String input;

  @Option(
      names = "--output",
      required = true,
      paramLabel = "FOLDER",
      description = "The folder to write to, which gets the same folders and file names.")
  private String output;

  @Option(
      names = "--model",
      paramLabel = "NAME|FILE",
      description =
          "An embedded model, or a file, as a path or URI of Hadoop. Default: the embedded model"
              + " for the scale.")
  private @Nullable String model;

  @Option(
      names = "--scale",
      paramLabel = "N",
      description =
          "How many times as wide and high images become. Default: 2, or what the model does.")
  private int scale;

  @Option(
      names = "--factor",
      paramLabel = "F",
      description = "The same, as any number: the result of the scale is resampled.")
  private @Nullable Double factor;

  @Option(
      names = "--format",
      paramLabel = "NAME",
      description = "The format to write: png, jpg, tif or bmp. Default: that of each image.")
  private @Nullable String format;

  @Option(
      names = "--precision",
      paramLabel = "NAME",
      description = "The numbers in which the model computes: float or int8.")
  private Model.@Nullable Precision precision;

  @Option(
      names = "--device",
      paramLabel = "DEVICE",
      description =
          "cpu, cuda:N, gpu or auto. Default: the card that Spark assigns to the task, or else the"
              + " CPU.")
  private @Nullable Device device;

  @Option(
      names = "--max-memory",
      paramLabel = "MIB",
      description =
          "The most memory, in MiB, that the model's tensors may take for a tile; each task has one"
              + " tile at a time. Default: half of the machine's, at most 8192.")
  private int maxMemory;

  @Option(
      names = "--task-megapixels",
      paramLabel = "N",
      description =
          "The most megapixels of the images of a task; one image at least. Default: what gives"
              + " each slot of the cluster four tasks, within 8 to 256.")
  private @Nullable Double taskMegapixels;

  @Option(
      names = "--overwrite",
      description = "Enlarge images again whose target exists. By default they are skipped.")
  private boolean overwrite;

  @Option(
      names = "--strip",
      description = "Leave the metadata of images out. Resolution and colour profile are kept.")
  private boolean strip;

  @Option(names = "--strip-location", description = "Leave out where images were taken.")
  private boolean stripLocation;

  @Spec private CommandSpec spec;

  private SuperResolutionJob() {}

  /**
   * Runs the job, and ends the process if its status is not 0: 1 if an image failed or the job, 2
   * if the options are wrong.
   */
  public static void main(String[] args) {
    int status = commandLine().execute(args);
    if (status != 0) {
      System.exit(status);
    }
  }

  static CommandLine commandLine() {
    return new CommandLine(new SuperResolutionJob())
        .setCaseInsensitiveEnumValuesAllowed(true)
        .registerConverter(Device.class, Device::parse)
        .setExecutionExceptionHandler(
            (e, line, parsed) -> {
              line.getErr().println("sr4j-spark: " + describe(e));
              return FAILED;
            });
  }

  private static String describe(Exception e) {
    Throwable failure = e instanceof SparkException ? Throwables.getRootCause(e) : e; // of a task
    boolean saysAll =
        failure instanceof SuperResolutionException
            || failure instanceof IllegalArgumentException
            || failure instanceof IllegalStateException;
    String message = failure.getMessage();
    return saysAll && message != null ? message : Reasons.of(failure);
  }

  @Override
  public Integer call() throws IOException {
    if (format != null && FileNames.writtenFormat(java.nio.file.Path.of("a." + format)).isEmpty()) {
      throw new ParameterException(
          spec.commandLine(), "--format must be png, jpg, tif or bmp, but was " + format);
    }
    if (taskMegapixels != null && !(taskMegapixels > 0)) {
      throw new ParameterException(
          spec.commandLine(), "--task-megapixels must be positive, but was " + taskMegapixels);
    }
    boolean isOurs = SparkSession.getDefaultSession().isEmpty();
    SparkSession spark = SparkSession.builder().appName("sr4j-spark").getOrCreate();
    try {
      return run(spark);
    } finally {
      if (isOurs) {
        spark.stop();
      }
    }
  }

  private int run(SparkSession spark) throws IOException {
    SparkContext context = spark.sparkContext();
    RemoteFiles files = new RemoteFiles(context.hadoopConfiguration());
    FolderListing listing =
        FolderListing.of(files, new Path(input), new Path(output), format, overwrite);
    SuperResolution enlarging = enlarging(files);
    check(enlarging, context);
    FolderListing.deleteTemporaries(files, listing.missing());
    long start = System.nanoTime();
    List<List<ImageFile>> tasks = tasks(listing.missing(), context);
    say(
        "%d images to enlarge, of %.1f megapixels, in %d tasks; %d are there already",
        listing.missing().size(),
        listing.missing().isEmpty() ? 0.0 : megapixels(tasks),
        tasks.size(),
        listing.present());
    List<String> failures = tasks.isEmpty() ? List.of() : failures(tasks, enlarging, spark);
    FolderListing.deleteTemporaries(files, listing.missing());
    failures.stream()
        .limit(MAX_SHOWN_FAILURES)
        .forEach(failure -> spec.commandLine().getErr().println("sr4j-spark: " + failure));
    say(
        "%d images enlarged, %d failed, in %.1f s",
        listing.missing().size() - failures.size(),
        failures.size(),
        (System.nanoTime() - start) / 1e9);
    return failures.isEmpty() ? 0 : FAILED;
  }

  private void say(String text, Object... values) {
    spec.commandLine().getOut().println("sr4j-spark: " + String.format(Locale.ROOT, text, values));
  }

  private static double megapixels(List<List<ImageFile>> tasks) {
    return tasks.stream().flatMap(List::stream).mapToDouble(image -> image.pixels() / 1e6).sum();
  }

  /** Opens the model here, so that a wrong one fails early, and says what memory it needs. */
  private void check(SuperResolution enlarging, SparkContext context) {
    try (Upscaler upscaler = enlarging.openHere()) {
      if (context.isLocal()) { // in this process
        return;
      }
      ExecutorMemory memory =
          ExecutorMemory.of(upscaler.info(), bytes(maxMemory), context.getConf());
      if (memory.isEnough()) {
        say("%s", memory.text());
      } else {
        spec.commandLine().getErr().println("sr4j-spark: " + memory.text());
      }
    }
  }

  private static long bytes(int mebibytes) {
    return (long) mebibytes << 20;
  }

  private SuperResolution enlarging(RemoteFiles files) throws IOException {
    UpscaleOptions options = UpscaleOptions.defaults();
    if (factor != null) {
      options = options.factor(factor);
    }
    if (strip) {
      options = options.stripMetadata();
    }
    if (stripLocation) {
      options = options.stripLocation();
    }
    if (!overwrite) {
      options = options.skipExisting();
    }
    SuperResolution enlarging = SuperResolution.create().options(options).from(SOURCE).into(TARGET);
    if (model != null) {
      enlarging = enlarging.model(model(files, model));
    }
    if (scale != 0) {
      enlarging = enlarging.scale(scale);
    }
    if (precision != null) {
      enlarging = enlarging.precision(precision);
    }
    if (device != null) {
      enlarging = enlarging.device(device);
    }
    return maxMemory == 0 ? enlarging : enlarging.maxMemory(bytes(maxMemory));
  }

  /** Returns the embedded model of a name, or the one in a file. */
  private static Model model(RemoteFiles files, String text) throws IOException {
    boolean isEmbedded =
        Upscaler.models().stream()
            .anyMatch(
                card ->
                    card.name().equals(text)
                        || card.int8().filter(form -> form.name().equals(text)).isPresent());
    if (isEmbedded) {
      return Model.embedded(text);
    }
    Path file = new Path(text);
    try (InputStream in = files.fileSystem(file).open(file)) {
      return Model.bytes(file.getName(), in.readAllBytes());
    }
  }

  /** Reads the headers of the images on the cluster, and divides them among tasks. */
  private List<List<ImageFile>> tasks(List<ImageFile> images, SparkContext context) {
    if (images.isEmpty()) {
      return List.of();
    }
    JavaSparkContext java = JavaSparkContext.fromSparkContext(context);
    Broadcast<SerializableConfiguration> hadoop =
        java.broadcast(new SerializableConfiguration(context.hadoopConfiguration()));
    // Of types that each of Spark's serializers knows.
    List<String[]> files = new ArrayList<>();
    images.forEach(image -> files.add(new String[] {image.source(), "" + image.length()}));
    int parts = 1 + images.size() / FILES_PER_HEADER_TASK;
    List<Long> pixels =
        java.parallelize(files, parts)
            .map(file -> pixels(new Path(file[0]), Long.parseLong(file[1]), hadoop))
            .collect();
    List<ImageFile> counted = new ArrayList<>();
    for (int i = 0; i < images.size(); i++) {
      counted.add(images.get(i).withPixels(pixels.get(i)));
    }
    if (taskMegapixels != null) {
      return TaskPacking.tasks(counted, (long) (taskMegapixels * 1e6));
    }
    int slots = context.defaultParallelism() / context.getConf().getInt("spark.task.cpus", 1);
    return TaskPacking.tasks(counted, Math.max(1, slots));
  }

  private static long pixels(Path file, long length, Broadcast<SerializableConfiguration> hadoop) {
    RemoteFiles files = new RemoteFiles(hadoop.value().value());
    try (FSDataInputStream in = files.fileSystem(file).open(file)) {
      return HeaderReader.pixels(in, length);
    } catch (IOException e) { // its task will say so
      return 1;
    }
  }

  /** Runs the tasks; returns why images failed, in a sentence each. */
  private static List<String> failures(
      List<List<ImageFile>> tasks, SuperResolution enlarging, SparkSession spark) {
    List<ArrayList<String[]>> paths = new ArrayList<>();
    for (List<ImageFile> task : tasks) {
      ArrayList<String[]> images = new ArrayList<>();
      task.forEach(image -> images.add(new String[] {image.source(), image.target()}));
      paths.add(images);
    }
    JavaRDD<Row> images =
        JavaSparkContext.fromSparkContext(spark.sparkContext())
            .parallelize(paths, paths.size())
            .flatMap(ArrayList::iterator)
            .map(image -> RowFactory.create(image[0], image[1]));
    StructType schema =
        new StructType()
            .add(SOURCE, DataTypes.StringType, false)
            .add(TARGET, DataTypes.StringType, false);
    return enlarging
        .transform(spark.createDataFrame(images, schema))
        .where("enlarged.error is not null")
        .select("enlarged.error")
        .collectAsList()
        .stream()
        .map(row -> row.getString(0))
        .toList();
  }
}
