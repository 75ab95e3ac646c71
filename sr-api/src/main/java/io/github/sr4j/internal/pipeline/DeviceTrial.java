// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.internal.pipeline;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.common.base.Stopwatch;
import com.google.common.hash.Hasher;
import com.google.common.hash.Hashing;
import io.github.sr4j.BlockUpscaler;
import io.github.sr4j.Device;
import io.github.sr4j.FloatImage;
import io.github.sr4j.Model;
import io.github.sr4j.ModelInfo;
import io.github.sr4j.shared.util.AtomicFile;
import io.github.sr4j.shared.util.CacheFolder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The comparison of a card with the CPU by runs of the same network on the same block.
 *
 * <p>Blocks grow until the runs have taken about {@value #MAX_MILLIS} milliseconds: a card needs
 * work to be faster. The first run on the card at each size compiles its programs and does not
 * count. Results are kept in the {@linkplain CacheFolder cache}.
 *
 * @param cpuMicros time on the CPU in microseconds
 * @param cardMicros time on the card in microseconds
 */
record DeviceTrial(int width, int height, long cpuMicros, long cardMicros) {

  /** The circumstances under which a trial's result holds, as the name of a file. */
  record Key(String name) {

    /**
     * Returns the key of a model and of whatever else the result depends on.
     *
     * @param card the card of an embedded model, which tells its versions apart
     */
    static Key of(Model model, Optional<Model.Card> card, List<String> circumstances) {
      Hasher hasher = Hashing.sha256().newHasher();
      circumstances.forEach(text -> put(hasher, text));
      put(hasher, model.name());
      put(hasher, String.valueOf(model.declaration().texts()));
      put(hasher, card.map(Model.Card::toString).orElse(""));
      if (model.file().isPresent()) {
        put(hasher, state(model.file().get()));
      } else {
        model.content().ifPresent(hasher::putBytes);
      }
      return new Key(hasher.hash().toString().substring(0, 32));
    }

    private static void put(Hasher hasher, String text) {
      hasher.putInt(text.length()).putString(text, UTF_8);
    }

    private static String state(Path file) {
      try {
        return String.format(
            "%s %s %s", file.toAbsolutePath(), Files.size(file), Files.getLastModifiedTime(file));
      } catch (IOException e) {
        return file.toString(); // opening the model says what is wrong with it
      }
    }

    private Optional<Path> file() {
      return CacheFolder.find().map(cache -> cache.resolve("trials").resolve(name + ".txt"));
    }
  }

  private static final long MAX_MILLIS = 200;
  private static final int MIN_SIDE = 32;
  private static final int MAX_SIDE = 256;
  private static final int RUNS =
      2; // of which the faster counts: the other may have been disturbed
  private static final int GROWTH = 4; // of the time, when a side doubles

  private static final Pattern FORM = Pattern.compile("(\\d+)x(\\d+) cpu (\\d+) card (\\d+)\\s*");

  private static final Logger logger = LoggerFactory.getLogger(DeviceTrial.class);

  /** Returns the result of an earlier trial; empty if there is none. */
  static Optional<DeviceTrial> remembered(Key key) {
    return key.file().flatMap(DeviceTrial::read);
  }

  private static Optional<DeviceTrial> read(Path file) {
    try {
      Matcher matcher = FORM.matcher(Files.readString(file));
      if (!matcher.matches()) {
        return Optional.empty();
      }
      return Optional.of(
          new DeviceTrial(
              Integer.parseInt(matcher.group(1)),
              Integer.parseInt(matcher.group(2)),
              Long.parseLong(matcher.group(3)),
              Long.parseLong(matcher.group(4))));
    } catch (IOException | NumberFormatException e) {
      return Optional.empty(); // none, or damaged: the trial is made again
    }
  }

  /**
   * Compares two networks, and keeps the result.
   *
   * @throws io.github.sr4j.SuperResolutionException if one of them fails
   */
  static DeviceTrial of(Key key, BlockUpscaler cpu, BlockUpscaler card) {
    DeviceTrial trial = of(cpu, card);
    key.file().ifPresent(trial::write);
    return trial;
  }

  private static DeviceTrial of(BlockUpscaler cpu, BlockUpscaler card) {
    ModelInfo info = card.info();
    int lost = 2 * info.lostEdge() / info.blockScale() + 1;
    long spent = 0;
    for (int side = MIN_SIDE; ; side *= 2) {
      int width = info.blockWidth().orElse(aligned(side + lost, info.alignment()));
      int height = info.blockHeight().orElse(aligned(side + lost, info.alignment()));
      FloatImage block = block(info.channels(), height, width);
      card.upscale(block);
      DeviceTrial trial = new DeviceTrial(width, height, micros(cpu, block), micros(card, block));
      long taken = RUNS * (trial.cpuMicros + trial.cardMicros);
      spent += taken;
      boolean isFixed = info.blockWidth().isPresent() && info.blockHeight().isPresent();
      if (isFixed
          || side >= MAX_SIDE
          || spent + GROWTH * taken > TimeUnit.MILLISECONDS.toMicros(MAX_MILLIS)) {
        return trial;
      }
    }
  }

  private static int aligned(int side, int alignment) {
    return (side + alignment - 1) / alignment * alignment;
  }

  private static FloatImage block(int channels, int height, int width) {
    float[] samples = new float[channels * height * width];
    for (int i = 0; i < samples.length; i++) {
      samples[i] = i % width / (float) width;
    }
    return FloatImage.wrap(channels, height, width, samples);
  }

  private static long micros(BlockUpscaler network, FloatImage block) {
    long least = Long.MAX_VALUE;
    for (int i = 0; i < RUNS; i++) {
      Stopwatch watch = Stopwatch.createStarted();
      network.upscale(block);
      least = Math.min(least, watch.elapsed(TimeUnit.MICROSECONDS));
    }
    return least;
  }

  private void write(Path file) {
    try {
      Files.createDirectories(file.getParent());
      String text =
          String.format(
              Locale.ROOT, "%dx%d cpu %d card %d%n", width, height, cpuMicros, cardMicros);
      AtomicFile.writeDurably(file, out -> out.write(text.getBytes(UTF_8)));
    } catch (IOException e) {
      logger.debug("{} cannot be written: the trial is made again at the next start", file, e);
    }
  }

  boolean isCardFaster() {
    return cardMicros < cpuMicros;
  }

  /** Returns a sentence that says that the CPU is faster than a card. */
  String slowness(Device card) {
    return String.format(
        Locale.ROOT,
        "the CPU is faster than %s: a block of %dx%d took %.1f ms there and %.1f ms on the CPU",
        card,
        width,
        height,
        cardMicros / 1000.0,
        cpuMicros / 1000.0);
  }
}
