// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.internal.pipeline;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.sr4j.BlockUpscaler;
import io.github.sr4j.Device;
import io.github.sr4j.FloatImage;
import io.github.sr4j.Model;
import io.github.sr4j.ModelFormatException;
import io.github.sr4j.ModelInfo;
import io.github.sr4j.ModelInfo.Color;
import io.github.sr4j.UpscaleOptions;
import io.github.sr4j.Upscaler;
import io.github.sr4j.internal.testing.FilterNetwork;
import io.github.sr4j.spi.UpscalerProvider;
import java.awt.image.BufferedImage;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A service of upscalers: what it opens when, and what its upscalers share. */
@Timeout(60)
final class UpscalerServiceTest {

  /** A backend that tells what it opened, and opens or runs nothing before its gates are open. */
  private static final class TestProvider implements UpscalerProvider {

    private final List<String> opened = Collections.synchronizedList(new ArrayList<>());
    private final List<FilterNetwork> networks = Collections.synchronizedList(new ArrayList<>());
    private volatile CountDownLatch opening = new CountDownLatch(0);
    private volatile CountDownLatch running = new CountDownLatch(0);
    private volatile String failure = "";

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
      return Stream.of(2, 3, 4).map(scale -> Model.Card.of("small-x" + scale, scale)).toList();
    }

    @Override
    public Device.Report probe(Device device) {
      return new Device.Report(device, Device.cpu(), "there is none");
    }

    @Override
    public BlockUpscaler open(Model model, Device device, int threads) {
      opened.add(model.name());
      await(opening);
      if (!failure.isEmpty()) {
        throw new ModelFormatException(failure, null);
      }
      int scale = Character.digit(model.name().charAt(model.name().lastIndexOf('x') + 1), 10);
      FilterNetwork network = FilterNetwork.of(Color.LUMA, scale, 1);
      networks.add(network);
      return new BlockUpscaler() {
        @Override
        public ModelInfo info() {
          return network.info();
        }

        @Override
        public Device.Report device() {
          return network.device();
        }

        @Override
        public FloatImage upscale(FloatImage block) {
          await(running);
          return network.upscale(block);
        }

        @Override
        public void close() {
          network.close();
        }
      };
    }

    private static void await(CountDownLatch gate) {
      try {
        gate.await();
      } catch (InterruptedException e) {
        throw new CancellationException("interrupted");
      }
    }
  }

  private static final BufferedImage IMAGE = new BufferedImage(8, 6, BufferedImage.TYPE_BYTE_GRAY);

  private final TestProvider provider = new TestProvider();

  private Upscaler.Service service(Upscaler.Builder settings) {
    return settings.backend(provider).buildService();
  }

  private Upscaler.Service service() {
    return service(Upscaler.builder().threads(1));
  }

  @Test
  void models_areOpenedOnce_whenTheyAreFirstAskedFor() {
    try (Upscaler.Service service = service()) {
      assertThat(provider.opened).isEmpty();

      Upscaler two = service.forScale(2);
      assertThat(service.forScale(2)).isSameAs(two);
      assertThat(service.forModel(Model.embedded("small-x2"))).isSameAs(two);
      assertThat(service.forScale(3).scale()).isEqualTo(3);
      Upscaler file = service.forModel(Model.file(Path.of("mine-x4.test")));
      assertThat(service.forModel(Model.file(Path.of("mine-x4.test")))).isSameAs(file);

      assertThat(provider.opened).containsExactly("small-x2", "small-x3", "mine-x4.test");
      assertThat(file.upscale(IMAGE).getWidth()).isEqualTo(32);
    }
  }

  @Test
  void unknownScale_isRefused_andNothingIsOpened() {
    try (Upscaler.Service service = service()) {
      assertThatThrownBy(() -> service.forScale(7))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContainingAll("small-x2 (x2)", "but was 7");
      assertThat(provider.opened).isEmpty();
    }
  }

  @Test
  void threadsThatAskAtOnce_openAModelOnce() throws Exception {
    provider.opening = new CountDownLatch(1);
    try (Upscaler.Service service = service()) {
      List<FutureTask<Upscaler>> asking = new ArrayList<>();
      for (int i = 0; i < 12; i++) {
        asking.add(asked(service, 2));
      }
      awaitThat(() -> provider.opened.size() == 1);
      FutureTask<Upscaler> other = asked(service, 3); // does not wait for the opening of 2
      awaitThat(() -> provider.opened.contains("small-x3"));
      provider.opening.countDown();
      Upscaler three = other.get();

      Set<Upscaler> got = new HashSet<>();
      for (Future<Upscaler> each : asking) {
        got.add(each.get());
      }
      assertThat(got).hasSize(1).doesNotContain(three);
      assertThat(provider.opened).containsExactly("small-x2", "small-x3");
    }
  }

  @Test
  void failure_isThrownToAllThatWait_andForgotten() throws Exception {
    provider.opening = new CountDownLatch(1);
    provider.failure = "small-x2: is damaged";
    try (Upscaler.Service service = service()) {
      FutureTask<Upscaler> first = asked(service, 2);
      awaitThat(() -> provider.opened.size() == 1);
      FutureTask<Upscaler> second = new FutureTask<>(() -> service.forScale(2));
      awaitWaiting(second);
      provider.opening.countDown();

      for (Future<Upscaler> each : List.of(first, second)) {
        assertThatThrownBy(each::get)
            .cause()
            .isInstanceOf(ModelFormatException.class)
            .hasMessage("small-x2: is damaged");
      }
      provider.failure = "";
      assertThat(service.forScale(2).scale()).isEqualTo(2);
    }
  }

  @Test
  void interruptOfTheThreadThatOpens_isNoFailureOfOthers() throws Exception {
    provider.opening = new CountDownLatch(1);
    try (Upscaler.Service service = service()) {
      FutureTask<Upscaler> opening = new FutureTask<>(() -> service.forScale(2));
      Thread thread = new Thread(opening);
      thread.start();
      awaitThat(() -> provider.opened.size() == 1);
      FutureTask<Upscaler> waiting = new FutureTask<>(() -> service.forScale(2));
      awaitWaiting(waiting);
      thread.interrupt();

      assertThatThrownBy(opening::get).cause().isInstanceOf(CancellationException.class);
      provider.opening.countDown();
      assertThat(waiting.get().scale()).isEqualTo(2);
    }
  }

  @Test
  void interruptOfAThreadThatWaits_endsItsWait() throws Exception {
    provider.opening = new CountDownLatch(1);
    try (Upscaler.Service service = service()) {
      FutureTask<Upscaler> opening = asked(service, 2);
      awaitThat(() -> provider.opened.size() == 1);
      boolean[] isInterrupted = new boolean[1];
      FutureTask<Upscaler> waiting =
          new FutureTask<>(
              () -> {
                try {
                  return service.forScale(2);
                } finally {
                  isInterrupted[0] = Thread.currentThread().isInterrupted();
                }
              });
      Thread thread = new Thread(waiting);
      thread.start();
      thread.interrupt();

      assertThatThrownBy(waiting::get)
          .cause()
          .isInstanceOf(CancellationException.class)
          .hasMessageContaining("small-x2: interrupted");
      assertThat(isInterrupted[0]).isTrue();
      provider.opening.countDown();
      assertThat(opening.get().scale()).isEqualTo(2);
    }
  }

  @Test
  void closingAnUpscaler_hasNoEffect() {
    try (Upscaler.Service service = service()) {
      service.forScale(2).close();

      assertThat(service.forScale(2).upscale(IMAGE).getWidth()).isEqualTo(16);
    }
    assertThat(provider.networks).singleElement().extracting(n -> n.closings.get()).isEqualTo(1);
  }

  @Test
  void close_closesAll_once_andRefusesFurtherCalls() {
    Upscaler.Service service = service();
    Upscaler two = service.forScale(2);
    service.forScale(3);
    service.close();
    service.close();

    assertThat(provider.networks).extracting(n -> n.closings.get()).containsExactly(1, 1);
    assertThatThrownBy(() -> service.forScale(2))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("the service of upscalers is closed");
    assertThatThrownBy(() -> two.upscale(IMAGE))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("closed");
    assertThatThrownBy(() -> two.upscaleAsync(IMAGE)).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void close_waitsForCalls_andEndsThoseThatHaveNotBegun() throws Exception {
    provider.running = new CountDownLatch(1);
    Upscaler.Service service = service();
    CompletableFuture<BufferedImage> runs = service.forScale(2).upscaleAsync(IMAGE);
    awaitThat(() -> service.statistics().running() == 1);
    CompletableFuture<BufferedImage> waits = service.forScale(3).upscaleAsync(IMAGE);
    FutureTask<Void> closing = started(new FutureTask<>(service::close, null));
    awaitThat(() -> isClosed(service));
    assertThat(closing.isDone()).isFalse();
    provider.running.countDown();

    closing.get();
    assertThat(runs.get().getWidth()).isEqualTo(16);
    assertThatThrownBy(waits::get).cause().isInstanceOf(IllegalStateException.class);
    assertThat(provider.networks).extracting(n -> n.closings.get()).containsExactly(1, 1);
  }

  @Test
  void close_whileAModelIsOpened_closesItToo() throws Exception {
    provider.opening = new CountDownLatch(1);
    Upscaler.Service service = service();
    FutureTask<Upscaler> opening = asked(service, 2);
    awaitThat(() -> provider.opened.size() == 1);
    FutureTask<Void> closing = started(new FutureTask<>(service::close, null));
    awaitThat(() -> isClosed(service));
    provider.opening.countDown();
    closing.get();

    assertThat(provider.networks).singleElement().extracting(n -> n.closings.get()).isEqualTo(1);
    Upscaler closed = opening.get();
    assertThatThrownBy(() -> closed.upscale(IMAGE)).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void close_whileAModelIsOpened_refusesTheCallsThatWaitAtOnce() throws Exception {
    provider.running = new CountDownLatch(1);
    Upscaler.Service service = service();
    CompletableFuture<BufferedImage> runs = service.forScale(2).upscaleAsync(IMAGE);
    awaitThat(() -> service.statistics().running() == 1);
    CompletableFuture<BufferedImage> waits = service.forScale(2).upscaleAsync(IMAGE);
    provider.opening = new CountDownLatch(1);
    FutureTask<Upscaler> opening = asked(service, 3);
    awaitThat(() -> provider.opened.size() == 2);
    FutureTask<Void> closing = started(new FutureTask<>(service::close, null));
    awaitThat(() -> isClosed(service));
    provider.running.countDown();

    assertThat(runs.get().getWidth()).isEqualTo(16);
    assertThatThrownBy(waits::get).cause().isInstanceOf(IllegalStateException.class);
    assertThat(closing.isDone()).isFalse();
    provider.opening.countDown();
    closing.get();
    opening.get();
  }

  @Test
  void close_byAListener_isRefused_andTheServiceStaysOpen() {
    try (Upscaler.Service service = service()) {
      service.forScale(3);
      Runnable close = service::close;
      UpscaleOptions closing = UpscaleOptions.defaults().listener(progress -> close.run());

      assertThatThrownBy(() -> service.forScale(2).upscale(IMAGE, closing))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("must not be closed by its listener");
      assertThat(service.forScale(3).upscale(IMAGE).getWidth()).isEqualTo(24);
    }
  }

  @Test
  void queue_andCounts_areOfAllUpscalersTogether() throws Exception {
    provider.running = new CountDownLatch(1);
    try (Upscaler.Service service = service(Upscaler.builder().threads(1).maxWaiting(1))) {
      CompletableFuture<BufferedImage> runs = service.forScale(2).upscaleAsync(IMAGE);
      CompletableFuture<BufferedImage> waits = service.forScale(3).upscaleAsync(IMAGE);
      Upscaler four = service.forScale(4);
      assertThatThrownBy(() -> four.upscaleAsync(IMAGE))
          .isInstanceOf(RejectedExecutionException.class)
          .hasMessageStartingWith("maxWaiting is 1 images");
      awaitThat(() -> service.statistics().running() == 1);
      assertThat(service.statistics())
          .isEqualTo(new Upscaler.Statistics(1, 1, 48, 0, 0, 0, 1))
          .isEqualTo(four.statistics());
      provider.running.countDown();

      runs.get(30, SECONDS);
      assertThat(waits.get(30, SECONDS).getWidth()).isEqualTo(24);
      assertThat(service.statistics()).isEqualTo(new Upscaler.Statistics(0, 0, 0, 2, 0, 0, 1));
    }
  }

  @Test
  void whatIsAskedForLater_isRefusedInTheSettings() {
    assertThatThrownBy(() -> Upscaler.builder().scale(2).buildService())
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("scale must not be set for a service, which is asked for it later, but was 2");
    assertThatThrownBy(() -> Upscaler.builder().model("small-x2").buildService())
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("model must not be set");
    assertThatThrownBy(() -> Upscaler.builder().factor(1.5).buildService())
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("factor must not be set");
  }

  @Test
  void settings_areThoseOfTheBuilderWhenTheServiceWasBuilt() {
    Upscaler.Builder settings = Upscaler.builder().maxOpeningTime(Duration.ofMinutes(1));
    try (Upscaler.Service service = service(settings)) {
      settings.maxResultPixels(1);

      assertThat(service.forScale(2).upscale(IMAGE).getWidth()).isEqualTo(16);
    }
  }

  @Test
  void service_isAnInterfaceThatFrameworksProxyAndTestsReplace() {
    try (Upscaler.Service service = service();
        Upscaler.Service proxy =
            (Upscaler.Service)
                Proxy.newProxyInstance(
                    getClass().getClassLoader(),
                    new Class<?>[] {Upscaler.Service.class},
                    (self, method, arguments) -> method.invoke(service, arguments))) {
      assertThat(proxy.forScale(2)).isSameAs(service.forScale(2));
    }
  }

  private static FutureTask<Upscaler> asked(Upscaler.Service service, int scale) {
    return started(new FutureTask<>(() -> service.forScale(scale)));
  }

  private static <T> FutureTask<T> started(FutureTask<T> task) {
    new Thread(task).start();
    return task;
  }

  private static boolean isClosed(Upscaler.Service service) {
    try {
      service.forModel(Model.embedded("no-such-model"));
      return false;
    } catch (IllegalArgumentException e) {
      return false; // there is no such model
    } catch (IllegalStateException e) {
      return true;
    }
  }

  /** Starts a task and returns once its thread waits for another. */
  private static void awaitWaiting(FutureTask<?> task) {
    Thread thread = new Thread(task);
    thread.start();
    awaitThat(() -> thread.getState() == Thread.State.WAITING);
  }

  private static void awaitThat(BooleanSupplier condition) {
    while (!condition.getAsBoolean()) {
      Thread.onSpinWait();
    }
  }
}
