// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.spark;

import static com.google.common.base.Preconditions.checkArgument;
import static java.util.Objects.requireNonNull;

import io.github.sr4j.Device;
import io.github.sr4j.Model;
import io.github.sr4j.Output;
import io.github.sr4j.UpscaleOptions;
import io.github.sr4j.Upscaler;
import java.util.Arrays;
import java.util.Optional;
import org.apache.spark.SparkContext;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.BinaryType;
import org.apache.spark.sql.types.StringType;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.util.SerializableConfiguration;
import org.jspecify.annotations.Nullable;

/**
 * The enlarging of the images of a data set of Apache Spark.
 *
 * <pre>{@code
 * Dataset<Row> photos = spark.read().format("binaryFile").load("hdfs:///photos").select("path");
 * Dataset<Row> enlarged =
 *     SuperResolution.create()
 *         .scale(4)
 *         .from("path")
 *         .into("target") // a column with the path of the file to write
 *         .transform(photos.withColumn("target", regexp_replace(col("path"), "photos", "large")));
 * enlarged.where("enlarged.error is not null").select("path", "enlarged.error").show();
 * }</pre>
 *
 * <p>Immutable and safe for use by multiple threads; the methods return changed copies. The pixels
 * are those that one machine makes. Needs a session that is connected to its cluster itself, not
 * through Spark Connect.
 *
 * <p>Rows should hold paths rather than bytes: Spark keeps and moves the bytes of a column with the
 * row, and computes them again where a shuffle is lost.
 */
public final class SuperResolution {

  private static final String PATH = "path"; // columns of Spark's source binaryFile
  private static final String CONTENT = "content";

  private static final SuperResolution DEFAULTS =
      new SuperResolution(
          new Network(Optional.empty(), 0, Optional.empty(), Optional.empty(), 0),
          UpscaleOptions.defaults(),
          new Columns(Optional.empty(), Optional.empty(), "enlarged"));

  /** The settings of the upscaler; 0 for numbers that are not set. */
  private record Network(
      Optional<Model> model,
      int scale,
      Optional<Device> device,
      Optional<Model.Precision> precision,
      long maxMemory) {}

  private record Columns(Optional<String> from, Optional<String> into, String as) {}

  private final Network network;
  private final UpscaleOptions options;
  private final Columns columns;

  private SuperResolution(Network network, UpscaleOptions options, Columns columns) {
    this.network = network;
    this.options = options;
    this.columns = columns;
  }

  /** Returns the enlarging with the embedded model of scale 2. */
  public static SuperResolution create() {
    return DEFAULTS;
  }

  /**
   * Returns a copy with a model. An embedded one is opened by its name, on executors that have the
   * jar which it is in; the bytes of others are sent to each executor once.
   */
  public SuperResolution model(Model model) {
    return with(
        new Network(
            Optional.of(model),
            network.scale,
            network.device,
            network.precision,
            network.maxMemory));
  }

  /**
   * Returns a copy with a scale: by default that of the model, or 2 if none is set.
   *
   * @throws IllegalArgumentException if {@code scale} is less than 1
   */
  public SuperResolution scale(int scale) {
    checkArgument(scale >= 1, "scale must be at least 1, but was %s", scale);
    return with(
        new Network(network.model, scale, network.device, network.precision, network.maxMemory));
  }

  /**
   * Returns a copy with the device on which networks run. By default it is the card that Spark
   * assigned to the task, as the resource {@code gpu}, or else the CPU: unlike {@link Device#auto},
   * the same one in each run, as another one may round pixels differently.
   */
  public SuperResolution device(Device device) {
    return with(
        new Network(
            network.model,
            network.scale,
            Optional.of(device),
            network.precision,
            network.maxMemory));
  }

  /** Returns a copy with the numbers in which networks compute: by default those of the model. */
  public SuperResolution precision(Model.Precision precision) {
    return with(
        new Network(
            network.model,
            network.scale,
            network.device,
            Optional.of(precision),
            network.maxMemory));
  }

  /**
   * Returns a copy with the maximum memory of the network's tensors for a tile, of which each task
   * has one at a time: by default half of the machine's memory, and at most 8 GiB.
   *
   * @param maxMemory in bytes
   * @throws IllegalArgumentException if {@code maxMemory} is less than 2^20
   */
  public SuperResolution maxMemory(long maxMemory) {
    checkArgument(
        maxMemory >= 1 << 20, "maxMemory must be at least 2^20 bytes, but was %s", maxMemory);
    return with(
        new Network(network.model, network.scale, network.device, network.precision, maxMemory));
  }

  private SuperResolution with(Network changed) {
    return new SuperResolution(changed, options, columns);
  }

  /**
   * Returns a copy with the options of each call: size, metadata, format, time, and whether targets
   * that exist are skipped, so that a second run makes only the missing ones.
   *
   * @throws IllegalArgumentException if {@code options} has a listener
   */
  public SuperResolution options(UpscaleOptions options) {
    CallForm.of(options); // checks
    return new SuperResolution(network, options, columns);
  }

  /**
   * Returns a copy with a format of the results. By default files have the format that their name
   * says, and bytes are PNG.
   */
  public SuperResolution output(Output output) {
    return new SuperResolution(network, options.output(output), columns);
  }

  /**
   * Returns a copy with the column of sources: a binary one with the bytes of image files, or one
   * of strings with their paths, in any file system that Hadoop knows. By default it is {@code
   * content} if there is such a column, and {@code path} otherwise, as Spark's source {@code
   * binaryFile} names them.
   */
  public SuperResolution from(String column) {
    return new SuperResolution(
        network,
        options,
        new Columns(Optional.of(requireNonNull(column, "column")), columns.into, columns.as));
  }

  /**
   * Returns a copy with the column of targets: strings, the paths of the files to write, a
   * different one for each row. By default the bytes of the results are in the column that is
   * added.
   */
  public SuperResolution into(String column) {
    return new SuperResolution(
        network,
        options,
        new Columns(columns.from, Optional.of(requireNonNull(column, "column")), columns.as));
  }

  /** Returns a copy with the name of the column that is added: {@code enlarged} by default. */
  public SuperResolution as(String column) {
    return new SuperResolution(
        network,
        options,
        new Columns(columns.from, columns.into, requireNonNull(column, "column")));
  }

  /**
   * Enlarges the images of a data set when its rows are computed. The rows get a column with the
   * fields {@code content} (the bytes of the result, if it is not a file), {@code width} and {@code
   * height} (of the result, in pixels), {@code seconds}, {@code skipped} (whether the target was
   * there before) and {@code error}: the reason, in a sentence, why there is no result. An image
   * that fails does not fail the job; a model or device that cannot be used does.
   *
   * <p>The tasks of an executor share one upscaler for each device, and each call uses as many
   * threads as {@code spark.task.cpus}. Spark's web interface shows sums of files, megapixels, and
   * seconds in decode, network, encode and transfer for the stage.
   *
   * <p>A target appears under its name once it is complete, however often Spark tries a task.
   *
   * @return the rows, in their partitions and order
   * @throws IllegalArgumentException if a column is missing or of another type, or there is one of
   *     the name to be added
   * @throws io.github.sr4j.ModelFormatException if the model's file cannot be read
   */
  public Dataset<Row> transform(Dataset<Row> images) {
    StructType schema = images.schema();
    String from = columns.from.orElse(has(schema, CONTENT) ? CONTENT : PATH);
    boolean isContent = schema.apply(index(schema, from)).dataType() instanceof BinaryType;
    checkArgument(
        isContent || schema.apply(index(schema, from)).dataType() instanceof StringType,
        "column %s must be binary or of strings, but is %s",
        from,
        schema.apply(index(schema, from)).dataType().simpleString());
    int into = -1;
    if (columns.into.isPresent()) {
      into = index(schema, columns.into.get());
      checkArgument(
          schema.apply(into).dataType() instanceof StringType,
          "column %s must be of strings, but is %s",
          columns.into.get(),
          schema.apply(into).dataType().simpleString());
    }
    checkArgument(
        !has(schema, columns.as),
        "column %s is there already; give the one to be added another name",
        columns.as);
    SparkContext context = images.sparkSession().sparkContext();
    UpscaleOptions each =
        into >= 0 || options.output().isPresent() ? options : options.output(Output.png());
    JavaSparkContext java = JavaSparkContext.fromSparkContext(context);
    RowFunction function =
        new RowFunction(
            form(network.model.map(model -> ModelForm.of(model, java)).orElse(null)),
            CallForm.of(each),
            java.broadcast(new SerializableConfiguration(context.hadoopConfiguration())),
            Counters.of(context),
            index(schema, from),
            isContent,
            into);
    StructType with = schema.add(columns.as, Enlargement.SCHEMA, /* nullable= */ false);
    return images.mapPartitions(function, Encoders.row(with));
  }

  /** Opens the upscaler on the CPU of this machine, to see whether it can be opened. */
  Upscaler openHere() {
    return form(null).open(network.model.orElse(null), Device.cpu(), /* threads= */ 1);
  }

  private UpscalerForm form(@Nullable ModelForm model) {
    return new UpscalerForm(
        model,
        network.scale,
        network.device.map(Device::toString).orElse(null),
        network.precision.orElse(null),
        network.maxMemory);
  }

  private static boolean has(StructType schema, String column) {
    return Arrays.asList(schema.fieldNames()).contains(column);
  }

  private static int index(StructType schema, String column) {
    checkArgument(
        has(schema, column),
        "column %s is missing; there are %s",
        column,
        String.join(", ", schema.fieldNames()));
    return schema.fieldIndex(column);
  }
}
