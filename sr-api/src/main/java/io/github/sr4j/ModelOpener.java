// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j;

import static java.util.stream.Collectors.joining;

import com.google.common.collect.ImmutableList;
import com.google.common.io.Files;
import io.github.sr4j.spi.BlockUpscaler;
import io.github.sr4j.spi.UpscalerProvider;
import io.github.sr4j.spi.UpscalerProvider.EmbeddedModel;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.TreeSet;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The choice of a backend for a model, and of a device for the backend. */
final class ModelOpener {

  /**
   * A network, and what became of the request for a device.
   *
   * @param network to be closed by the caller
   */
  record Opened(BlockUpscaler network, DeviceReport device) {}

  private static final Logger logger = LoggerFactory.getLogger(ModelOpener.class);

  private final ImmutableList<UpscalerProvider> providers;

  ModelOpener(List<UpscalerProvider> providers) {
    this.providers = ImmutableList.copyOf(providers);
  }

  /** Returns the first embedded model of a scale. */
  Model embedded(int scale) {
    requireProvider();
    for (UpscalerProvider provider : providers) {
      for (EmbeddedModel model : provider.embeddedModels()) {
        if (model.scale() == scale) {
          return Model.embedded(model.name());
        }
      }
    }
    throw new IllegalArgumentException(
        String.format(
            "scale must be that of an embedded model, of which there are %s, but was %s; other"
                + " scales need a model file",
            embeddedNames(), scale));
  }

  /**
   * Returns the first embedded model of the smallest scale that makes at least a factor in some
   * passes, or of the largest scale if none does.
   */
  Model embedded(double factor, int passes) {
    requireProvider();
    int[] scales =
        providers.stream()
            .flatMap(provider -> provider.embeddedModels().stream())
            .mapToInt(EmbeddedModel::scale)
            .sorted()
            .toArray();
    for (int scale : scales) {
      if (Math.pow(scale, passes) >= factor) {
        return embedded(scale);
      }
    }
    if (scales.length == 0) {
      throw new IllegalArgumentException(
          String.format(
              "factor needs a model file, as there is no embedded model, but was %s", factor));
    }
    return embedded(scales[scales.length - 1]);
  }

  /**
   * Opens a model.
   *
   * @param device the device to use, or {@code auto}
   * @param fallback the device to use if that one is unavailable
   */
  Opened open(Model model, Device device, Optional<Device> fallback, int threads) {
    UpscalerProvider provider = providerOf(model);
    if (device.kind() == Device.Kind.AUTO) {
      return openAuto(provider, model, threads);
    }
    try {
      return new Opened(
          provider.open(model, device, threads), new DeviceReport(device, device, ""));
    } catch (DeviceUnavailableException e) {
      if (fallback.isEmpty()) {
        throw e;
      }
      BlockUpscaler network;
      try {
        network = provider.open(model, fallback.get(), threads);
      } catch (RuntimeException second) {
        second.addSuppressed(e);
        throw second;
      }
      String reason = reason(e);
      logger.warn("{} runs on {} instead of {}: {}", model, fallback.get(), device, reason);
      return new Opened(network, new DeviceReport(device, fallback.get(), reason));
    }
  }

  private static Opened openAuto(UpscalerProvider provider, Model model, int threads) {
    Device cuda = Device.cuda(0);
    DeviceReport probed = provider.probe(cuda);
    String reason = probed.reason();
    if (probed.actual().equals(cuda)) {
      try {
        return new Opened(
            provider.open(model, cuda, threads), new DeviceReport(Device.auto(), cuda, ""));
      } catch (DeviceUnavailableException e) {
        reason = reason(e);
      }
    }
    return new Opened(
        provider.open(model, Device.cpu(), threads),
        new DeviceReport(Device.auto(), Device.cpu(), reason));
  }

  private static String reason(DeviceUnavailableException e) {
    return String.valueOf(e.getMessage());
  }

  private UpscalerProvider providerOf(Model model) {
    requireProvider();
    return model.isEmbedded() ? providerOfEmbedded(model) : providerOfFormat(model);
  }

  private UpscalerProvider providerOfEmbedded(Model model) {
    for (UpscalerProvider provider : providers) {
      if (provider.embeddedModels().stream().anyMatch(e -> e.name().equals(model.name()))) {
        return provider;
      }
    }
    throw new IllegalArgumentException(
        String.format(
            "model must be an embedded model, of which there are %s, but was \"%s\"; a file is"
                + " given as a Path",
            embeddedNames(), model.name()));
  }

  private UpscalerProvider providerOfFormat(Model model) {
    String extension = Files.getFileExtension(model.name()).toLowerCase(Locale.ROOT);
    for (UpscalerProvider provider : providers) {
      if (provider.modelExtensions().contains(extension)) {
        return provider;
      }
    }
    throw new BackendNotFoundException(
        String.format(
            "no backend opens %s (extension \"%s\"); on the class path %s. See"
                + " docs/errors.md#no-backend",
            model, extension, providers.stream().map(ModelOpener::formats).collect(joining(", "))),
        null);
  }

  private static String formats(UpscalerProvider provider) {
    return String.format(
        "\"%s\" opens .%s",
        provider.name(), String.join(", .", new TreeSet<>(provider.modelExtensions())));
  }

  private void requireProvider() {
    if (providers.isEmpty()) {
      throw new BackendNotFoundException(
          "no backend is on the class path. Add the artifact that contains one (for example"
              + " sr-onnx) to the runtime class path. See docs/errors.md#no-backend",
          null);
    }
  }

  private String embeddedNames() {
    String names =
        providers.stream()
            .flatMap(provider -> provider.embeddedModels().stream())
            .map(model -> String.format(Locale.ROOT, "%s (x%d)", model.name(), model.scale()))
            .collect(joining(", "));
    return names.isEmpty() ? "none" : names;
  }
}
