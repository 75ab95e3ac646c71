// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.onnx;

import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtLoggingLevel;
import ai.onnxruntime.OrtProvider;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.OrtSession.SessionOptions;
import ai.onnxruntime.OrtSession.SessionOptions.ExecutionMode;
import ai.onnxruntime.OrtSession.SessionOptions.OptLevel;
import ai.onnxruntime.providers.OrtCUDAProviderOptions;
import com.google.common.base.Throwables;
import com.google.common.collect.ImmutableList;
import io.github.sr4j.Device;
import io.github.sr4j.DeviceUnavailableException;
import io.github.sr4j.onnx.shared.DeviceProbe;
import io.github.sr4j.onnx.shared.RuntimeMessages;
import io.github.sr4j.shared.util.CacheFolder;
import io.github.sr4j.shared.util.LibraryVersion;
import io.github.sr4j.shared.util.Reasons;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The process-wide runtime: its native library, its devices and the options of its sessions. */
final class OnnxRuntime {

  // What the loader of Linux says of a library on a file system that is mounted noexec.
  private static final Pattern NOEXEC = Pattern.compile("failed to map segment");

  // Why the library could not be loaded. The JVM gives the cause at the first attempt only, and a
  // class that failed to load stays so.
  private static volatile @Nullable String loadFailure;

  private static boolean isLoaded; // guarded by the class

  // Set before the native library is loaded, and not changed afterwards.
  private static volatile ExecutionProviders providers = ExecutionProviders.of(List.of());

  private OnnxRuntime() {}

  /**
   * Returns the environment, which belongs to the process and is never closed.
   *
   * @throws DeviceUnavailableException if the native library cannot be loaded on this machine
   */
  static OrtEnvironment environment() {
    try {
      OrtEnvironment environment = load();
      environment.setTelemetry(false); // on by default on Windows
      return environment;
    } catch (CancellationException e) { // of the check of a card
      throw e;
    } catch (LinkageError | IllegalStateException | OrtException e) {
      throwIfProcessEnds(e);
      String reason = loadFailure == null ? explained(Throwables.getRootCause(e)) : loadFailure;
      if (e instanceof LinkageError) {
        loadFailure = reason;
      }
      throw new DeviceUnavailableException(
          String.format(
              "the native library of ONNX Runtime cannot be loaded on this machine (%s, %s): %s",
              System.getProperty("os.name"), System.getProperty("os.arch"), reason),
          e);
    }
  }

  /** Loads the native library when it is first asked for. */
  private static synchronized OrtEnvironment load() {
    if (isLoaded) {
      return OrtEnvironment.getEnvironment();
    }
    LibraryVersion.require(
        "ONNX Runtime",
        "1.17",
        OrtSession.class,
        "run",
        Map.class,
        Set.class,
        Map.class,
        OrtSession.RunOptions.class);
    boolean isGiven = loadFailure != null || NativeLibraries.isLocationGiven();
    providers = ExecutionProviders.find();
    Optional<NativeLibraries.Folder> unpacked =
        isGiven
            ? Optional.empty()
            : providers
                .libraries()
                .map(folder -> new NativeLibraries.Folder(folder, false))
                .or(NativeLibraries::unpack);
    unpacked.ifPresent(
        folder -> System.setProperty(NativeLibraries.LOCATION, folder.path().toString()));
    Thread thread = Thread.currentThread();
    ClassLoader context = thread.getContextClassLoader();
    // ONNX Runtime's shutdown hook inherits it, and would keep that of a redeployed host for ever.
    thread.setContextClassLoader(OrtEnvironment.class.getClassLoader());
    try {
      OrtEnvironment environment = OrtEnvironment.getEnvironment();
      isLoaded = true;
      return environment;
    } finally {
      thread.setContextClassLoader(context);
      if (unpacked.isPresent()) { // it has been read; the host's properties stay as they were
        System.clearProperty(NativeLibraries.LOCATION);
        unpacked.get().deleteIfTemporary();
        NativeLibraries.deleteEmptyFolder();
      }
      NativeLibraries.deleteLeftBehind(Path.of(System.getProperty("java.io.tmpdir")));
    }
  }

  private static String explained(Throwable cause) {
    if (cause instanceof FileSystemException file) {
      return String.format(
          "%s: %s; java.io.tmpdir must be a folder that can be written to",
          file.getFile(), Reasons.of(file));
    }
    String reason = Reasons.of(cause);
    return NOEXEC.matcher(reason).find()
        ? reason + "; " + CacheFolder.PROPERTY + " must name a folder that is not mounted noexec"
        : reason;
  }

  /**
   * Tells a failure that comes of the end of the process, which takes the environment away, from
   * those of a model or a machine.
   *
   * @throws CancellationException if the process is ending
   */
  static void throwIfProcessEnds(Throwable failure) {
    Thread hook = new Thread(() -> {});
    try {
      Runtime.getRuntime().addShutdownHook(hook);
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException e) {
      CancellationException cancelled = new CancellationException("the process is ending");
      cancelled.initCause(failure);
      throw cancelled;
    }
  }

  /** Finds out whether a device works, by comparing the result of a small convolution on it. */
  static Device.Report probe(Device device) {
    try (SessionOptions options = options(device, 1)) {
      return DeviceTurn.take(device, () -> DeviceProbe.run(environment(), options))
          .map(wrong -> new Device.Report(device, Device.cpu(), reason(device, wrong)))
          .orElse(new Device.Report(device, device, ""));
    } catch (OrtException e) {
      return new Device.Report(device, Device.cpu(), reason(device, message(e)));
    } catch (DeviceUnavailableException e) {
      return new Device.Report(device, Device.cpu(), String.valueOf(e.getMessage()));
    }
  }

  /**
   * Returns the options of a session on a device, to be closed by the caller.
   *
   * @throws DeviceUnavailableException if this build of ONNX Runtime has no such device, or a
   *     library that it needs is missing
   */
  static SessionOptions options(Device device, int threads) {
    environment(); // before the options, whose failure would explain less
    SessionOptions options = new SessionOptions();
    try {
      options.setIntraOpNumThreads(threads);
      options.setInterOpNumThreads(1);
      options.setExecutionMode(ExecutionMode.SEQUENTIAL);
      options.setOptimizationLevel(OptLevel.ALL_OPT);
      // What is an error is thrown; the rest is not for the host's terminal.
      options.setSessionLogLevel(OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL);
      // Workers that wait by spinning would take the cores from the pixel work after a run.
      options.addConfigEntry("session.force_spinning_stop", "1");
      // A plan of all memory for each block size would come on top of what the first run took.
      options.setMemoryPatternOptimization(false);
      if (providers.hasFor(device.kind())) {
        providers.addTo(options, device);
      } else {
        addOwn(options, device);
      }
      return options;
    } catch (OrtException e) {
      options.close();
      throw unavailable(device, e);
    } catch (RuntimeException e) {
      options.close();
      throw e;
    }
  }

  /** Returns the CPU and the graphics cards, of which an artifact may know more than the first. */
  static List<Device> devices() {
    try {
      environment();
    } catch (DeviceUnavailableException e) { // which the probe of each device tells
      return List.of(Device.cpu());
    }
    Set<Device> devices = new LinkedHashSet<>();
    devices.add(Device.cpu());
    for (Device first : gpus()) { // also one without an artifact: its probe says what to add
      devices.add(first);
      providers.devices().stream()
          .filter(each -> each.kind() == first.kind())
          .forEach(devices::add);
    }
    return ImmutableList.copyOf(devices);
  }

  /** Returns what is known of a device. */
  static Optional<Device.Details> details(Device device) {
    return providers.details(device);
  }

  static DeviceUnavailableException unavailable(Device device, OrtException cause) {
    return new DeviceUnavailableException(reason(device, message(cause)), cause);
  }

  /** Returns the message of a failure in one line, without its numbers for programs. */
  static String message(OrtException e) {
    return RuntimeMessages.inOneLine(e.getMessage());
  }

  /** Adds an execution provider that ONNX Runtime's own artifacts have. */
  private static void addOwn(SessionOptions options, Device device) throws OrtException {
    switch (device.kind()) {
      case CUDA -> addCuda(options, device);
      case COREML -> addCoreMl(options, device);
      case WEBGPU -> addWebGpu(options, device);
      default -> {}
    }
  }

  private static void addCoreMl(SessionOptions options, Device device) throws OrtException {
    if (!OrtEnvironment.getAvailableProviders().contains(OrtProvider.CORE_ML)) {
      throw new DeviceUnavailableException(
          device + " is not available: Core ML is part of macOS", null);
    }
    // Programs keep float32, which the neural engine has not.
    options.addCoreML(Map.of("ModelFormat", "MLProgram", "MLComputeUnits", "CPUAndGPU"));
  }

  private static void addWebGpu(SessionOptions options, Device device) throws OrtException {
    if (!OrtEnvironment.getAvailableProviders().contains(OrtProvider.WEBGPU)) {
      throw new DeviceUnavailableException(
          device
              + " is not available: this build of ONNX Runtime has no WebGPU; add the artifact"
              + " sr-onnx-webgpu",
          null);
    }
    if (device.index() > 0) {
      throw new DeviceUnavailableException(
          device + " is not available: WebGPU chooses the card, which is webgpu:0", null);
    }
    options.addWebGPU(Map.of());
  }

  /** Returns the graphics cards that this platform may have, the best first. */
  static List<Device> gpus() {
    return System.getProperty("os.name").startsWith("Mac")
        ? List.of(Device.coreml(), Device.webgpu(0))
        : List.of(Device.cuda(0), Device.webgpu(0));
  }

  /** Returns the versions on which the speed of a device depends. */
  static String performanceKey(Device device) {
    return String.join(
        " ", environment().getVersion(), driverOfNvidia(), providers.version(device));
  }

  private static String driverOfNvidia() {
    try {
      return Files.readString(Path.of("/proc/driver/nvidia/version"));
    } catch (IOException e) {
      return ""; // no such driver, or not Linux
    }
  }

  private static void addCuda(SessionOptions options, Device device) throws OrtException {
    if (!OrtEnvironment.getAvailableProviders().contains(OrtProvider.CUDA)) {
      throw new DeviceUnavailableException(
          device
              + " is not available: the ONNX Runtime on the class path is the build for the CPU;"
              + " add the artifact io.github.sr4j:sr-onnx-cuda-linux, or -windows",
          null);
    }
    try (OrtCUDAProviderOptions cuda = new OrtCUDAProviderOptions(device.index())) {
      // An exhaustive search takes hundreds of milliseconds for each new block size.
      cuda.add("cudnn_conv_algo_search", "HEURISTIC");
      cuda.add("arena_extend_strategy", "kSameAsRequested");
      cuda.add("use_tf32", "0"); // its error of about 1e-3 would differ from tile to tile
      options.addCUDA(cuda);
    }
  }

  static String reason(Device device, String message) {
    return String.format("%s is not available: %s", device, RuntimeMessages.explained(message));
  }
}
