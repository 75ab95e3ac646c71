// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.training;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.sr4j.ModelFormatException;
import io.github.sr4j.shared.settings.SettingException;
import io.github.sr4j.shared.settings.SettingName;
import io.github.sr4j.shared.util.AtomicFile;
import io.github.sr4j.train.Trainer;
import io.github.sr4j.train.TrainingSettings;
import io.github.sr4j.training.internal.files.OutputFiles;
import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The files of a run, which is the only one that writes there until this is closed.
 *
 * <p>{@code last.ckpt} is the newest checkpoint, {@code step-N.ckpt} are those before it. At no
 * moment is there none that is complete: a new one is written beside them and then takes its name.
 */
final class RunFolder implements Closeable {

  private static final Pattern EARLIER = Pattern.compile("step-(\\d{1,18})\\.ckpt");

  /** The names of {@link AtomicFile} for what is being written. */
  private static final Pattern TEMPORARY =
      Pattern.compile("\\.sr4j-[0-9a-f]{16}-[0-9a-f]+-[0-9a-f]+(\\.\\w+)?");

  /** The files that a run writes before its first checkpoint. */
  private static final Pattern EARLY =
      Pattern.compile(
          "metrics\\.csv|report\\.html|images\\.json|crops|(next|trial)\\.(ckpt|onnx)"
              + "|diverged-step-\\d+\\.npz");

  private static final SettingName OUT = new SettingName(TrainingSettings.OUT.name());

  /** Writes a checkpoint to a file. */
  @FunctionalInterface
  interface Writing {
    void to(Path file) throws IOException;
  }

  /** Reads a checkpoint from a file. */
  @FunctionalInterface
  interface Reading<T> {
    T from(Path file) throws IOException;
  }

  private final Path path;
  private final Path lockFile;
  private final FileChannel lockChannel;
  private long lastStep = -1; // of last.ckpt; -1 if that is not known to be complete

  private RunFolder(Path path, Path lockFile, FileChannel lockChannel) {
    this.path = path;
    this.lockFile = lockFile;
    this.lockChannel = lockChannel;
  }

  /**
   * Creates the folder if need be, and makes sure that no other run is in it.
   *
   * @throws IllegalArgumentException if it holds a run and {@code resumed} is not set, or it holds
   *     results but no checkpoint to resume from
   * @throws IOException if it cannot be created or written, or another run is writing to it
   */
  static RunFolder claim(Path path, boolean resumed) throws IOException {
    if (Files.exists(path) && !Files.isDirectory(path)) {
      throw new IOException(path + ": expected a folder for the output, but it is a file");
    }
    Files.createDirectories(path);
    if (!Files.isWritable(path)) {
      throw new AccessDeniedException(
          path.toString(), null, "the output folder cannot be written to");
    }
    Path lockFile = path.resolve(".lock");
    FileChannel channel =
        FileChannel.open(lockFile, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    if (!isLocked(channel)) {
      channel.close();
      throw new IOException(
          path + ": another run is writing to this folder; wait for it or choose another folder");
    }
    RunFolder folder = new RunFolder(path, lockFile, channel);
    boolean isClaimed = false;
    try {
      folder.checkFree(resumed);
      folder.deleteRemains();
      isClaimed = true;
      return folder;
    } finally {
      if (!isClaimed) {
        folder.close();
      }
    }
  }

  /** Locks a file, as far as the file system has locks: some network file systems have none. */
  private static boolean isLocked(FileChannel channel) {
    try {
      FileLock lock = channel.tryLock();
      return lock != null;
    } catch (OverlappingFileLockException e) {
      return false; // by another thread of this process
    } catch (IOException e) {
      return true;
    }
  }

  private void checkFree(boolean resumed) throws IOException {
    List<Path> checkpoints = checkpoints();
    if (resumed && !checkpoints.isEmpty()) {
      return;
    }
    List<Path> results = new ArrayList<>(checkpoints);
    results.addAll(List.of(best(), model(), report()));
    for (Path file : results) {
      if (Files.exists(file)) {
        throw checkpoints.isEmpty()
            ? new SettingException(
                "%s must be a folder without a run, but %s holds %s; there is no last.ckpt to"
                    + " resume from, so choose another folder",
                OUT, path, file.getFileName())
            : new SettingException(
                "%s must be a folder without a run, but %s holds %s; resume that run (%s) or choose"
                    + " another folder",
                OUT, path, file.getFileName(), new SettingName("resume"));
      }
    }
    checkReplacesNothing();
  }

  /** Refuses a folder with files of the names that a run writes which are not of a run. */
  private void checkReplacesNothing() throws IOException {
    if (Files.exists(config())) {
      if (!RunConfig.isOwn(config())) {
        throw new SettingException(
            "%s must be a folder in which a run replaces no file of yours, but %s is not as"
                + " a run has written it; give it another name or choose another folder",
            OUT, config());
      }
      return; // of a run that was killed before its first checkpoint, as is the rest
    }
    for (Path file : files()) {
      if (EARLY.matcher(String.valueOf(file.getFileName())).matches()) {
        throw new SettingException(
            "%s must be a folder in which a run replaces no file of yours, but %s is there"
                + " already, without a run.yaml; choose another folder",
            OUT, file);
      }
    }
  }

  /**
   * Refuses a folder that is in one of images that the run reads: what it writes would be read as
   * images by the next one, or when it is resumed.
   *
   * @param images a folder or file; not a folder, nothing is refused
   */
  static void checkOutside(Path path, Path images) throws IOException {
    if (Files.isDirectory(images) && real(path).startsWith(images.toRealPath())) {
      throw new SettingException(
          "%s must not be in the folder of images %s, but was %s: the images that a run"
              + " writes would be read as some of these; choose another folder",
          OUT, images, path);
    }
  }

  /** Returns the path without links of what may not be there yet. */
  private static Path real(Path path) throws IOException {
    Path absolute = path.toAbsolutePath().normalize();
    Path parent = absolute.getParent();
    if (Files.exists(absolute) || parent == null) {
      return absolute.toRealPath();
    }
    return real(parent).resolve(absolute.getFileName());
  }

  /** Deletes what a run has left half written that was killed. */
  private void deleteRemains() throws IOException {
    Files.deleteIfExists(next());
    for (Path file : files()) {
      if (TEMPORARY.matcher(String.valueOf(file.getFileName())).matches()) {
        Files.deleteIfExists(file);
      }
    }
  }

  private List<Path> files() throws IOException {
    try (Stream<Path> files = Files.list(path)) {
      return files.toList();
    }
  }

  /** Returns the folder. */
  Path path() {
    return path;
  }

  /** Returns whether there is a run to resume. */
  boolean hasCheckpoint() throws IOException {
    return !checkpoints().isEmpty();
  }

  /** Returns the checkpoints, the newest first. */
  private List<Path> checkpoints() throws IOException {
    List<Path> checkpoints =
        new ArrayList<>(
            files().stream()
                .filter(file -> stepOf(file) >= 0)
                .sorted(Comparator.comparingLong(RunFolder::stepOf).reversed())
                .toList());
    if (Files.exists(last())) {
      checkpoints.add(0, last());
    }
    return checkpoints;
  }

  private static long stepOf(Path file) {
    Matcher matcher = EARLIER.matcher(String.valueOf(file.getFileName()));
    return matcher.matches() ? Long.parseLong(matcher.group(1)) : -1;
  }

  /**
   * Reads the newest checkpoint that is not damaged. Damaged ones are named in a warning and get
   * another name.
   *
   * @throws ModelFormatException if all are damaged or of another network
   */
  <T> T readNewest(Reading<T> reading, Consumer<String> warning) throws IOException {
    @Nullable ModelFormatException first = null;
    List<Path> damaged = new ArrayList<>();
    for (Path checkpoint : checkpoints()) {
      try {
        T result = reading.from(checkpoint);
        for (Path file : damaged) {
          Path renamed = file.resolveSibling(file.getFileName() + ".damaged");
          Files.move(file, renamed, StandardCopyOption.REPLACE_EXISTING);
          warning.accept(
              String.format(
                  "%s is damaged and was renamed to %s; the run goes on from %s",
                  file, renamed.getFileName(), checkpoint.getFileName()));
        }
        return result;
      } catch (ModelFormatException e) {
        if (first == null) {
          first = e;
        } else {
          first.addSuppressed(e);
        }
        damaged.add(checkpoint);
      }
    }
    throw first == null ? new IllegalStateException("no checkpoint in " + path) : first;
  }

  /** Says that {@code last.ckpt}, if there is one, is the checkpoint of a step. */
  void resumedAt(long step) {
    lastStep = Files.exists(last()) ? step : -1;
  }

  /**
   * Writes the newest checkpoint.
   *
   * @param keep the number of checkpoints that are kept, this one included
   */
  void saveLast(long step, int keep, Writing writing) throws IOException {
    writing.to(next());
    if (lastStep >= 0 && lastStep != step && keep > 1) {
      Path earlier = path.resolve("step-" + lastStep + ".ckpt");
      Files.move(last(), earlier, StandardCopyOption.ATOMIC_MOVE);
    }
    Files.move(next(), last(), StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    lastStep = step;
    List<Path> kept = checkpoints();
    for (Path old : kept.subList(Math.min(keep, kept.size()), kept.size())) {
      Files.deleteIfExists(old);
    }
  }

  /**
   * Writes a checkpoint to find out how large one is, and checks that there is room for all that a
   * run keeps.
   *
   * @param modelBytes the size of the exported model
   * @param keep the number of checkpoints that are kept besides the best
   */
  void checkSpace(long modelBytes, int keep, Writing writing) throws IOException {
    try {
      writing.to(next());
      long checkpoint = Files.size(next());
      long there = 0; // will be replaced
      for (Path file : files()) {
        boolean isCheckpoint = file.toString().endsWith(".ckpt") && !file.equals(next());
        there += isCheckpoint ? Files.size(file) : 0;
      }
      Files.deleteIfExists(next());
      // One more while it is written; those of later steps are a little larger.
      long needed = (keep + 2L) * checkpoint * 11 / 10 - there + 2 * modelBytes;
      checkSpace(path, needed, Files.getFileStore(path).getUsableSpace());
    } finally {
      Files.deleteIfExists(next());
    }
  }

  static void checkSpace(Path path, long needed, long free) throws IOException {
    if (free > 0 && free < needed) { // some network file systems do not say
      throw new IOException(
          String.format(
              Locale.ROOT,
              "%s: the checkpoints and the model of the run need %d MB of the disk, but it has only"
                  + " %d MB left; free some, or keep fewer checkpoints",
              path,
              (needed >> 20) + 1,
              free >> 20));
    }
  }

  private Path next() {
    return path.resolve("next.ckpt");
  }

  /** The newest checkpoint. */
  private Path last() {
    return path.resolve("last.ckpt");
  }

  /** The checkpoint of the best validation. */
  Path best() {
    return path.resolve("best.ckpt");
  }

  /** The exported network. */
  Path model() {
    return path.resolve("model.onnx");
  }

  /** The measurements of each step. */
  Path metrics() {
    return path.resolve("metrics.csv");
  }

  /** The outcome of the run. */
  Path report() {
    return path.resolve("report.json");
  }

  /** The settings of the run, from which it can be repeated. */
  Path config() {
    return path.resolve("run.yaml");
  }

  /** The images that the run reads. */
  Path images() {
    return path.resolve("images.json");
  }

  /** A model that is written to find out whether one can be. */
  Path trial() {
    return path.resolve("trial.onnx");
  }

  /** The batches with which a step diverged. */
  Path diverged(long step) {
    return path.resolve("diverged-step-" + step + ".npz");
  }

  /** Writes what came of the run, with its settings. */
  void writeReport(Trainer.Report report, Map<String, String> settings) throws IOException {
    ObjectNode root = JsonNodeFactory.instance.objectNode();
    root.put("network", report.network())
        .put("scale", report.scale())
        .put("loss", report.loss())
        .put("seed", report.seed())
        .put("parameters", report.parameters())
        .put("steps", report.steps())
        .put("seconds", report.duration().toMillis() / 1000.0)
        .put("last_loss", report.lastLoss())
        .put("model", String.valueOf(report.model().getFileName()))
        .put("parity", report.parity());
    report.best().ifPresent(best -> root.set("best", object(best)));
    ArrayNode validations = root.putArray("validations");
    report.validations().forEach(validation -> validations.add(object(validation)));
    ObjectNode node = root.putObject("settings");
    settings.forEach(node::put);
    OutputFiles.writeJson(report(), root);
  }

  private static ObjectNode object(Trainer.Report.Validation validation) {
    return JsonNodeFactory.instance
        .objectNode()
        .put("step", validation.step())
        .put("loss", validation.loss())
        .put("psnr", validation.psnr())
        .put("ssim", validation.ssim());
  }

  /** Lets other runs have the folder. */
  @Override
  public void close() throws IOException {
    Files.deleteIfExists(lockFile); // while nobody else can have locked it
    lockChannel.close();
  }
}
