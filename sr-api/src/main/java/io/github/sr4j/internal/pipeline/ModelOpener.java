// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.internal.pipeline;

import io.github.sr4j.BlockUpscaler;
import io.github.sr4j.Device;
import io.github.sr4j.DeviceUnavailableException;
import io.github.sr4j.Model;
import io.github.sr4j.Model.Card;
import io.github.sr4j.shared.models.Catalog;
import io.github.sr4j.shared.models.ModelLookup;
import io.github.sr4j.spi.UpscalerProvider;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The choice of a model, and of a device for the backend that opens it. */
final class ModelOpener {

  /**
   * A network, and what became of the request for a device.
   *
   * @param network to be closed by the caller
   */
  record Opened(BlockUpscaler network, Device.Report device) {}

  static final Duration DEFAULT_MAX_TIME = Duration.ofMinutes(2);

  private static final Logger logger = LoggerFactory.getLogger(ModelOpener.class);

  private final ModelLookup lookup;
  private final Catalog catalog;
  private final Duration maxTime;

  ModelOpener(List<UpscalerProvider> providers) {
    this(providers, List.of(), DEFAULT_MAX_TIME);
  }

  /**
   * Creates an opener.
   *
   * @param packages the models of other jars
   * @param maxTime how long a backend may take to open a model
   */
  ModelOpener(List<UpscalerProvider> providers, List<Model.Provider> packages, Duration maxTime) {
    this.maxTime = maxTime;
    this.lookup = new ModelLookup(providers, packages);
    this.catalog = lookup.catalog();
  }

  /** Returns the models that are opened by name. */
  Catalog catalog() {
    return catalog;
  }

  /**
   * Returns the chosen model of a scale: without wishes the first embedded one, of the backend of
   * the highest priority, or else the first one of a package.
   */
  Model ofScale(int scale, Catalog.Choice choice) {
    lookup.requireBackend();
    boolean isKnown = catalog.cards().stream().anyMatch(card -> card.scale() == scale);
    if (isKnown && !choice.isNone()) {
      return Model.embedded(catalog.chosen(scale, choice).name());
    }
    List<UpscalerProvider> able =
        lookup.backends().stream()
            .filter(provider -> embedded(provider, scale).isPresent())
            .toList();
    if (able.isEmpty() && isKnown) {
      return Model.embedded(
          catalog.cards().stream()
              .filter(card -> card.scale() == scale)
              .findFirst()
              .orElseThrow()
              .name());
    }
    if (able.isEmpty()) {
      throw new IllegalArgumentException(
          String.format(
              "scale must be that of an embedded model, of which there are %s, but was %s; other"
                  + " scales need a model file",
              catalog.names(), scale));
    }
    UpscalerProvider first = ModelLookup.first(able, "have an embedded model of scale " + scale);
    return Model.embedded(embedded(first, scale).orElseThrow().name());
  }

  private static Optional<Card> embedded(UpscalerProvider provider, int scale) {
    return provider.embeddedModels().stream().filter(model -> model.scale() == scale).findFirst();
  }

  /**
   * Returns the chosen model of the smallest scale that makes at least a factor in some passes, or
   * of the largest scale if none does; without wishes, an embedded one of the backends of the
   * highest priority that have any.
   */
  Model ofFactor(double factor, int passes, Catalog.Choice choice) {
    lookup.requireBackend();
    int[] scales = choice.isNone() ? embeddedScales() : catalog.scales(choice);
    if (scales.length == 0 && choice.isNone()) {
      scales = catalog.cards().stream().mapToInt(Card::scale).distinct().sorted().toArray();
    }
    if (scales.length == 0) {
      throw new IllegalArgumentException(
          String.format(
              "factor needs a model file, as there is no embedded model%s, but was %s",
              choice.isNone() ? "" : " of the purpose", factor));
    }
    for (int scale : scales) {
      if (Math.pow(scale, passes) >= factor) {
        return ofScale(scale, choice);
      }
    }
    return ofScale(scales[scales.length - 1], choice);
  }

  private int[] embeddedScales() {
    List<UpscalerProvider> able =
        lookup.backends().stream()
            .filter(provider -> !provider.embeddedModels().isEmpty())
            .toList();
    return able.stream()
        .filter(provider -> provider.priority() == able.get(0).priority())
        .flatMap(provider -> provider.embeddedModels().stream())
        .mapToInt(Card::scale)
        .distinct()
        .sorted()
        .toArray();
  }

  /**
   * Opens a model.
   *
   * @param named the model, or the name of one of the catalogue
   * @param device the device to use, or {@code auto}
   * @param fallback the device to use if that one is unavailable
   */
  Opened open(Model named, Device device, Optional<Device> fallback, int threads) {
    ModelLookup.Found found = lookup.find(named);
    Model model = found.model();
    UpscalerProvider provider = found.backend();
    if (device.kind() == Device.Kind.AUTO) {
      return openAuto(provider, model, threads);
    }
    try {
      return new Opened(
          opened(provider, model, device, threads), new Device.Report(device, device, ""));
    } catch (DeviceUnavailableException e) {
      if (fallback.isEmpty()) {
        throw e;
      }
      BlockUpscaler network;
      try {
        network = opened(provider, model, fallback.get(), threads);
      } catch (RuntimeException second) {
        second.addSuppressed(e);
        throw second;
      }
      String reason = reason(e);
      logger.warn("{} runs on {} instead of {}: {}", model, fallback.get(), device, reason);
      return new Opened(network, new Device.Report(device, fallback.get(), reason));
    }
  }

  private Opened openAuto(UpscalerProvider provider, Model model, int threads) {
    Device cuda = Device.cuda(0);
    Device.Report probed = provider.probe(cuda);
    String reason = probed.reason();
    if (probed.actual().equals(cuda)) {
      try {
        return new Opened(
            opened(provider, model, cuda, threads), new Device.Report(Device.auto(), cuda, ""));
      } catch (DeviceUnavailableException e) {
        reason = reason(e);
      }
    }
    return new Opened(
        opened(provider, model, Device.cpu(), threads),
        new Device.Report(Device.auto(), Device.cpu(), reason));
  }

  private BlockUpscaler opened(UpscalerProvider provider, Model model, Device device, int threads) {
    return BoundedOpening.of(model, maxTime, () -> provider.open(model, device, threads));
  }

  private static String reason(DeviceUnavailableException e) {
    return String.valueOf(e.getMessage());
  }
}
