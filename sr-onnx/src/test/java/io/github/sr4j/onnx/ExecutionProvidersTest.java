// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.onnx;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession.SessionOptions;
import io.github.sr4j.Device;
import io.github.sr4j.DeviceUnavailableException;
import io.github.sr4j.onnx.shared.ExecutionProvider;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.CancellationException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ExecutionProvidersTest {

  private static final Device CUDA = Device.cuda(0);
  private static final Path FOLDER = Path.of("natives");

  /** An execution provider for CUDA or for nothing, which counts how often it is asked. */
  private static final class Fake implements ExecutionProvider {
    private final String name;
    private final Set<Device.Kind> kinds;
    private final String obstacle;
    private final List<Device> added = new ArrayList<>();
    private int preflights;
    private boolean isDiskFull;

    Fake(String name, Set<Device.Kind> kinds, String obstacle) {
      this.name = name;
      this.kinds = kinds;
      this.obstacle = obstacle;
    }

    @Override
    public String name() {
      return name;
    }

    @Override
    public int priority() {
      return 0;
    }

    @Override
    public Set<Device.Kind> kinds() {
      return kinds;
    }

    @Override
    public Optional<String> obstacle() {
      preflights++;
      if (obstacle.equals("interrupt") && preflights == 1) {
        throw new CancellationException("interrupted");
      }
      if (obstacle.equals("crash")) {
        throw new UnsatisfiedLinkError("no room for jnidispatch");
      }
      return Optional.of(obstacle).filter(reason -> !reason.isEmpty());
    }

    @Override
    public Optional<String> obstacle(Device device) {
      return device.index() == 0 ? Optional.empty() : Optional.of("there is one card");
    }

    @Override
    public List<Device> devices() {
      return kinds.isEmpty() ? List.of() : List.of(CUDA, Device.cuda(1));
    }

    @Override
    public Optional<Device.Details> details(Device device) {
      return Optional.of(
          new Device.Details(name, name, "", OptionalLong.empty(), OptionalLong.empty()));
    }

    @Override
    public Path libraries() throws IOException {
      if (isDiskFull) {
        throw new IOException("no space left on device");
      }
      return FOLDER.resolve(name);
    }

    @Override
    public void addTo(SessionOptions options, Device device) {
      added.add(device);
    }
  }

  private final Fake cuda = new Fake("sr-onnx-cuda", Set.of(Device.Kind.CUDA), "");
  private final Fake other = new Fake("sr-onnx-other", Set.of(), "");
  private final Fake withoutDriver =
      new Fake("sr-onnx-cuda", Set.of(Device.Kind.CUDA), "there is no driver");

  @Test
  void libraries_areOfTheFirstThatThisMachineCanUse() {
    assertThat(ExecutionProviders.of(List.of(cuda, other)).libraries())
        .contains(FOLDER.resolve("sr-onnx-cuda"));
    assertThat(other.preflights).isZero();
    assertThat(ExecutionProviders.of(List.of(withoutDriver, other)).libraries())
        .contains(FOLDER.resolve("sr-onnx-other"));
    assertThat(ExecutionProviders.of(List.of(withoutDriver)).libraries()).isEmpty();
    assertThat(ExecutionProviders.of(List.of()).libraries()).isEmpty();
  }

  @Test
  void librariesThatCannotBeUnpacked_arePassedOver_withTheReason() {
    cuda.isDiskFull = true;
    ExecutionProviders providers = ExecutionProviders.of(List.of(cuda, other));

    assertThat(providers.libraries()).contains(FOLDER.resolve("sr-onnx-other"));
    assertThatThrownBy(() -> add(providers, CUDA))
        .isInstanceOf(DeviceUnavailableException.class)
        .hasMessage(
            "cuda:0 is not available: the libraries of sr-onnx-cuda cannot be unpacked: the disk is"
                + " full");
  }

  @Test
  void preflightThatFails_isMadeOnce_andRefusesTheDeviceWithItsReason() {
    ExecutionProviders providers = ExecutionProviders.of(List.of(withoutDriver));

    assertThat(providers.libraries()).isEmpty();
    for (int i = 0; i < 2; i++) {
      assertThatThrownBy(() -> add(providers, CUDA))
          .isInstanceOf(DeviceUnavailableException.class)
          .hasMessage("cuda:0 is not available: there is no driver");
    }
    assertThat(withoutDriver.preflights).isEqualTo(1);
    assertThat(withoutDriver.added).isEmpty();
  }

  @Test
  void preflightThatBreaks_isAnObstacle_andTheCpuRemains() {
    Fake broken = new Fake("sr-onnx-cuda", Set.of(Device.Kind.CUDA), "crash");
    ExecutionProviders providers = ExecutionProviders.of(List.of(broken));

    assertThat(providers.libraries()).isEmpty();
    assertThatThrownBy(() -> add(providers, CUDA))
        .isInstanceOf(DeviceUnavailableException.class)
        .hasMessage(
            "cuda:0 is not available: the check of sr-onnx-cuda failed: no room for jnidispatch");
  }

  @Test
  void preflightThatIsCancelled_isMadeAgain() {
    Fake interrupted = new Fake("sr-onnx-cuda", Set.of(Device.Kind.CUDA), "interrupt");
    ExecutionProviders providers = ExecutionProviders.of(List.of(interrupted));

    assertThatThrownBy(providers::libraries).isInstanceOf(CancellationException.class);
    assertThat(providers.libraries()).isEmpty();
    assertThat(interrupted.preflights).isEqualTo(2);
  }

  @Test
  void device_isAddedByTheArtifactOfItsKind_unlessThatRefusesIt() {
    ExecutionProviders providers = ExecutionProviders.of(List.of(cuda, other));

    assertThat(providers.libraries()).isPresent();
    assertThatCode(() -> add(providers, CUDA)).doesNotThrowAnyException();
    assertThatThrownBy(() -> add(providers, Device.cuda(1)))
        .hasMessage("cuda:1 is not available: there is one card");
    assertThat(cuda.added).containsExactly(CUDA);
    assertThat(providers.hasFor(Device.Kind.CUDA)).isTrue();
    assertThat(providers.hasFor(Device.Kind.CPU)).isFalse();
  }

  @Test
  void devices_areThoseOfAllArtifacts_alsoIfTheyDoNotWork() {
    ExecutionProviders providers = ExecutionProviders.of(List.of(withoutDriver, other));

    assertThat(providers.devices()).containsExactly(CUDA, Device.cuda(1));
    assertThat(providers.details(CUDA))
        .hasValueSatisfying(details -> assertThat(details.name()).isEqualTo("sr-onnx-cuda"));
    assertThat(providers.details(Device.cpu())).isEmpty();
    assertThat(withoutDriver.preflights).isEqualTo(1);
  }

  /** As where both an artifact for CUDA and one for another kind of device work. */
  @Test
  void deviceOfAnArtifactWhoseLibrariesAreNotLoaded_isRefused() {
    ExecutionProviders providers = ExecutionProviders.of(List.of(other, cuda));

    assertThat(providers.libraries()).contains(FOLDER.resolve("sr-onnx-other"));
    assertThatThrownBy(() -> add(providers, CUDA))
        .isInstanceOf(DeviceUnavailableException.class)
        .hasMessage(
            "cuda:0 is not available: this process has loaded the native libraries of"
                + " sr-onnx-other instead of those of sr-onnx-cuda; a process loads one set");
  }

  /** Where the host says itself where the libraries are, none is loaded of an artifact. */
  @Test
  void deviceInLibrariesOfTheHost_isAdded() {
    ExecutionProviders providers = ExecutionProviders.of(List.of(other, cuda));

    assertThatCode(() -> add(providers, CUDA)).doesNotThrowAnyException();
  }

  private static void add(ExecutionProviders providers, Device device) throws OrtException {
    OnnxRuntime.environment(); // loads the class of the options
    try (SessionOptions options = new SessionOptions()) {
      providers.addTo(options, device);
    }
  }

  /** An artifact on the class path that brings the libraries for the CPU in a folder of its own. */
  public static final class Added implements ExecutionProvider {

    /** Creates it; {@link java.util.ServiceLoader} does. */
    public Added() {}

    @Override
    public String name() {
      return "added";
    }

    @Override
    public int priority() {
      return 1;
    }

    @Override
    public Set<Device.Kind> kinds() {
      return Set.of(Device.Kind.CUDA);
    }

    @Override
    public Optional<String> obstacle() {
      return Optional.ofNullable(System.getProperty("test.obstacle"));
    }

    @Override
    public Path libraries() {
      return NativeLibraries.unpack().orElseThrow().path();
    }

    @Override
    public void addTo(SessionOptions options, Device device) {
      System.out.println("added " + device);
    }
  }

  /** Prints the device that a probe of CUDA found, and the reason. */
  static final class Probe {

    private Probe() {}

    public static void main(String[] args) {
      Device.Report report = OnnxRuntime.probe(CUDA);
      System.out.println(report.actual() + " " + report.reason());
    }
  }

  @Test
  void artifactOnTheClassPath_isFound_andAddsItsDevice(@TempDir Path directory) throws Exception {
    Path services = Files.createDirectories(directory.resolve("META-INF/services"));
    Files.writeString(services.resolve(ExecutionProvider.class.getName()), Added.class.getName());

    assertThat(probe(directory)).isEqualTo("added cuda:0\ncuda:0 \n");
    assertThat(probe(directory, "-Dtest.obstacle=there is no driver"))
        .isEqualTo("cpu cuda:0 is not available: there is no driver\n");
  }

  private static String probe(Path classes, String... options)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of(options));
    String path = classes + File.pathSeparator + System.getProperty("java.class.path");
    command.addAll(List.of("-cp", path, Probe.class.getName()));
    Process process =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD).start();
    String output = new String(process.getInputStream().readAllBytes(), UTF_8);
    assertThat(process.waitFor()).isZero();
    return output;
  }
}
