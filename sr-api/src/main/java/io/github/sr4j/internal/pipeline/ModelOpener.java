// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.internal.pipeline;

import io.github.sr4j.BlockUpscaler;
import io.github.sr4j.Device;
import io.github.sr4j.DeviceUnavailableException;
import io.github.sr4j.Model;
import io.github.sr4j.Model.Card;
import io.github.sr4j.SuperResolutionException;
import io.github.sr4j.shared.models.Catalog;
import io.github.sr4j.shared.models.ModelLookup;
import io.github.sr4j.spi.UpscalerProvider;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
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
   * @param device the device to use, {@code auto} or {@code gpu}
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
      return device.kind() == Device.Kind.GPU
          ? openGpu(provider, model, threads)
          : openNamed(provider, model, device, threads);
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

  /** Opens a model on the device that was asked for, which is the only one that will do. */
  private Opened openNamed(UpscalerProvider provider, Model model, Device device, int threads) {
    BlockUpscaler network = opened(provider, model, device, threads);
    String reason =
        device.kind() == Device.Kind.WEBGPU || device.kind() == Device.Kind.COREML
            ? slowness(provider, model, network, device, threads)
            : "";
    return new Opened(network, new Device.Report(device, device, reason));
  }

  /** Opens a model on the first graphics card that works. */
  private Opened openGpu(UpscalerProvider provider, Model model, int threads) {
    List<String> reasons = new ArrayList<>();
    for (Device card : provider.gpus()) {
      Optional<BlockUpscaler> network = openedIfWorking(provider, model, card, threads, reasons);
      if (network.isPresent()) {
        String slowness = slowness(provider, model, network.get(), card, threads);
        if (!slowness.isEmpty()) {
          reasons.add(slowness);
        }
        return new Opened(network.get(), new Device.Report(Device.gpu(), card, joined(reasons)));
      }
    }
    throw new DeviceUnavailableException(
        "no graphics card can be used: "
            + (reasons.isEmpty() ? "\"" + provider.name() + "\" drives none" : joined(reasons)),
        null);
  }

  /** Opens a model on the first graphics card that is faster than the CPU, or on the CPU. */
  private Opened openAuto(UpscalerProvider provider, Model model, int threads) {
    List<String> reasons = new ArrayList<>();
    @Nullable BlockUpscaler cpu = null;
    try {
      for (Device card : provider.gpus()) {
        Optional<DeviceTrial.Key> key = key(provider, model, card, threads);
        Optional<DeviceTrial> trial = key.flatMap(DeviceTrial::remembered);
        if (trial.isPresent() && !trial.get().isCardFaster()) {
          reasons.add(trial.get().slowness(card));
          continue;
        }
        Optional<BlockUpscaler> network = openedIfWorking(provider, model, card, threads, reasons);
        if (network.isEmpty()) {
          continue;
        }
        if (key.isPresent() && trial.isEmpty()) {
          try {
            if (cpu == null) {
              cpu = opened(provider, model, Device.cpu(), threads);
            }
            DeviceTrial made = DeviceTrial.of(key.get(), cpu, network.get());
            if (!made.isCardFaster()) {
              network.get().close();
              reasons.add(made.slowness(card));
              continue;
            }
          } catch (SuperResolutionException e) {
            network.get().close();
            reasons.add(String.format("the trial of %s failed: %s", card, e.getMessage()));
            continue;
          } catch (RuntimeException e) {
            network.get().close();
            throw e;
          }
        }
        return new Opened(network.get(), new Device.Report(Device.auto(), card, joined(reasons)));
      }
      BlockUpscaler network = cpu == null ? opened(provider, model, Device.cpu(), threads) : cpu;
      cpu = null;
      return new Opened(network, new Device.Report(Device.auto(), Device.cpu(), joined(reasons)));
    } finally {
      if (cpu != null) {
        cpu.close();
      }
    }
  }

  /**
   * Opens a model on a card.
   *
   * @param reasons receives the reason if the card does not work
   * @return empty if it does not
   */
  private Optional<BlockUpscaler> openedIfWorking(
      UpscalerProvider provider, Model model, Device card, int threads, List<String> reasons) {
    Device.Report probed = provider.probe(card);
    if (!probed.actual().equals(card)) {
      reasons.add(probed.reason());
      return Optional.empty();
    }
    try {
      return Optional.of(opened(provider, model, card, threads));
    } catch (DeviceUnavailableException e) {
      reasons.add(reason(e));
      return Optional.empty();
    }
  }

  /** Returns that the CPU is faster than a card, as a sentence; empty if it is not. */
  private String slowness(
      UpscalerProvider provider, Model model, BlockUpscaler network, Device card, int threads) {
    try {
      Optional<DeviceTrial.Key> key = key(provider, model, card, threads);
      if (key.isEmpty()) {
        return "";
      }
      Optional<DeviceTrial> trial = DeviceTrial.remembered(key.get());
      if (trial.isEmpty()) {
        try (BlockUpscaler cpu = opened(provider, model, Device.cpu(), threads)) {
          trial = Optional.of(DeviceTrial.of(key.get(), cpu, network));
        }
      }
      if (trial.get().isCardFaster()) {
        return "";
      }
      String slowness = trial.get().slowness(card);
      logger.warn("{}: {}", model, slowness);
      return slowness;
    } catch (RuntimeException e) {
      network.close();
      throw e;
    }
  }

  private Optional<DeviceTrial.Key> key(
      UpscalerProvider provider, Model model, Device card, int threads) {
    return provider
        .performanceKey(card)
        .map(
            versions ->
                DeviceTrial.Key.of(
                    model,
                    provider.embeddedModels().stream()
                        .filter(each -> model.isEmbedded() && each.name().equals(model.name()))
                        .findFirst(),
                    List.of(provider.name(), versions, card.toString(), threads + " threads")));
  }

  private static String joined(List<String> reasons) {
    return String.join("; ", reasons);
  }

  private BlockUpscaler opened(UpscalerProvider provider, Model model, Device device, int threads) {
    return BoundedOpening.of(model, maxTime, () -> provider.open(model, device, threads));
  }

  private static String reason(DeviceUnavailableException e) {
    return String.valueOf(e.getMessage());
  }
}
