// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.internal.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Named.named;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import io.github.sr4j.BackendNotFoundException;
import io.github.sr4j.BlockUpscaler;
import io.github.sr4j.Device;
import io.github.sr4j.DeviceUnavailableException;
import io.github.sr4j.Model;
import io.github.sr4j.ModelInfo;
import io.github.sr4j.ModelInfo.Color;
import io.github.sr4j.Upscaler;
import io.github.sr4j.internal.testing.FilterNetwork;
import io.github.sr4j.internal.testing.TestImages;
import io.github.sr4j.shared.models.Catalog;
import io.github.sr4j.spi.UpscalerProvider;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

final class UpscalerBuilderTest {

  private static final Device CUDA = Device.cuda(0);

  /** A backend whose CUDA can be broken in two ways; its models are named after their scale. */
  private static final class TestProvider implements UpscalerProvider {

    private final String name;
    private final List<Model.Card> models;
    private int priority;
    private String probeFailure = "";
    private String openFailure = "";
    private final List<String> opened = new ArrayList<>();
    private FilterNetwork last;
    private Map<String, String> declared = Map.of();

    TestProvider(String name, Model.Card... models) {
      this.name = name;
      this.models = List.of(models);
    }

    @Override
    public String name() {
      return name;
    }

    @Override
    public int priority() {
      return priority;
    }

    @Override
    public Set<String> modelExtensions() {
      return Set.of(name, name + "2", "shared");
    }

    @Override
    public List<Model.Card> embeddedModels() {
      return models;
    }

    @Override
    public Device.Report probe(Device device) {
      return probeFailure.isEmpty()
          ? new Device.Report(device, device, "")
          : new Device.Report(device, Device.cpu(), probeFailure);
    }

    @Override
    public BlockUpscaler open(Model model, Device device, int threads) {
      if (device.kind() == Device.Kind.CUDA && !openFailure.isEmpty()) {
        throw new DeviceUnavailableException(openFailure, null);
      }
      declared = model.declaration().texts();
      opened.add(model + " on " + device + " with " + threads);
      int scale =
          models.stream()
              .filter(embedded -> embedded.name().equals(model.name()))
              .mapToInt(Model.Card::scale)
              .findFirst()
              .orElse(2);
      last =
          FilterNetwork.of(
              ModelInfo.builder("filter", scale)
                  .color(Color.LUMA)
                  .halo(1)
                  .precision(
                      model.name().contains("-int8")
                          ? Model.Precision.INT8
                          : Model.Precision.FLOAT),
              1);
      return last;
    }
  }

  private final TestProvider alpha =
      new TestProvider(
          "alpha",
          Model.Card.of("small-x2", 2),
          Model.Card.of("large-x2", 2),
          Model.Card.of("small-x3", 3));
  private final TestProvider beta = new TestProvider("beta");

  private Upscaler build(Upscaler.Builder builder) {
    return ((UpscalerBuilder) builder).build(new ModelOpener(List.of(alpha, beta)));
  }

  @Test
  void byDefault_firstModelOfScaleTwoIsOpened() {
    try (Upscaler upscaler = build(Upscaler.builder().threads(3))) {
      assertThat(upscaler.info().scale()).isEqualTo(2);
      assertThat(alpha.opened).containsExactly("small-x2 on cuda:0 with 3");
    }
  }

  @Test
  void scale_picksItsFirstModel() {
    build(Upscaler.builder().scale(3).threads(1)).close();

    assertThat(alpha.opened).containsExactly("small-x3 on cuda:0 with 1");
  }

  @ParameterizedTest(name = "factor {0} in {1} passes")
  @CsvSource({
    "0.5, 1, small-x2",
    "2, 1, small-x2",
    "2.01, 1, small-x3",
    "3, 1, small-x3",
    "8, 1, small-x3",
    "4, 2, small-x2",
    "4.5, 2, small-x3",
    "9.5, 2, small-x3"
  })
  void factor_picksTheSmallestScaleThatIsEnough(double factor, int passes, String model) {
    build(Upscaler.builder().factor(factor).passes(passes).threads(1)).close();

    assertThat(alpha.opened).containsExactly(model + " on cuda:0 with 1");
  }

  @Test
  void factor_withoutAnyModel_saysSo() {
    assertThatThrownBy(() -> new UpscalerBuilder().factor(3).build(new ModelOpener(List.of(beta))))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("factor needs a model file, as there is no embedded model, but was 3.0");
  }

  @Test
  void factor_withModel_keepsTheModel() {
    try (Upscaler upscaler = build(Upscaler.builder().model("small-x2").factor(7).threads(1))) {
      assertThat(upscaler.scale()).isEqualTo(2);
      assertThat(upscaler.upscale(TestImages.noise(3, 4, 4)).width()).isEqualTo(28);
    }
  }

  @Test
  void factor_andScale_excludeEachOther() {
    assertThatThrownBy(() -> build(Upscaler.builder().factor(3).scale(3)))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("factor must not be set together with scale");
    assertThat(alpha.opened).isEmpty();
  }

  @Test
  void scale_withoutModel_isRefusedWithTheList() {
    assertThatThrownBy(() -> build(Upscaler.builder().scale(7)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "scale must be that of an embedded model, of which there are small-x2 (x2), large-x2"
                + " (x2), small-x3 (x3), but was 7; other scales need a model file");
  }

  @Test
  void scale_withoutAnyModel_saysSo() {
    assertThatThrownBy(() -> new UpscalerBuilder().build(new ModelOpener(List.of(beta))))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "scale must be that of an embedded model, of which there are none, but was 2; other"
                + " scales need a model file");
  }

  @Test
  void scale_otherThanThatOfTheModel_isRefused_andTheModelClosed() {
    assertThatThrownBy(() -> build(Upscaler.builder().model("small-x3").scale(2)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("scale must be 3, which is that of filter, but was 2");
    assertThat(alpha.last.closings).hasValue(1);
  }

  private static Model.Card card(String name, int scale, long work, double psnr) {
    return Model.Card.of(name, scale)
        .cost(new Model.Card.Cost(work, 1, 1))
        .figures(
            new Model.Card.Figure("Set14", 100 - psnr, 0.5),
            new Model.Card.Figure("Set5", psnr, 0.5));
  }

  /** A package of models that the backend beta runs. */
  private record TestPackage(String name, List<Model.Card> cards) implements Model.Provider {

    TestPackage(String name, Model.Card... cards) {
      this(name, List.of(cards));
    }

    @Override
    public Model model(String model) {
      return Model.bytes(model + ".beta", new byte[1]).declared(Model.Declaration.none().halo(7));
    }
  }

  private static ModelOpener opener(List<UpscalerProvider> backends, Model.Provider... packages) {
    return new ModelOpener(backends, List.of(packages), ModelOpener.DEFAULT_MAX_TIME);
  }

  private static String chosen(ModelOpener opener, UpscalerBuilder builder) {
    return builder.ofScale(opener, 2).name();
  }

  @Test
  void quality_choosesByWorkOrPsnr_fromAllModelsOfTheScale() {
    TestProvider backend =
        new TestProvider(
            "alpha",
            card("middle-x2", 2, 50, 37.2),
            card("fast-x2", 2, 10, 36.9),
            card("x3", 3, 1, 40));
    TestPackage jar =
        new TestPackage("jar", card("best-x2", 2, 500, 38), Model.Card.of("silent-x2", 2));
    ModelOpener opener = opener(List.of(backend), jar);

    assertThat(chosen(opener, new UpscalerBuilder())).isEqualTo("middle-x2");
    assertThat(chosen(opener, new UpscalerBuilder().quality(Model.Quality.FAST)))
        .isEqualTo("fast-x2");
    assertThat(chosen(opener, new UpscalerBuilder().quality(Model.Quality.BEST)))
        .isEqualTo("best-x2");
    assertThat(new UpscalerBuilder().quality(Model.Quality.BEST).ofScale(opener, 3).name())
        .isEqualTo("x3");
    assertThatThrownBy(() -> new UpscalerBuilder().quality(Model.Quality.BEST).ofScale(opener, 5))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith(
            "scale must be that of an embedded model, of which there are middle-x2");
  }

  @Test
  void purpose_isHeld_orRefusedWithTheModelsThatThereAre() {
    TestPackage jar =
        new TestPackage(
            "jar",
            card("ink-x2", 2, 1, 99).purpose(Model.Purpose.ILLUSTRATION),
            card("photo-x2", 2, 9, 1));
    ModelOpener opener = opener(List.of(beta), jar);

    assertThat(chosen(opener, new UpscalerBuilder().purpose(Model.Purpose.ILLUSTRATION)))
        .isEqualTo("ink-x2");
    assertThat(chosen(opener, new UpscalerBuilder().quality(Model.Quality.FAST)))
        .as("the purpose is PHOTO then")
        .isEqualTo("photo-x2");
    assertThatThrownBy(() -> chosen(opener, new UpscalerBuilder().purpose(Model.Purpose.DEGRADED)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "purpose must be that of a model of scale 2, of which there are ink-x2 (illustration),"
                + " photo-x2 (photo), but was degraded");
  }

  @Test
  void qualityOfAFactor_choosesAmongTheScalesOfThePurpose() {
    TestPackage jar =
        new TestPackage(
            "jar",
            card("ink-x4", 4, 1, 99).purpose(Model.Purpose.ILLUSTRATION),
            card("photo-x3", 3, 9, 1));
    ModelOpener opener = opener(List.of(alpha), jar);

    new UpscalerBuilder()
        .factor(3.5)
        .purpose(Model.Purpose.ILLUSTRATION)
        .build(opener(List.of(beta, alpha), jar))
        .close();

    assertThat(beta.opened).singleElement().asString().startsWith("ink-x4.beta");
    assertThat(opener.ofFactor(2.5, 1, Catalog.Choice.NONE).name())
        .as("that of a program from before the jar was added")
        .isEqualTo("small-x3");
  }

  @Test
  void packagedModel_isOpenedByNameWithItsDeclaration_byTheBackendOfItsFormat() {
    ModelOpener opener =
        opener(List.of(alpha, beta), new TestPackage("jar", Model.Card.of("tiny-x2", 2)));

    new UpscalerBuilder().model(Model.embedded("tiny-x2")).threads(1).build(opener).close();

    assertThat(beta.opened).containsExactly("tiny-x2.beta on cuda:0 with 1");
    assertThat(beta.declared).containsExactly(Map.entry("halo", "7"));
    assertThat(opener.catalog().cards())
        .extracting(Model.Card::name)
        .containsExactly("small-x2", "large-x2", "small-x3", "tiny-x2");
    assertThatThrownBy(() -> new UpscalerBuilder().model(Model.embedded("tiny-x3")).build(opener))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("small-x3 (x3), tiny-x2 (x2), but was \"tiny-x3\"");
  }

  @Test
  void packagedModel_ofAScaleThatNoBackendHas_isItsDefault() {
    ModelOpener opener =
        opener(
            List.of(alpha, beta),
            new TestPackage("jar", Model.Card.of("tiny-x2", 2), Model.Card.of("tiny-x8", 8)));

    assertThat(opener.ofScale(8, Catalog.Choice.NONE).name()).isEqualTo("tiny-x8");
    assertThat(opener.ofScale(2, Catalog.Choice.NONE).name()).isEqualTo("small-x2");
    assertThat(
            opener(List.of(beta), new TestPackage("jar", Model.Card.of("tiny-x8", 8)))
                .ofFactor(3, 1, Catalog.Choice.NONE)
                .name())
        .isEqualTo("tiny-x8");
  }

  private static Model.Card withInt8(Model.Card card) {
    return card.int8(new Model.Card.Int8(card.name() + "-int8", 1, List.of()));
  }

  @Test
  void precisionInt8_opensTheInt8FormOfTheModel_whoeverHasIt() {
    TestProvider backend = new TestProvider("alpha", withInt8(Model.Card.of("small-x2", 2)));
    ModelOpener opener =
        opener(List.of(backend, beta), new TestPackage("jar", withInt8(card("tiny-x3", 3, 1, 30))));

    for (String model : List.of("small-x2", "small-x2-int8", "tiny-x3", "tiny-x3-int8")) {
      try (Upscaler upscaler =
          new UpscalerBuilder()
              .model(Model.embedded(model))
              .precision(Model.Precision.INT8)
              .threads(1)
              .build(opener)) {
        assertThat(upscaler.info().precision()).isEqualTo(Model.Precision.INT8);
      }
    }
    new UpscalerBuilder().precision(Model.Precision.INT8).threads(1).build(opener).close();
    new UpscalerBuilder().threads(1).build(opener).close();
    new UpscalerBuilder().precision(Model.Precision.FLOAT).threads(1).build(opener).close();

    assertThat(backend.opened)
        .containsExactly(
            "small-x2-int8 on cuda:0 with 1",
            "small-x2-int8 on cuda:0 with 1",
            "small-x2-int8 on cuda:0 with 1",
            "small-x2 on cuda:0 with 1",
            "small-x2 on cuda:0 with 1");
    assertThat(beta.opened)
        .containsExactly(
            "tiny-x3-int8.beta on cuda:0 with 1", "tiny-x3-int8.beta on cuda:0 with 1");
    assertThat(beta.declared).containsExactly(Map.entry("halo", "7"));
  }

  @Test
  void declaration_isThatOfTheInt8FormToo() {
    ModelOpener opener =
        opener(List.of(beta), new TestPackage("jar", withInt8(Model.Card.of("tiny-x2", 2))));

    new UpscalerBuilder()
        .model(Model.embedded("tiny-x2").declared(Model.Declaration.none().halo(9)))
        .precision(Model.Precision.INT8)
        .build(opener)
        .close();

    assertThat(beta.declared).containsExactly(Map.entry("halo", "9"));
  }

  @Test
  void precision_thatTheModelLacks_isRefused_andTheModelClosed() {
    assertThatThrownBy(
            () -> build(Upscaler.builder().model("small-x3").precision(Model.Precision.INT8)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "precision must be float, which is that of small-x3, but was int8; \"sr4j quantize"
                + " small-x3 --data IMAGES --out FILE.onnx\" makes a file in int8, to be opened as"
                + " the model");
    assertThat(alpha.last.closings).hasValue(1);
    assertThatThrownBy(
            () ->
                build(
                    Upscaler.builder()
                        .model(Path.of("net-int8.beta"))
                        .precision(Model.Precision.FLOAT)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "precision must be int8, which is that of net-int8.beta, but was float; open the model"
                + " that it was made from");
    assertThat(beta.last.closings).hasValue(1);
    build(Upscaler.builder().model(Path.of("net-int8.beta")).precision(Model.Precision.INT8))
        .close();
    build(Upscaler.builder().model(Path.of("net-int8.beta"))).close();
  }

  @Test
  void precision_isSetOnce_andForOpening() {
    UpscalerBuilder builder = new UpscalerBuilder().precision(Model.Precision.INT8);

    assertThatThrownBy(() -> builder.precision(Model.Precision.INT8))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("precision was already set to INT8");
    assertThatThrownBy(() -> builder.build(FilterNetwork.of(Color.LUMA, 2, 1)))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("precision must not be set for a network that is already loaded, but was INT8");
  }

  @Test
  void int8FormOfTheNameOfAnotherModel_isRefused() {
    ModelOpener opener =
        opener(
            List.of(alpha),
            new TestPackage(
                "jar",
                Model.Card.of("tiny-x2", 2).int8(new Model.Card.Int8("small-x2", 1, List.of()))));

    assertThatThrownBy(() -> opener.catalog().cards())
        .isInstanceOf(IllegalStateException.class)
        .hasMessage(
            "two models are named \"small-x2\": of alpha and of jar; remove one from the class"
                + " path");
  }

  @Test
  void modelsOfOneName_areRefused() {
    ModelOpener opener =
        opener(List.of(alpha), new TestPackage("jar", Model.Card.of("small-x2", 2)));

    assertThatThrownBy(() -> opener.catalog().cards())
        .isInstanceOf(IllegalStateException.class)
        .hasMessage(
            "two models are named \"small-x2\": of alpha and of jar; remove one from the class"
                + " path");
  }

  @Test
  void quality_ofAModelThatIsNamed_isRefused() {
    assertThatThrownBy(
            () -> build(Upscaler.builder().model("small-x2").quality(Model.Quality.FAST)))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("quality must not be set together with model, but was FAST");
    assertThatThrownBy(
            () -> build(Upscaler.builder().model("small-x2").purpose(Model.Purpose.PHOTO)))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("purpose must not be set together with model, but was PHOTO");
  }

  @Test
  void scale_isDeclaredOfWeights_butNotOfOnnxModels() {
    Model weights = Model.bytes("net.beta", new byte[1]);

    build(Upscaler.builder().model(weights).scale(2).threads(1)).close();
    assertThat(beta.declared).containsExactly(Map.entry("scale", "2"));

    assertThatThrownBy(
            () ->
                build(
                        Upscaler.builder()
                            .model(weights.declared(Model.Declaration.none().scale(3)))
                            .scale(2))
                    .close())
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("scale must be 3, which the model was declared to have, but was 2");

    TestProvider onnx = new TestProvider("onnx");
    ((UpscalerBuilder) Upscaler.builder().model(Model.bytes("a.onnx", new byte[1])).scale(2))
        .build(new ModelOpener(List.of(onnx)))
        .close();
    assertThat(onnx.declared).isEmpty();
  }

  @Test
  void model_byName() {
    build(Upscaler.builder().model("large-x2").scale(2).threads(1)).close();

    assertThat(alpha.opened).containsExactly("large-x2 on cuda:0 with 1");
  }

  @Test
  void model_byUnknownName_isRefusedWithTheList() {
    assertThatThrownBy(() -> build(Upscaler.builder().model("huge")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "model must be an embedded model, of which there are small-x2 (x2), large-x2 (x2),"
                + " small-x3 (x3), but was \"huge\"; a file is given as a Path");
  }

  @ParameterizedTest
  @ValueSource(strings = {"net.beta", "folder.alpha/NET.BETA2"})
  void file_isOpenedByTheBackendOfItsExtension(String file) {
    build(Upscaler.builder().model(Path.of(file)).device(Device.cpu()).threads(1)).close();

    assertThat(beta.opened).containsExactly(Path.of(file) + " on cpu with 1");
    assertThat(alpha.opened).isEmpty();
  }

  @Test
  void bytes_areOpenedByTheBackendOfTheirNamesExtension() {
    Model model = Model.bytes("net.beta", new byte[1]);

    build(Upscaler.builder().model(model).device(Device.cpu()).threads(1)).close();

    assertThat(beta.opened).containsExactly("net.beta on cpu with 1");
  }

  @Test
  void file_ofUnknownExtension_isRefusedWithTheList() {
    assertThatThrownBy(() -> build(Upscaler.builder().model(Path.of("net.pt"))))
        .isInstanceOf(BackendNotFoundException.class)
        .hasMessage(
            "no backend opens net.pt (extension \"pt\"); on the class path \"alpha\" opens .alpha,"
                + " .alpha2, .shared, \"beta\" opens .beta, .beta2, .shared");
  }

  private static String warningsOf(Runnable action) {
    PrintStream before = System.err;
    ByteArrayOutputStream log = new ByteArrayOutputStream();
    System.setErr(new PrintStream(log, true, StandardCharsets.UTF_8));
    try {
      action.run();
    } finally {
      System.setErr(before);
    }
    return log.toString(StandardCharsets.UTF_8);
  }

  /** A plug-in whose name sorts before ours must not become the default by that. */
  @Test
  void backendOfHigherPriority_isTheDefault_whateverItsName() {
    TestProvider plugIn = new TestProvider("aaa", Model.Card.of("near", 2));
    TestProvider ours = new TestProvider("onnx", Model.Card.of("net", 2));
    ours.priority = 100;
    ModelOpener opener = new ModelOpener(List.of(plugIn, ours));

    String warnings =
        warningsOf(
            () -> {
              assertThat(opener.ofScale(2, Catalog.Choice.NONE).name()).isEqualTo("net");
              assertThat(opener.ofFactor(7.5, 1, Catalog.Choice.NONE).name()).isEqualTo("net");
              opener
                  .open(Model.bytes("x.shared", new byte[1]), Device.cpu(), Optional.empty(), 1)
                  .network()
                  .close();
            });

    assertThat(ours.opened).hasSize(1);
    assertThat(plugIn.opened).isEmpty();
    assertThat(warnings).doesNotContain("priority");
  }

  @Test
  void backendsOfOnePriority_areTakenByName_withAWarning() {
    ModelOpener opener =
        new ModelOpener(
            List.of(
                new TestProvider("aaa", Model.Card.of("near", 2)),
                new TestProvider("bbb", Model.Card.of("net", 2))));

    String warnings =
        warningsOf(
            () -> assertThat(opener.ofScale(2, Catalog.Choice.NONE).name()).isEqualTo("near"));

    assertThat(warnings)
        .contains(
            "the backends \"aaa\" and \"bbb\" have an embedded model of scale 2 and have the same"
                + " priority, 0; \"aaa\" is used, whose name comes first");
  }

  @Test
  void create_withoutBackend_saysWhatToAdd() {
    assertThatThrownBy(Upscaler::create)
        .isInstanceOf(BackendNotFoundException.class)
        .hasMessage(
            "no backend is on the class path; add the artifact that contains one (for example"
                + " sr-onnx) to the runtime class path");
  }

  @Test
  void auto_isCudaIfItWorks() {
    try (Upscaler upscaler = build(Upscaler.builder())) {
      assertThat(upscaler.device()).isEqualTo(new Device.Report(Device.auto(), CUDA, ""));
    }
  }

  @Test
  void auto_isTheCpuIfTheProbeFails_withTheReason() {
    alpha.probeFailure = "no card";

    try (Upscaler upscaler = build(Upscaler.builder().device(Device.auto()))) {
      assertThat(upscaler.device())
          .isEqualTo(new Device.Report(Device.auto(), Device.cpu(), "no card"));
    }
  }

  @Test
  void auto_isTheCpuIfCudaFailsAfterTheProbe_withTheReason() {
    alpha.openFailure = "out of memory";

    try (Upscaler upscaler = build(Upscaler.builder())) {
      assertThat(upscaler.device())
          .isEqualTo(new Device.Report(Device.auto(), Device.cpu(), "out of memory"));
    }
  }

  @Test
  void cuda_isNeverReplacedUnasked() {
    alpha.openFailure = "no card";

    assertThatThrownBy(() -> build(Upscaler.builder().device(CUDA)))
        .isInstanceOf(DeviceUnavailableException.class)
        .hasMessage("no card");
    assertThat(alpha.opened).isEmpty();
  }

  @Test
  void fallback_isUsed_reported_andLoggedOnceAsWarning() {
    alpha.openFailure = "no card";
    PrintStream errors = System.err;
    ByteArrayOutputStream log = new ByteArrayOutputStream();
    System.setErr(new PrintStream(log, true, StandardCharsets.UTF_8));
    try (Upscaler upscaler = build(Upscaler.builder().device(CUDA).fallback(Device.cpu()))) {
      assertThat(upscaler.device()).isEqualTo(new Device.Report(CUDA, Device.cpu(), "no card"));
      upscaler.upscale(TestImages.noise(3, 4, 4));
    } finally {
      System.setErr(errors);
    }
    assertThat(log.toString(StandardCharsets.UTF_8).lines())
        .singleElement()
        .asString()
        .contains("WARN", "small-x2 runs on cpu instead of cuda:0: no card");
  }

  @Test
  void fallback_isNotUsedIfTheDeviceWorks() {
    try (Upscaler upscaler = build(Upscaler.builder().device(CUDA).fallback(Device.cpu()))) {
      assertThat(upscaler.device()).isEqualTo(new Device.Report(CUDA, CUDA, ""));
    }
  }

  @Test
  void fallback_thatFailsToo_reportsBoth() {
    alpha.openFailure = "no card";

    assertThatThrownBy(() -> build(Upscaler.builder().device(CUDA).fallback(Device.cuda(1))))
        .isInstanceOf(DeviceUnavailableException.class)
        .satisfies(e -> assertThat(e.getSuppressed()).hasSize(1));
  }

  @Test
  void tileSize_ofModelWithoutHalo_closesTheModel() {
    FilterNetwork network = FilterNetwork.withoutHalo(2);
    UpscalerProvider provider =
        new UpscalerProvider() {
          @Override
          public String name() {
            return "gamma";
          }

          @Override
          public Set<String> modelExtensions() {
            return Set.of("gamma");
          }

          @Override
          public List<Model.Card> embeddedModels() {
            return List.of();
          }

          @Override
          public Device.Report probe(Device device) {
            return new Device.Report(device, Device.cpu(), "none");
          }

          @Override
          public BlockUpscaler open(Model model, Device device, int threads) {
            return network;
          }
        };

    assertThatThrownBy(
            () ->
                new UpscalerBuilder()
                    .model(Model.file(Path.of("net.gamma")))
                    .tileSize(32)
                    .build(new ModelOpener(List.of(provider))))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("tileSize must not be set for filter, but was 32");
    assertThat(network.closings).hasValue(1);
  }

  static Stream<Arguments> optionsOfOpening() {
    return Stream.of(
        arguments(named("model", Upscaler.builder().model("small-x2")), "model", "small-x2"),
        arguments(named("scale", Upscaler.builder().scale(2)), "scale", "2"),
        arguments(named("device", Upscaler.builder().device(CUDA)), "device", "cuda:0"),
        arguments(named("fallback", Upscaler.builder().fallback(CUDA)), "fallback", "cuda:0"),
        arguments(
            named("backend", Upscaler.builder().backend(new TestProvider("alpha"))),
            "backend",
            "\"alpha\""),
        arguments(
            named("time", Upscaler.builder().maxOpeningTime(Duration.ofSeconds(5))),
            "maxOpeningTime",
            "5 seconds"));
  }

  /** It is on no class path, as that of a plug-in. */
  @Test
  void backend_opensTheModel_inPlaceOfThoseThatAreFound() {
    TestProvider backend = new TestProvider("alpha", Model.Card.of("x2", 2));

    Upscaler.builder().backend(backend).device(Device.cpu()).build().close();

    assertThat(backend.opened).hasSize(1);
    assertThatThrownBy(() -> Upscaler.builder().backend(backend).backend(backend))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("backend was already set to \"alpha\"");
    assertThatThrownBy(() -> Upscaler.builder().backend(() -> "alpha"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("backend must be an UpscalerProvider, but \"alpha\" is none");
  }

  @ParameterizedTest
  @MethodSource("optionsOfOpening")
  void optionsOfOpening_areRefusedForALoadedNetwork(
      Upscaler.Builder builder, String option, String value) {
    FilterNetwork network = FilterNetwork.of(Color.LUMA, 2, 1);

    assertThatThrownBy(() -> builder.build(network))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage(
            "%s must not be set for a network that is already loaded, but was %s", option, value);
    assertThat(network.closings).hasValue(0);
  }

  @Test
  void options_outOfRange_areRefused() {
    Upscaler.Builder builder = Upscaler.builder();

    assertThatThrownBy(() -> builder.scale(0)).hasMessage("scale must be at least 1, but was 0");
    assertThatThrownBy(() -> builder.threads(0))
        .hasMessage("threads must be within 1 to 1024, but was 0");
    assertThatThrownBy(() -> builder.tileSize(8))
        .hasMessage("tileSize must be at least 16 pixels, but was 8");
    assertThatThrownBy(() -> builder.fallback(Device.auto()))
        .hasMessage("fallback must be cpu, cuda:N, coreml or webgpu:N, but was auto");
    assertThatThrownBy(() -> builder.fallback(Device.gpu()))
        .hasMessage("fallback must be cpu, cuda:N, coreml or webgpu:N, but was gpu");
    assertThatThrownBy(() -> builder.factor(0))
        .hasMessage("factor must be within 0.01 to 256, but was 0.0");
    assertThatThrownBy(() -> builder.passes(5))
        .hasMessage("passes must be within 1 to 4, but was 5");
    assertThatThrownBy(() -> builder.approximateTiles(0))
        .hasMessage("approximateTiles must be within 1 to 1024, but was 0");
    assertThatThrownBy(() -> builder.maxPixels(0))
        .hasMessage("maxPixels must be at least 1, but was 0");
  }

  @Test
  void options_areSetOnce() {
    Upscaler.Builder builder =
        Upscaler.builder()
            .model("small-x2")
            .scale(2)
            .threads(1)
            .tileSize(16)
            .device(CUDA)
            .fallback(Device.cpu())
            .passes(2)
            .approximateTiles(8)
            .maxPixels(100);

    assertThatThrownBy(() -> builder.passes(2)).hasMessage("passes was already set to 2");
    assertThatThrownBy(() -> builder.approximateTiles(8))
        .hasMessage("approximateTiles was already set to 8");
    assertThatThrownBy(() -> builder.maxPixels(1)).hasMessage("maxPixels was already set to 100");
    assertThatThrownBy(() -> Upscaler.builder().factor(2).factor(2))
        .hasMessage("factor was already set to 2.0");
    assertThatThrownBy(() -> builder.model(Path.of("a.onnx")))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("model was already set to small-x2");
    assertThatThrownBy(() -> builder.scale(2)).hasMessage("scale was already set to 2");
    assertThatThrownBy(() -> builder.threads(2)).hasMessage("threads was already set to 1");
    assertThatThrownBy(() -> builder.tileSize(32)).hasMessage("tileSize was already set to 16");
    assertThatThrownBy(() -> builder.device(CUDA)).hasMessage("device was already set to cuda:0");
    assertThatThrownBy(() -> builder.fallback(CUDA)).hasMessage("fallback was already set to cpu");
    assertThatCode(() -> build(builder).close()).doesNotThrowAnyException();
  }
}
