// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.testkit;

import io.github.sr4j.BlockUpscaler;
import io.github.sr4j.Device;
import io.github.sr4j.DeviceUnavailableException;
import io.github.sr4j.Model;
import io.github.sr4j.ModelFormatException;
import io.github.sr4j.spi.UpscalerProvider;
import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import java.util.Set;

/**
 * The smallest {@link UpscalerProvider}: opens the files that sessions of {@link
 * LinearTrainingProvider} write, and runs them in Java on the CPU.
 *
 * <p>It is registered nowhere; list it in the {@code META-INF/services} of a test to have it found.
 */
public class LinearUpscalerProvider implements UpscalerProvider {

  private static final String NO_CUDA = "the linear network of sr-testkit runs on the CPU only";

  /** Creates a provider. */
  public LinearUpscalerProvider() {}

  @Override
  public String name() {
    return "linear";
  }

  /** Returns {@code linear}; override to have the provider open files of another extension. */
  @Override
  public Set<String> modelExtensions() {
    return Set.of("linear");
  }

  @Override
  public List<Model.Card> embeddedModels() {
    return List.of();
  }

  @Override
  public Device.Report probe(Device device) {
    return new Device.Report(
        device, Device.cpu(), device.kind() == Device.Kind.CUDA ? NO_CUDA : "");
  }

  @Override
  public BlockUpscaler open(Model model, Device device, int threads) {
    if (device.kind() == Device.Kind.CUDA) {
      throw new DeviceUnavailableException(device + ": " + NO_CUDA, null);
    }
    byte[] content;
    try {
      content =
          model.file().isPresent()
              ? Files.readAllBytes(model.file().get())
              : model.content().orElse(new byte[0]);
    } catch (IOException e) {
      throw new ModelFormatException(model.name() + ": cannot be read: " + e, e);
    }
    return new LinearUpscaler(LinearNetwork.Content.read(model.name(), content).network());
  }
}
