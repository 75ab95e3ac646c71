// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.training;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.sr4j.shared.settings.SettingException;
import io.github.sr4j.shared.settings.SettingName;
import io.github.sr4j.shared.util.LibraryVersion;
import io.github.sr4j.spi.TrainingProvider;
import io.github.sr4j.spi.TrainingSession;
import io.github.sr4j.train.Trainer;
import io.github.sr4j.train.TrainingSettings;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * The runner of this library: trains in this process, with the backend on the class path that
 * builds the network. Made by {@link java.util.ServiceLoader}; use {@link Trainer#train}.
 *
 * <p>The output folder gets {@code run.yaml}, the settings; {@code images.json}, the images that
 * are read; {@code last.ckpt}, from which a run is resumed, and earlier ones such as {@code
 * step-40.ckpt}; {@code best.ckpt}, the weights of the best validation; {@code metrics.csv}, event
 * files for TensorBoard and {@code report.html}; and at the end {@code model.onnx}, checked by
 * {@link ModelExport}, and {@code report.json}. Checkpoints, models and reports appear when they
 * are complete.
 */
public final class LocalTrainingRunner implements Trainer.Runner {

  private final LongSupplier nanoTime;

  /** Called by {@link java.util.ServiceLoader}. */
  public LocalTrainingRunner() {
    this(System::nanoTime);
  }

  LocalTrainingRunner(LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
  }

  @Override
  public String name() {
    return "local";
  }

  @Override
  public void check(TrainingSettings settings) {
    LibraryVersion.require("Jackson", "2.15", JsonNode.class, "properties");
    SettingException.check(
        settings.isSet(TrainingSettings.VALIDATE)
            || settings.get(TrainingSettings.SCHEDULE).course() != Trainer.Schedule.Course.PLATEAU,
        "%s plateau must have images to validate on, but there are none",
        new SettingName(TrainingSettings.SCHEDULE.name()));
    Degradation degradation =
        checked(
            TrainingSettings.DEGRADATION,
            () -> {
              Degradation parsed =
                  Degradation.parse(settings.get(TrainingSettings.DEGRADATION).toString());
              parsed.checkReduces();
              return parsed;
            });
    SettingException.check(
        !settings.isSet(TrainingSettings.LOW_RES) || degradation.equals(Degradation.bicubic()),
        "%s must not be set if the low-resolution images are given, but was \"%s\"",
        new SettingName(TrainingSettings.DEGRADATION.name()),
        degradation);
    TrainingProvider provider =
        checked(TrainingSettings.NETWORK, () -> TrainingEngines.of(settings));
    provider.check(TrainingEngines.setup(settings));
  }

  private static <T> T checked(TrainingSettings.Setting<?> setting, Supplier<T> reading) {
    return SettingException.naming(setting.name(), reading);
  }

  /**
   * {@inheritDoc}
   *
   * @throws IllegalArgumentException if the output folder holds a run that is not to be resumed, or
   *     one of another description, or files of the names that a run writes which are not of a run,
   *     or is in a folder of images of the run; nothing is overwritten then
   */
  @Override
  public Trainer.Report run(TrainingSettings settings) throws IOException {
    TrainingProvider provider = TrainingEngines.of(settings);
    TrainingEngines.tellOfOthers(settings, provider);
    Path out = settings.get(TrainingSettings.OUT);
    Optional<Path> validation = settings.find(TrainingSettings.VALIDATE);
    if (validation.isPresent()) { // without, no images are written
      RunFolder.checkOutside(out, validation.get());
      if (settings.isSet(TrainingSettings.DATA)) {
        RunFolder.checkOutside(out, settings.get(TrainingSettings.DATA));
      }
    }
    try (RunFolder folder = RunFolder.claim(out, settings.isResumed());
        TrainingSession session = provider.open(TrainingEngines.setup(settings))) {
      return new TrainingRun(settings, provider.name(), session, folder, nanoTime).toEnd();
    }
  }
}
