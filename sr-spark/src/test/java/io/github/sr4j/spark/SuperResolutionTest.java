// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.spark;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.lit;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.github.sr4j.Model;
import io.github.sr4j.Output;
import io.github.sr4j.UpscaleOptions;
import io.github.sr4j.Upscaler;
import io.github.sr4j.files.ImageFiles;
import io.github.sr4j.testkit.TestImages;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerStageCompleted;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** In Spark's local mode, which runs tasks in this process. */
final class SuperResolutionTest {

  private static final StructType PATHS =
      new StructType().add("source", DataTypes.StringType).add("target", DataTypes.StringType);

  private final SparkSession spark = LocalSpark.session();

  @TempDir Path folder;

  @Test
  void bytes_areThoseOfOneMachine() throws IOException {
    Path photos = Files.createDirectory(folder.resolve("photos"));
    write(photos.resolve("a.png"), 37, 29);
    write(photos.resolve("b.jpg"), 24, 40);
    Dataset<Row> images = spark.read().format("binaryFile").load(photos.toString());

    List<Row> rows =
        SuperResolution.create()
            .scale(3)
            .output(Output.jpeg(0.8))
            .as("large")
            .transform(images)
            .sort("path")
            .select("path", "length", "large.*")
            .collectAsList();

    assertThat(rows).hasSize(2);
    try (Upscaler upscaler = Upscaler.builder().scale(3).threads(1).build()) {
      for (Row row : rows) {
        Path file = Path.of(row.getString(0).replaceFirst("^file:", ""));
        assertThat(row.<byte[]>getAs("content"))
            .isEqualTo(upscaler.upscale(Files.readAllBytes(file), Output.jpeg(0.8)));
        assertThat(row.<String>getAs("error")).isNull();
        assertThat(row.<Boolean>getAs("skipped")).isFalse();
        assertThat(row.<Double>getAs("seconds")).isPositive();
      }
    }
    assertThat(rows.get(0).<Integer>getAs("width")).isEqualTo(3 * 37);
    assertThat(rows.get(0).<Integer>getAs("height")).isEqualTo(3 * 29);
  }

  @Test
  void files_areThoseOfOneMachine_andNothingElseIsLeft() throws IOException {
    Path a = write(folder.resolve("a b.png"), 37, 29);
    Path b = write(folder.resolve("b.jpg"), 24, 40);
    Path large = folder.resolve("large");
    Dataset<Row> images =
        paths(a, large.resolve("a b.png"), b, large.resolve("deeper").resolve("b.tif"));

    List<Row> rows = intoFiles().transform(images).select("enlarged.*").collectAsList();

    assertThat(rows).allMatch(row -> row.isNullAt(row.fieldIndex("error")));
    assertThat(rows).allMatch(row -> row.isNullAt(row.fieldIndex("content")));
    try (Upscaler upscaler = Upscaler.builder().threads(1).build()) {
      upscaler.upscale(a, folder.resolve("expected.png"));
      upscaler.upscale(b, folder.resolve("expected.tif"));
    }
    assertThat(large.resolve("a b.png")).hasSameBinaryContentAs(folder.resolve("expected.png"));
    assertThat(large.resolve("deeper/b.tif"))
        .hasSameBinaryContentAs(folder.resolve("expected.tif"));
    try (Stream<Path> files = Files.walk(large)) {
      assertThat(files.filter(Files::isRegularFile)).hasSize(2);
    }
  }

  @Test
  void imagesThatFail_areErrorsOfTheirRows_thatNameThem() throws IOException {
    Path good = write(folder.resolve("good.png"), 16, 16);
    Path damaged = Files.writeString(folder.resolve("damaged.png"), "no image");
    Path missing = folder.resolve("missing.png");
    Path large = Files.createDirectory(folder.resolve("large"));
    List<Row> all = new ArrayList<>();
    all.add(RowFactory.create(damaged.toString(), large.resolve("damaged.png").toString()));
    all.add(RowFactory.create(missing.toString(), large.resolve("missing.png").toString()));
    all.add(RowFactory.create(good.toString(), large.resolve("good.heic").toString()));
    all.add(RowFactory.create(good.toString(), null));
    all.add(RowFactory.create(null, large.resolve("none.png").toString()));
    all.add(RowFactory.create(good.toString(), large.resolve("good.png").toString()));

    List<Row> rows =
        intoFiles()
            .transform(spark.createDataFrame(all, PATHS).repartition(1))
            .select("enlarged.error")
            .collectAsList();

    List<String> errors = rows.stream().map(row -> row.<String>getAs(0)).toList();
    assertThat(errors.get(0)).startsWith(damaged + ": ");
    assertThat(errors.get(1)).startsWith(missing + ": ").contains("does not exist");
    assertThat(errors.get(2)).contains(large.resolve("good.heic").toString());
    assertThat(errors.get(3)).isEqualTo(good + ": the row has no target");
    assertThat(errors.get(4)).isEqualTo("the bytes: the row has no image");
    assertThat(errors.get(5)).isNull();
    assertThat(errors.toString()).doesNotContain("sr4j-spark-"); // this machine's folder
    assertThat(large).isDirectoryContaining("glob:**/good.png");
    try (Stream<Path> files = Files.list(large)) {
      assertThat(files).hasSize(1);
    }
  }

  @Test
  void targetsThatExist_areReplaced_orSkippedIfAsked() throws IOException {
    Path source = write(folder.resolve("a.png"), 16, 16);
    Path target = Files.writeString(folder.resolve("large.png"), "old");
    Dataset<Row> images = paths(source, target);

    SuperResolution skipping = intoFiles().options(UpscaleOptions.defaults().skipExisting());
    Row skipped = skipping.transform(images).select("enlarged.*").first();
    assertThat(skipped.<Boolean>getAs("skipped")).isTrue();
    assertThat(skipped.<Integer>getAs("width")).isNull();
    assertThat(target).hasContent("old");

    Row replaced = intoFiles().transform(images).select("enlarged.*").first();
    assertThat(replaced.<Boolean>getAs("skipped")).isFalse();
    assertThat(ImageFiles.size(target).width).isEqualTo(32);
  }

  @Test
  void modelOfBytes_reachesExecutors_withItsDeclaration() throws IOException {
    Path source = write(folder.resolve("a.png"), 16, 16);
    Model model =
        Model.resource(getClass().getClassLoader(), "io/github/sr4j/onnx/models/quality-x4.onnx");

    Row row =
        SuperResolution.create()
            .model(model.declared(Model.Declaration.none().scale(4)))
            .from("source")
            .transform(paths(source, source))
            .select("enlarged.*")
            .first();

    try (Upscaler upscaler = Upscaler.builder().scale(4).threads(1).build()) {
      assertThat(row.<byte[]>getAs("content"))
          .isEqualTo(upscaler.upscale(Files.readAllBytes(source), Output.png()));
    }
  }

  @Test
  void modelFile_thatIsMissing_isRefusedAtOnce() {
    SuperResolution enlarging =
        SuperResolution.create().model(Model.file(folder.resolve("none.onnx"))).from("source");

    assertThatThrownBy(() -> enlarging.transform(paths(folder, folder)))
        .hasMessage(folder.resolve("none.onnx") + ": no such file or folder");
  }

  @Test
  void modelThatCannotBeOpened_failsTheJob() throws IOException {
    Path source = write(folder.resolve("a.png"), 16, 16);
    Dataset<Row> enlarged =
        SuperResolution.create()
            .model(Model.embedded("none"))
            .from("source")
            .transform(paths(source, source));

    assertThatThrownBy(enlarged::collectAsList).hasStackTraceContaining("none");
  }

  @Test
  void columnsThatDoNotFit_areRefused() {
    Dataset<Row> images = paths(folder, folder);
    SuperResolution enlarging = SuperResolution.create();

    assertThatIllegalArgumentException()
        .isThrownBy(() -> enlarging.transform(images))
        .withMessage("column path is missing; there are source, target");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> enlarging.from("n").transform(images.withColumn("n", lit(1))))
        .withMessage("column n must be binary or of strings, but is int");
    assertThatIllegalArgumentException()
        .isThrownBy(
            () -> enlarging.from("source").into("n").transform(images.withColumn("n", lit(1))))
        .withMessage("column n must be of strings, but is int");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> enlarging.from("source").as("target").transform(images))
        .withMessageStartingWith("column target is there already");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> enlarging.scale(0))
        .withMessage("scale must be at least 1, but was 0");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> enlarging.maxMemory(1000))
        .withMessage("maxMemory must be at least 2^20 bytes, but was 1000");
  }

  @Test
  void counters_areInTheAccumulatorsOfTheStage() throws Exception {
    Path good = write(folder.resolve("good.png"), 16, 20);
    Path damaged = Files.writeString(folder.resolve("damaged.png"), "no image");
    Path there = Files.writeString(folder.resolve("there.png"), "old");
    Map<String, Object> sums = new ConcurrentHashMap<>();
    SparkListener listener =
        new SparkListener() {
          @Override
          public void onStageCompleted(SparkListenerStageCompleted stage) {
            scala.jdk.javaapi.CollectionConverters.asJava(stage.stageInfo().accumulables())
                .values()
                .forEach(
                    sum -> {
                      if (sum.name().get().startsWith("SR4J")) {
                        sums.put(sum.name().get(), sum.value().get());
                      }
                    });
          }
        };
    spark.sparkContext().addSparkListener(listener);
    try {
      intoFiles()
          .options(UpscaleOptions.defaults().skipExisting())
          .transform(
              paths(good, folder.resolve("1.png"), damaged, folder.resolve("2.png"), good, there))
          .collectAsList();
      spark.sparkContext().listenerBus().waitUntilEmpty();
    } finally {
      spark.sparkContext().removeSparkListener(listener);
    }

    assertThat(sums)
        .containsEntry("SR4J files enlarged", 1L)
        .containsEntry("SR4J files failed", 1L)
        .containsEntry("SR4J files skipped", 1L);
    assertThat((Double) sums.get("SR4J megapixels of results")).isCloseTo(0.00128, within(1e-9));
    assertThat(sums.keySet())
        .contains(
            "SR4J seconds in decode",
            "SR4J seconds in network",
            "SR4J seconds in encode",
            "SR4J seconds in transfer");
    sums.values().forEach(sum -> assertThat(((Number) sum).doubleValue()).isPositive());
  }

  @Test
  void rowsAndPartitions_stayInTheirOrder() throws IOException {
    Path source = write(folder.resolve("a.png"), 8, 8);
    Dataset<Row> images =
        spark.range(0, 6, 1, 3).withColumn("source", lit(source.toString())).toDF();

    Dataset<Row> enlarged = SuperResolution.create().from("source").transform(images);

    assertThat(enlarged.javaRDD().getNumPartitions()).isEqualTo(3);
    assertThat(enlarged.select(col("id")).collectAsList().stream().map(row -> row.getLong(0)))
        .containsExactly(0L, 1L, 2L, 3L, 4L, 5L);
  }

  private static SuperResolution intoFiles() {
    return SuperResolution.create().from("source").into("target");
  }

  /** Returns rows of sources and targets, given in turn. */
  private Dataset<Row> paths(Path... paths) {
    List<Row> rows = new ArrayList<>();
    for (int i = 0; i < paths.length; i += 2) {
      rows.add(RowFactory.create(paths[i].toString(), paths[i + 1].toString()));
    }
    return spark.createDataFrame(rows, PATHS);
  }

  private static Path write(Path file, int width, int height) throws IOException {
    int seed = Arrays.hashCode(new int[] {width, height});
    ImageFiles.write(TestImages.buffered(TestImages.scene(3, width, height, seed)), file);
    return file;
  }
}
