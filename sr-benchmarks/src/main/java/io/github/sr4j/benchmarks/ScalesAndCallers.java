// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.benchmarks;

import com.google.common.math.Quantiles;
import io.github.sr4j.Device;
import io.github.sr4j.Upscaler;
import java.awt.image.BufferedImage;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * How many images a second an {@code Upscaler.Service} makes of three scales in turn, for one
 * caller and for many. Both are measured in one JVM and in turns, so that what else the machine
 * does is in both. See docs/benchmarks.md, or {@code --help}:
 *
 * <pre>{@code
 * java -cp sr-benchmarks/target/benchmarks.jar \
 *     io.github.sr4j.benchmarks.ScalesAndCallers
 * }</pre>
 */
@Command(
    name = "ScalesAndCallers",
    mixinStandardHelpOptions = true,
    description = "Measures the throughput of three scales under many callers.")
public final class ScalesAndCallers implements Callable<Integer> {

  private static final List<Integer> SCALES = List.of(2, 3, 4);

  @Option(
      names = "--callers",
      defaultValue = "12",
      description = "The number of calling threads; default: ${DEFAULT-VALUE}.")
  private int callers;

  @Option(
      names = "--size",
      defaultValue = "256",
      description = "Width and height of the image; default: ${DEFAULT-VALUE}.")
  private int size;

  @Option(
      names = "--images",
      defaultValue = "144",
      description = "Images of a round, of all scales alike; default: ${DEFAULT-VALUE}.")
  private int images;

  @Option(
      names = "--rounds",
      defaultValue = "9",
      description = "Rounds of one caller and of many; default: ${DEFAULT-VALUE}.")
  private int rounds;

  private ScalesAndCallers() {}

  /** Runs the benchmark and prints a table in Markdown. */
  public static void main(String[] arguments) {
    System.exit(new CommandLine(new ScalesAndCallers()).execute(arguments));
  }

  @Override
  public Integer call() throws Exception {
    String machine = Machine.describe();
    BufferedImage image = noise();
    List<Double> one = new ArrayList<>();
    List<Double> many = new ArrayList<>();
    List<Double> ratios = new ArrayList<>();
    try (Upscaler.Service upscalers = Upscaler.builder().device(Device.cpu()).buildService()) {
      rate(upscalers, image, 1); // warm-up
      rate(upscalers, image, callers);
      for (int round = 0; round < rounds; round++) {
        boolean isOneFirst = round % 2 == 0;
        double first = rate(upscalers, image, isOneFirst ? 1 : callers);
        double second = rate(upscalers, image, isOneFirst ? callers : 1);
        one.add(isOneFirst ? first : second);
        many.add(isOneFirst ? second : first);
        ratios.add(many.get(round) / one.get(round));
      }
    }
    System.out.println(machine);
    System.out.println();
    System.out.printf(
        Locale.ROOT,
        "| scales | images/s of %dx%d, 1 caller | %d callers | ratio: median, quartiles |%n",
        size,
        size,
        callers);
    System.out.println("|---|---|---|---|");
    System.out.printf(
        Locale.ROOT,
        "| 2, 3, 4 | %.2f | %.2f | %.3f (%.3f to %.3f) |%n",
        Quantiles.median().compute(one),
        Quantiles.median().compute(many),
        Quantiles.median().compute(ratios),
        Quantiles.quartiles().index(1).compute(ratios),
        Quantiles.quartiles().index(3).compute(ratios));
    return 0;
  }

  /** Returns the images in a second that some callers get, all scales in turn. */
  private double rate(Upscaler.Service upscalers, BufferedImage image, int threads)
      throws Exception {
    AtomicInteger next = new AtomicInteger();
    ExecutorService executor = Executors.newFixedThreadPool(threads);
    try {
      List<Future<?>> calls = new ArrayList<>();
      long begin = System.nanoTime();
      for (int i = 0; i < threads; i++) {
        calls.add(
            executor.submit(
                () -> {
                  for (int n = next.getAndIncrement(); n < images; n = next.getAndIncrement()) {
                    upscalers.forScale(SCALES.get(n % SCALES.size())).upscale(image);
                  }
                }));
      }
      for (Future<?> call : calls) {
        call.get();
      }
      return images * 1e9 / (System.nanoTime() - begin);
    } finally {
      executor.shutdown();
      executor.awaitTermination(1, TimeUnit.MINUTES);
    }
  }

  private BufferedImage noise() {
    BufferedImage image = new BufferedImage(size, size, BufferedImage.TYPE_3BYTE_BGR);
    Random random = new Random(1);
    for (int y = 0; y < size; y++) {
      for (int x = 0; x < size; x++) {
        image.setRGB(x, y, random.nextInt(1 << 24));
      }
    }
    return image;
  }
}
