// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.internal.pipeline;

import static com.google.common.base.Preconditions.checkArgument;
import static com.google.common.base.Preconditions.checkState;
import static io.github.sr4j.shared.settings.UpscalerSettings.APPROXIMATE_TILES;
import static io.github.sr4j.shared.settings.UpscalerSettings.FALLBACK;
import static io.github.sr4j.shared.settings.UpscalerSettings.MAX_MEMORY;
import static io.github.sr4j.shared.settings.UpscalerSettings.MAX_OPENING_TIME;
import static io.github.sr4j.shared.settings.UpscalerSettings.MAX_PIXELS;
import static io.github.sr4j.shared.settings.UpscalerSettings.MAX_PIXELS_PER_BYTE;
import static io.github.sr4j.shared.settings.UpscalerSettings.MAX_RESULT_PIXELS;
import static io.github.sr4j.shared.settings.UpscalerSettings.MAX_WAITING;
import static io.github.sr4j.shared.settings.UpscalerSettings.MAX_WAITING_PIXELS;
import static io.github.sr4j.shared.settings.UpscalerSettings.PASSES;
import static io.github.sr4j.shared.settings.UpscalerSettings.PRECISION;
import static io.github.sr4j.shared.settings.UpscalerSettings.SCALE;
import static io.github.sr4j.shared.settings.UpscalerSettings.THREADS;
import static io.github.sr4j.shared.settings.UpscalerSettings.TILE_SIZE;
import static java.util.Objects.requireNonNull;

import com.google.common.base.Ascii;
import com.google.common.collect.ImmutableMap;
import io.github.sr4j.BlockUpscaler;
import io.github.sr4j.Device;
import io.github.sr4j.Model;
import io.github.sr4j.ModelInfo;
import io.github.sr4j.UpscaleOptions;
import io.github.sr4j.Upscaler;
import io.github.sr4j.internal.calls.Async;
import io.github.sr4j.internal.calls.Calls;
import io.github.sr4j.internal.calls.Deadline;
import io.github.sr4j.internal.files.PixelLimits;
import io.github.sr4j.internal.tiles.NetworkSettings;
import io.github.sr4j.shared.models.Catalog;
import io.github.sr4j.shared.settings.SettingException;
import io.github.sr4j.shared.util.LibraryVersion;
import io.github.sr4j.spi.UpscalerProvider;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/** The options of an upscaler, and the opening of its model. */
public final class UpscalerBuilder implements Upscaler.Builder, Cloneable {

  private static final String ONNX_EXTENSION = ".onnx";
  private static final int MIN_TILE_SIZE = 16;
  private static final int DEFAULT_SCALE = 2;
  private static final long DEFAULT_MAX_PIXELS = 1 << 30;
  private static final long MIN_MAX_MEMORY = 1 << 20;

  private @Nullable Model model;
  private @Nullable Integer scale;
  private Model.@Nullable Quality quality;
  private Model.@Nullable Purpose purpose;
  private Model.@Nullable Precision precision;
  private @Nullable UpscalerProvider backend;
  private @Nullable Device device;
  private @Nullable Device fallback;
  private @Nullable Integer threads;
  private @Nullable Integer tileSize;
  private @Nullable Double factor;
  private @Nullable Integer passes;
  private @Nullable Integer overlap;
  private ModelInfo.@Nullable Edges edges;
  private @Nullable Long maxPixels;
  private @Nullable Long maxResultPixels;
  private @Nullable Long maxPixelsPerByte;
  private @Nullable Long maxMemory;
  private @Nullable Duration maxOpeningTime;
  private @Nullable Integer maxWaiting;
  private @Nullable Long maxWaitingPixels;
  private @Nullable Executor callbackExecutor;
  private boolean selfEnsemble;

  /** Creates a builder of which nothing is set, as the service loader does. */
  public UpscalerBuilder() {}

  @Override
  public UpscalerBuilder model(Model model) {
    checkUnset("model", this.model);
    this.model = requireNonNull(model, "model");
    return this;
  }

  @Override
  public UpscalerBuilder scale(int scale) {
    checkUnset("scale", this.scale);
    SettingException.check(scale >= 1, "%s must be at least 1, but was %s", SCALE, scale);
    this.scale = scale;
    return this;
  }

  @Override
  public UpscalerBuilder quality(Model.Quality quality) {
    checkUnset("quality", this.quality);
    this.quality = requireNonNull(quality, "quality");
    return this;
  }

  @Override
  public UpscalerBuilder purpose(Model.Purpose purpose) {
    checkUnset("purpose", this.purpose);
    this.purpose = requireNonNull(purpose, "purpose");
    return this;
  }

  @Override
  public UpscalerBuilder precision(Model.Precision precision) {
    checkUnset("precision", this.precision);
    this.precision = requireNonNull(precision, "precision");
    return this;
  }

  @Override
  public List<Model.Card> models() {
    checkLibraries();
    return opener().catalog().cards();
  }

  @Override
  public UpscalerBuilder backend(Upscaler.Backend backend) {
    checkUnset("backend", this.backend == null ? null : quoted(this.backend));
    checkArgument(
        requireNonNull(backend, "backend") instanceof UpscalerProvider,
        "backend must be an UpscalerProvider, but %s is none",
        quoted(backend));
    this.backend = (UpscalerProvider) backend;
    return this;
  }

  @Override
  public UpscalerBuilder device(Device device) {
    checkUnset("device", this.device);
    this.device = requireNonNull(device, "device");
    return this;
  }

  @Override
  public UpscalerBuilder fallback(Device fallback) {
    checkUnset("fallback", this.fallback);
    SettingException.check(
        fallback.kind() != Device.Kind.AUTO && fallback.kind() != Device.Kind.GPU,
        "%s must be cpu, cuda:N, coreml or webgpu:N, but was %s",
        FALLBACK,
        fallback);
    this.fallback = fallback;
    return this;
  }

  @Override
  public UpscalerBuilder threads(int threads) {
    checkUnset("threads", this.threads);
    SettingException.check(
        threads >= 1 && threads <= 1024,
        "%s must be within 1 to 1024, but was %s",
        THREADS,
        threads);
    this.threads = threads;
    return this;
  }

  @Override
  public UpscalerBuilder tileSize(int tileSize) {
    checkUnset("tileSize", this.tileSize);
    checkTileSize(tileSize);
    this.tileSize = tileSize;
    return this;
  }

  @Override
  public UpscalerBuilder factor(double factor) {
    checkUnset("factor", this.factor);
    this.factor = UpscaleOptions.defaults().factor(factor).factor().orElseThrow(); // checks it
    return this;
  }

  @Override
  public UpscalerBuilder selfEnsemble() {
    this.selfEnsemble = true;
    return this;
  }

  @Override
  public UpscalerBuilder passes(int passes) {
    checkUnset("passes", this.passes);
    SettingException.check(
        passes >= 1 && passes <= 4, "%s must be within 1 to 4, but was %s", PASSES, passes);
    this.passes = passes;
    return this;
  }

  @Override
  public UpscalerBuilder edges(ModelInfo.Edges edges) {
    checkUnset("edges", this.edges);
    this.edges = requireNonNull(edges, "edges");
    return this;
  }

  @Override
  public UpscalerBuilder approximateTiles(int overlap) {
    checkUnset("approximateTiles", this.overlap);
    SettingException.check(
        overlap >= 1 && overlap <= 1024,
        "%s must be within 1 to 1024, but was %s",
        APPROXIMATE_TILES,
        overlap);
    this.overlap = overlap;
    return this;
  }

  @Override
  public UpscalerBuilder maxPixels(long maxPixels) {
    checkUnset("maxPixels", this.maxPixels);
    SettingException.check(
        maxPixels >= 1, "%s must be at least 1, but was %s", MAX_PIXELS, maxPixels);
    this.maxPixels = maxPixels;
    return this;
  }

  @Override
  public UpscalerBuilder maxResultPixels(long maxResultPixels) {
    checkUnset("maxResultPixels", this.maxResultPixels);
    SettingException.check(
        maxResultPixels >= 1,
        "%s must be at least 1, but was %s",
        MAX_RESULT_PIXELS,
        maxResultPixels);
    this.maxResultPixels = maxResultPixels;
    return this;
  }

  @Override
  public UpscalerBuilder maxPixelsPerByte(long maxPixelsPerByte) {
    checkUnset("maxPixelsPerByte", this.maxPixelsPerByte);
    SettingException.check(
        maxPixelsPerByte >= 1,
        "%s must be at least 1, but was %s",
        MAX_PIXELS_PER_BYTE,
        maxPixelsPerByte);
    this.maxPixelsPerByte = maxPixelsPerByte;
    return this;
  }

  @Override
  public UpscalerBuilder maxMemory(long maxMemory) {
    checkUnset("maxMemory", this.maxMemory);
    SettingException.check(
        maxMemory >= MIN_MAX_MEMORY,
        "%s must be at least %s bytes, but was %s",
        MAX_MEMORY,
        MIN_MAX_MEMORY,
        maxMemory);
    this.maxMemory = maxMemory;
    return this;
  }

  @Override
  public UpscalerBuilder maxOpeningTime(Duration maxOpeningTime) {
    checkUnset("maxOpeningTime", this.maxOpeningTime);
    SettingException.check(
        maxOpeningTime.compareTo(Duration.ZERO) > 0,
        "%s must be positive, but was %s seconds",
        MAX_OPENING_TIME,
        Deadline.seconds(maxOpeningTime));
    this.maxOpeningTime = maxOpeningTime;
    return this;
  }

  @Override
  public UpscalerBuilder maxWaiting(int maxWaiting) {
    checkUnset("maxWaiting", this.maxWaiting);
    SettingException.check(
        maxWaiting >= 0, "%s must be at least 0, but was %s", MAX_WAITING, maxWaiting);
    this.maxWaiting = maxWaiting;
    return this;
  }

  @Override
  public UpscalerBuilder maxWaitingPixels(long maxWaitingPixels) {
    checkUnset("maxWaitingPixels", this.maxWaitingPixels);
    SettingException.check(
        maxWaitingPixels >= 0,
        "%s must be at least 0, but was %s",
        MAX_WAITING_PIXELS,
        maxWaitingPixels);
    this.maxWaitingPixels = maxWaitingPixels;
    return this;
  }

  @Override
  public UpscalerBuilder callbackExecutor(Executor callbackExecutor) {
    checkUnset("callbackExecutor", this.callbackExecutor);
    this.callbackExecutor = requireNonNull(callbackExecutor, "callbackExecutor");
    return this;
  }

  @Override
  public Upscaler build() {
    checkLibraries();
    return build(opener());
  }

  Upscaler build(ModelOpener opener) {
    checkState(scale == null || factor == null, "factor must not be set together with scale");
    checkState(
        model == null || choice().isNone(),
        "%s must not be set together with model, but was %s",
        quality == null ? "purpose" : "quality",
        quality == null ? purpose : quality);
    Model chosen = model != null ? scaled(model) : embedded(opener);
    return open(opener, chosen, new Calls(async()), Optional.empty());
  }

  @Override
  public Upscaler.Service buildService() {
    checkLibraries();
    checkChosenLater("model", model);
    checkChosenLater("scale", scale);
    checkChosenLater("factor", factor);
    return new UpscalerService(copy(), opener(), new Calls(async()));
  }

  private static void checkChosenLater(String option, @Nullable Object value) {
    checkState(
        value == null,
        "%s must not be set for a service, which is asked for it later, but was %s",
        option,
        value);
  }

  /** Returns a copy that later settings of this builder do not change. */
  private UpscalerBuilder copy() {
    try {
      return (UpscalerBuilder) clone(); // every value is immutable
    } catch (CloneNotSupportedException e) {
      throw new AssertionError(e);
    }
  }

  private ModelOpener opener() {
    return new ModelOpener(
        backend == null ? UpscalerProvider.all() : List.of(backend),
        Catalog.packagesOnClassPath(),
        maxOpeningTime == null ? ModelOpener.DEFAULT_MAX_TIME : maxOpeningTime);
  }

  /**
   * Opens a model with the other options of this builder.
   *
   * @param owner closes the upscaler, if it is part of a service
   */
  NetworkUpscaler open(
      ModelOpener opener, Model chosen, Calls calls, Optional<UpscalerService> owner) {
    ModelOpener.Opened opened =
        opener.open(
            precision == Model.Precision.INT8 ? opener.catalog().inInt8(chosen) : chosen,
            device == null ? Device.auto() : device,
            Optional.ofNullable(fallback),
            threadsOrDefault());
    try {
      ModelInfo info = opened.network().info();
      SettingException.check(
          scale == null || scale == info.scale(),
          "%s must be %s, which is that of %s, but was %s",
          SCALE,
          info.scale(),
          info.name(),
          scale);
      checkPrecision(chosen, info);
      return upscaler(opened.network(), opened.device(), calls, owner);
    } catch (RuntimeException e) {
      opened.network().close();
      throw e;
    }
  }

  private void checkPrecision(Model chosen, ModelInfo info) {
    if (precision == null || precision == info.precision()) {
      return;
    }
    if (precision == Model.Precision.INT8) {
      throw new SettingException(
          "%s must be float, which is that of %s, but was int8; \"sr4j quantize %s --data IMAGES"
              + " --out FILE.onnx\" makes a file in int8, to be opened as the model",
          PRECISION, chosen.name(), chosen.name());
    }
    throw new SettingException(
        "%s must be int8, which is that of %s, but was float; open the model that it was made from",
        PRECISION, chosen.name());
  }

  /**
   * Declares the scale of weights, which may be of several. An ONNX model shows its own: declared
   * of one that keeps the size of its input, a scale would mean that images are enlarged before.
   */
  private Model scaled(Model model) {
    boolean isShown =
        model.isEmbedded() || Ascii.toLowerCase(model.name()).endsWith(ONNX_EXTENSION);
    if (scale == null || isShown) {
      return model;
    }
    int declared = model.declaration().scale().orElse(scale);
    SettingException.check(
        declared == scale,
        "%s must be %s, which the model was declared to have, but was %s",
        SCALE,
        declared,
        scale);
    return model.declared(model.declaration().scale(scale));
  }

  @Override
  public Upscaler build(BlockUpscaler network) {
    checkLibraries();
    checkOpensNothing("model", model);
    checkOpensNothing("scale", scale);
    checkOpensNothing("quality", quality);
    checkOpensNothing("purpose", purpose);
    checkOpensNothing("precision", precision);
    checkOpensNothing("backend", backend == null ? null : quoted(backend));
    checkOpensNothing("device", device);
    checkOpensNothing("fallback", fallback);
    checkOpensNothing(
        "maxOpeningTime",
        maxOpeningTime == null ? null : Deadline.seconds(maxOpeningTime) + " seconds");
    return upscaler(network, network.device(), new Calls(async()), Optional.empty());
  }

  /** Refuses a Guava that lacks a method which is called everywhere. */
  private static void checkLibraries() {
    LibraryVersion.require("Guava", "31", ImmutableMap.Builder.class, "buildOrThrow");
  }

  private static String quoted(Upscaler.Backend backend) {
    return "\"" + backend.name() + "\"";
  }

  private static void checkOpensNothing(String option, @Nullable Object value) {
    checkState(
        value == null,
        "%s must not be set for a network that is already loaded, but was %s",
        option,
        value);
  }

  private NetworkUpscaler upscaler(
      BlockUpscaler network, Device.Report device, Calls calls, Optional<UpscalerService> owner) {
    NetworkSettings settings =
        new NetworkSettings(
            tileSize == null ? OptionalInt.empty() : OptionalInt.of(tileSize),
            overlap == null ? OptionalInt.empty() : OptionalInt.of(overlap),
            maxMemory == null ? OptionalLong.empty() : OptionalLong.of(maxMemory),
            selfEnsemble,
            passesOrDefault(),
            factor == null ? OptionalDouble.empty() : OptionalDouble.of(factor),
            edges == null ? ModelInfo.Edges.NETWORK : edges);
    return new NetworkUpscaler(
        network,
        device,
        settings,
        new PixelLimits(
            maxPixels == null ? DEFAULT_MAX_PIXELS : maxPixels,
            maxPixelsPerByte == null ? OptionalLong.empty() : OptionalLong.of(maxPixelsPerByte)),
        maxResultPixels == null ? Long.MAX_VALUE : maxResultPixels,
        threadsOrDefault(),
        calls,
        owner);
  }

  private Async async() {
    return new Async(
        threadsOrDefault(),
        new Async.Limits(
            maxWaiting == null ? Integer.MAX_VALUE : maxWaiting,
            maxWaitingPixels == null ? Long.MAX_VALUE : maxWaitingPixels),
        Optional.ofNullable(callbackExecutor));
  }

  private Model embedded(ModelOpener opener) {
    if (factor == null) {
      return ofScale(opener, scale == null ? DEFAULT_SCALE : scale);
    }
    return opener.ofFactor(factor, passesOrDefault(), choice());
  }

  /** Returns the model of a scale that the other options of this builder choose. */
  Model ofScale(ModelOpener opener, int wanted) {
    return opener.ofScale(wanted, choice());
  }

  private Catalog.Choice choice() {
    return new Catalog.Choice(Optional.ofNullable(quality), Optional.ofNullable(purpose));
  }

  private int threadsOrDefault() {
    return threads == null ? Runtime.getRuntime().availableProcessors() : threads;
  }

  private int passesOrDefault() {
    return passes == null ? 1 : passes;
  }

  private static void checkTileSize(int tileSize) {
    SettingException.check(
        tileSize >= MIN_TILE_SIZE,
        "%s must be at least %s pixels, but was %s",
        TILE_SIZE,
        MIN_TILE_SIZE,
        tileSize);
  }

  private static void checkUnset(String option, @Nullable Object value) {
    checkState(value == null, "%s was already set to %s", option, value);
  }
}
