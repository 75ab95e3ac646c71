// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.internal.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.sr4j.BlockUpscaler;
import io.github.sr4j.Device;
import io.github.sr4j.DeviceUnavailableException;
import io.github.sr4j.FloatImage;
import io.github.sr4j.Model;
import io.github.sr4j.ModelInfo;
import io.github.sr4j.SuperResolutionException;
import io.github.sr4j.internal.testing.DelegatingNetwork;
import io.github.sr4j.internal.testing.FilterNetwork;
import io.github.sr4j.shared.util.CacheFolder;
import io.github.sr4j.spi.UpscalerProvider;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The choice among graphics cards and the CPU. */
final class DeviceTrialTest {

  private static final Device CUDA = Device.cuda(0);
  private static final Device WEBGPU = Device.webgpu(0);
  private static final int FAILS = -1;

  /** A network that does the work of a block several times over. */
  private static final class Slowed extends DelegatingNetwork {
    private final int times;
    private int runs;
    private int largest;
    private boolean isClosed;

    Slowed(BlockUpscaler network, int times) {
      super(network);
      this.times = times;
    }

    @Override
    public FloatImage upscale(FloatImage block) {
      runs++;
      largest = Math.max(largest, block.width());
      if (times == FAILS) {
        throw new SuperResolutionException("out of memory", null);
      }
      for (int i = 1; i < times; i++) {
        super.upscale(block);
      }
      return super.upscale(block);
    }

    @Override
    public void close() {
      isClosed = true;
      super.close();
    }
  }

  /** A backend with two cards. */
  private static final class TestProvider implements UpscalerProvider {
    private final Map<Device, Integer> times = new HashMap<>(); // the work, by device that works
    private Optional<String> key = Optional.of("runtime 1, driver 1");
    private ModelInfo.Builder info = ModelInfo.builder("filter", 2).halo(1);
    private final List<Device> probed = new ArrayList<>();
    private final Map<Device, Slowed> opened = new HashMap<>();

    @Override
    public String name() {
      return "test";
    }

    @Override
    public Set<String> modelExtensions() {
      return Set.of("test");
    }

    @Override
    public List<Model.Card> embeddedModels() {
      return List.of(Model.Card.of("small-x2", 2));
    }

    @Override
    public List<Device> gpus() {
      return List.of(CUDA, WEBGPU);
    }

    @Override
    public Optional<String> performanceKey(Device device) {
      return key;
    }

    @Override
    public Device.Report probe(Device device) {
      probed.add(device);
      return times.containsKey(device)
          ? new Device.Report(device, device, "")
          : new Device.Report(device, Device.cpu(), "no " + device);
    }

    @Override
    public BlockUpscaler open(Model model, Device device, int threads) {
      if (!times.containsKey(device)) {
        throw new DeviceUnavailableException("no " + device, null);
      }
      Slowed network = new Slowed(FilterNetwork.of(info, 1), times.get(device));
      opened.put(device, network);
      return network;
    }
  }

  @TempDir Path cache;
  private Optional<String> cacheBefore = Optional.empty();
  private final TestProvider provider = new TestProvider();

  @BeforeEach
  void useCache() {
    cacheBefore = Optional.ofNullable(System.getProperty(CacheFolder.PROPERTY));
    System.setProperty(CacheFolder.PROPERTY, cache.toString());
    provider.times.put(Device.cpu(), 4);
  }

  @AfterEach
  void restoreCache() {
    cacheBefore.ifPresentOrElse(
        before -> System.setProperty(CacheFolder.PROPERTY, before),
        () -> System.clearProperty(CacheFolder.PROPERTY));
  }

  private Device.Report open(Device device) {
    return open(Model.embedded("small-x2"), device, 1);
  }

  private Device.Report open(Model model, Device device, int threads) {
    provider.opened.clear();
    provider.probed.clear();
    ModelOpener.Opened opened =
        new ModelOpener(List.of(provider)).open(model, device, Optional.empty(), threads);
    try (BlockUpscaler network = opened.network()) {
      assertThat(network).isSameAs(provider.opened.get(opened.device().actual()));
      assertThat(provider.opened.values())
          .allSatisfy(each -> assertThat(each.isClosed).isEqualTo(each != network));
    }
    return opened.device();
  }

  @Test
  void auto_isTheCardIfItIsFaster() {
    provider.times.put(CUDA, 1);
    provider.times.put(WEBGPU, 1);

    assertThat(open(Device.auto())).isEqualTo(new Device.Report(Device.auto(), CUDA, ""));
  }

  @Test
  void auto_isTheCpuIfItIsFaster_withTheTimes() {
    provider.times.put(CUDA, 40);

    Device.Report report = open(Device.auto());

    assertThat(report.actual()).isEqualTo(Device.cpu());
    assertThat(report.reason())
        .matches(
            "the CPU is faster than cuda:0: a block of \\d+x\\d+ took [\\d.]+ ms there and [\\d.]+"
                + " ms on the CPU; no webgpu:0");
  }

  @Test
  void auto_isTheSecondCardIfTheFirstIsSlow() {
    provider.times.put(CUDA, 40);
    provider.times.put(WEBGPU, 1);

    Device.Report report = open(Device.auto());

    assertThat(report.actual()).isEqualTo(WEBGPU);
    assertThat(report.reason()).startsWith("the CPU is faster than cuda:0: ").endsWith(" CPU");
  }

  @Test
  void auto_withoutCard_isTheCpu_withEveryReason() {
    assertThat(open(Device.auto()))
        .isEqualTo(new Device.Report(Device.auto(), Device.cpu(), "no cuda:0; no webgpu:0"));
    assertThat(provider.opened.get(Device.cpu()).runs).isZero();
  }

  @Test
  void auto_isNotACardWhoseTrialFails() {
    provider.times.put(CUDA, FAILS);

    assertThat(open(Device.auto()))
        .isEqualTo(
            new Device.Report(
                Device.auto(),
                Device.cpu(),
                "the trial of cuda:0 failed: out of memory; no webgpu:0"));
  }

  /** A slow card is not even probed again; a fast one is, for it may be gone. */
  @Test
  void trial_isRemembered() {
    provider.times.put(CUDA, 40);
    Device.Report first = open(Device.auto());

    assertThat(open(Device.auto())).isEqualTo(first);
    assertThat(provider.probed).containsExactly(WEBGPU);
    assertThat(provider.opened.get(Device.cpu()).runs).isZero();

    provider.key = Optional.of("runtime 1, driver 2");
    provider.times.put(CUDA, 1);
    assertThat(open(Device.auto()).actual()).isEqualTo(CUDA);
    assertThat(open(Device.auto()).actual()).isEqualTo(CUDA);
    assertThat(provider.opened.get(CUDA).runs).isZero();
  }

  @Test
  void trial_isOfTheModelAndTheThreads() throws IOException {
    provider.times.put(CUDA, 1);
    Path file = Files.writeString(cache.resolve("a.test"), "weights");
    open(Device.auto());
    List<Model> models =
        List.of(
            Model.embedded("small-x2"),
            Model.file(file),
            Model.bytes("b.test", new byte[1]),
            Model.bytes("b.test", new byte[2]));
    for (Model model : models) {
      open(model, Device.auto(), 2);
      assertThat(provider.opened.get(CUDA).runs).as(model.toString()).isPositive();
      open(model, Device.auto(), 2);
      assertThat(provider.opened.get(CUDA).runs).as(model.toString()).isZero();
    }
    Files.writeString(file, "longer weights");
    open(Model.file(file), Device.auto(), 2);
    assertThat(provider.opened.get(CUDA).runs).isPositive();
  }

  @Test
  void damagedMemory_isReplaced() throws IOException {
    provider.times.put(CUDA, 40);
    open(Device.auto());
    try (Stream<Path> files = Files.list(cache.resolve("trials"))) {
      for (Path file : files.toList()) {
        Files.writeString(file, "32x32 cpu");
      }
    }
    open(Device.auto());
    assertThat(provider.probed).contains(CUDA);
    open(Device.auto());
    assertThat(provider.probed).doesNotContain(CUDA);
  }

  @Test
  void cacheThatCannotBeWritten_costsATrialEachTime() throws IOException {
    System.setProperty(CacheFolder.PROPERTY, Files.createFile(cache.resolve("file")).toString());
    provider.times.put(CUDA, 40);
    for (int i = 0; i < 2; i++) {
      assertThat(open(Device.auto()).actual()).isEqualTo(Device.cpu());
      assertThat(provider.opened.get(CUDA).runs).isPositive();
    }
  }

  @Test
  void cardWithoutKey_isTakenToBeFaster() {
    provider.key = Optional.empty();
    provider.times.put(CUDA, 40);

    assertThat(open(Device.auto())).isEqualTo(new Device.Report(Device.auto(), CUDA, ""));
    assertThat(provider.opened).containsOnlyKeys(CUDA);
  }

  @Test
  void blocks_fitTheNetwork_andGrowOnlyWhileThereIsTime() {
    provider.times.put(CUDA, 1);
    provider.info = ModelInfo.builder("filter", 2).halo(1).blockWidth(40).blockHeight(24);
    open(Device.auto());
    assertThat(provider.opened.get(CUDA).largest).isEqualTo(40);

    provider.key = Optional.of("aligned");
    provider.info = ModelInfo.builder("filter", 2).halo(16).alignment(16);
    provider.times.put(CUDA, 100); // more than 200 ms for the smallest block
    open(Device.auto());
    assertThat(provider.opened.get(CUDA).largest).isEqualTo(48);

    provider.key = Optional.of("lost");
    provider.info = ModelInfo.builder("filter", 2).halo(1).lostEdge(4);
    provider.times.put(CUDA, 1);
    open(Device.auto());
    assertThat(provider.opened.get(CUDA).largest).isGreaterThan(32);
  }

  @Test
  void gpu_isTheFirstCardThatWorks_neverTheCpu() {
    assertThatThrownBy(() -> open(Device.gpu()))
        .isInstanceOf(DeviceUnavailableException.class)
        .hasMessage("no graphics card can be used: no cuda:0; no webgpu:0");

    provider.times.put(WEBGPU, 1);
    assertThat(open(Device.gpu())).isEqualTo(new Device.Report(Device.gpu(), WEBGPU, "no cuda:0"));
    provider.times.put(CUDA, 1);
    assertThat(open(Device.gpu())).isEqualTo(new Device.Report(Device.gpu(), CUDA, ""));
  }

  @Test
  void gpuThatIsSlowerThanTheCpu_isUsed_andSaysSo() {
    provider.times.put(CUDA, 40);
    provider.times.put(WEBGPU, 40);
    for (Device device : List.of(Device.gpu(), WEBGPU)) {
      for (int i = 0; i < 2; i++) {
        Device.Report report = open(device);
        assertThat(report.actual().kind()).isNotEqualTo(Device.Kind.CPU);
        assertThat(report.reason()).startsWith("the CPU is faster than " + report.actual());
      }
    }
    assertThat(open(CUDA)).isEqualTo(new Device.Report(CUDA, CUDA, ""));
  }
}
