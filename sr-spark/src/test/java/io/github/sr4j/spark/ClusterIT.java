// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.google.common.base.Splitter;
import io.github.sr4j.Upscaler;
import io.github.sr4j.files.ImageFiles;
import io.github.sr4j.testkit.TestImages;
import java.io.File;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.apache.spark.SparkConf;
import org.apache.spark.deploy.master.Master;
import org.apache.spark.deploy.worker.Worker;
import org.apache.spark.rpc.RpcEnv;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerExecutorRemoved;
import org.apache.spark.scheduler.SparkListenerTaskEnd;
import org.apache.spark.scheduler.SparkListenerTaskStart;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import scala.Option;

/** The job on executors that are processes of their own, with faults. */
final class ClusterIT {

  private static final Path HOME = Path.of(System.getenv("SPARK_HOME"));

  @TempDir Path folder;

  private final StringWriter out = new StringWriter();
  private final StringWriter errors = new StringWriter();
  private Path photos;
  private Path large;

  /** Makes an installation of Spark of the jars of this class path. */
  @BeforeAll
  static void install() throws IOException {
    Path jars = Files.createDirectories(HOME.resolve("jars"));
    for (String entry : classPath()) {
      Path jar = Path.of(entry);
      Path link = jars.resolve(jar.getFileName());
      if (entry.endsWith(".jar") && !Files.exists(link)) {
        Files.createSymbolicLink(link, jar.toAbsolutePath());
      }
    }
  }

  private static List<String> classPath() {
    return Splitter.on(File.pathSeparatorChar).splitToList(System.getProperty("java.class.path"));
  }

  @BeforeEach
  void setUp() throws IOException {
    photos = Files.createDirectory(folder.resolve("photos"));
    large = folder.resolve("large");
  }

  @AfterEach
  void stop() {
    SparkSession.getDefaultSession()
        .foreach(
            session -> {
              session.stop();
              return null;
            });
  }

  @Test
  void killedExecutorAndFailingTask_loseNoImage_andDoubleNone() throws Exception {
    Faults faults = new Faults();
    session("local-cluster[2,1,1024]", faults);
    List<String> names = new ArrayList<>();
    for (int i = 0; i < 6; i++) {
      names.add("plain" + i + ".png");
    }
    names.add(FaultyFileSystem.KILLING + ".png");
    names.add(FaultyFileSystem.FAILING + ".jpg");
    write(names);

    assertThat(run()).as(errors.toString()).isZero();

    assertThat(faults.executors).hasPositiveValue();
    assertThat(faults.tasks).hasValueGreaterThanOrEqualTo(3); // one killed, one failed twice
    assertResultsAreThoseOfOneMachine(names);
    assertThat(out.toString()).contains("8 images enlarged, 0 failed");
  }

  /** Spark makes no second attempt on the machine of the first: here two addresses are two. */
  @Test
  void hangingTask_isOvertakenOnAnotherMachine_andLeavesNothing() throws Exception {
    assumeTrue(System.getProperty("os.name").equals("Linux"), "all of 127.0.0.0/8 is loopback");
    SparkConf conf = new SparkConf(false).set("spark.master.rest.enabled", "false");
    RpcEnv master = Master.startRpcEnvAndEndpoint("127.0.0.1", 0, 0, conf)._1();
    String url = master.address().toSparkURL();
    List<RpcEnv> workers = new ArrayList<>();
    try {
      for (String host : List.of("127.0.0.2", "127.0.0.3")) {
        String directory = folder.resolve("work-" + host).toString();
        workers.add(
            Worker.startRpcEnvAndEndpoint(
                host,
                0,
                0,
                1,
                1024,
                new String[] {url},
                directory,
                Option.apply(workers.size()),
                conf,
                Option.empty()));
      }
      Faults faults = new Faults();
      session(url, faults);
      List<String> names = new ArrayList<>(List.of(FaultyFileSystem.HANGING + ".png"));
      for (int i = 0; i < 5; i++) {
        names.add("plain" + i + ".png");
      }
      write(names);

      assertThat(run()).as(errors.toString()).isZero();

      assertThat(faults.speculative).hasPositiveValue();
      assertResultsAreThoseOfOneMachine(names);
      assertThat(out.toString()).contains("6 images enlarged, 0 failed");
      stop();
    } finally {
      workers.forEach(RpcEnv::shutdown);
      master.shutdown();
    }
  }

  private static final class Faults extends SparkListener {

    private final AtomicInteger executors = new AtomicInteger();
    private final AtomicInteger tasks = new AtomicInteger();
    private final AtomicInteger speculative = new AtomicInteger();

    @Override
    public void onExecutorRemoved(SparkListenerExecutorRemoved removed) {
      executors.incrementAndGet();
    }

    @Override
    public void onTaskEnd(SparkListenerTaskEnd end) {
      if (!end.taskInfo().successful()) {
        tasks.incrementAndGet();
      }
    }

    @Override
    public void onTaskStart(SparkListenerTaskStart start) {
      if (start.taskInfo().speculative()) {
        speculative.incrementAndGet();
      }
    }
  }

  private static SparkSession session(String master, Faults faults) {
    SparkSession session =
        SparkSession.builder()
            .master(master)
            .appName("test")
            .config("spark.ui.enabled", false)
            .config("spark.driver.host", "127.0.0.1")
            .config("spark.executor.memory", "512m")
            .config(
                "spark.executor.extraClassPath",
                String.join(
                    File.pathSeparator,
                    classPath().stream().filter(entry -> !entry.endsWith(".jar")).toList()))
            .config("spark.hadoop.fs.faulty.impl", FaultyFileSystem.class.getName())
            .config("spark.speculation", true)
            .config("spark.speculation.quantile", 0.5)
            .getOrCreate();
    session.sparkContext().addSparkListener(faults);
    return session;
  }

  private int run() {
    return SuperResolutionJob.commandLine()
        .setOut(new PrintWriter(out, true))
        .setErr(new PrintWriter(errors, true))
        .execute(
            "--input",
            photos.toString(),
            "--output",
            FaultyFileSystem.SCHEME + ":" + large,
            "--task-megapixels",
            "0.001"); // a task for each image
  }

  private void write(List<String> names) throws IOException {
    for (String name : names) {
      ImageFiles.write(
          TestImages.buffered(TestImages.scene(3, 61, 47, name.hashCode())), photos.resolve(name));
    }
  }

  private void assertResultsAreThoseOfOneMachine(List<String> names) throws IOException {
    try (Upscaler upscaler = Upscaler.builder().threads(1).build()) {
      for (String name : names) {
        Path expected = folder.resolve(name);
        upscaler.upscale(photos.resolve(name), expected);
        assertThat(large.resolve(name)).hasSameBinaryContentAs(expected);
      }
    }
    try (Stream<Path> files = Files.list(large)) {
      assertThat(files.filter(file -> !file.getFileName().toString().matches("\\..*-\\d")))
          .hasSize(names.size());
    }
  }
}
