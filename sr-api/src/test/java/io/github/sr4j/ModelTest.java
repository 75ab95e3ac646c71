// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.entry;

import io.github.sr4j.Model.Declaration;
import io.github.sr4j.Model.Declaration.Color;
import io.github.sr4j.Model.Declaration.Layout;
import io.github.sr4j.Model.Declaration.Preupscale;
import io.github.sr4j.Model.Declaration.Range;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

final class ModelTest {

  private static final Declaration ALL =
      Declaration.none()
          .scale(2)
          .preupscale(Preupscale.BICUBIC)
          .color(Color.BGR)
          .layout(Layout.NHWC)
          .range(Range.ONE, Range.SIGNED)
          .halo(8)
          .alignment(4);

  @Test
  void declared_isOfACopy_andReplacesWhatWasDeclaredBefore() {
    Model model = Model.file(Path.of("net.onnx"));
    Model declared = model.declared(Declaration.none().range(Range.BYTE).color(Color.LUMA));

    assertThat(declared.declaration().texts())
        .containsExactly(entry("color", "luma"), entry("range", "255"));
    assertThat(declared.file()).contains(Path.of("net.onnx"));
    assertThat(model.declaration()).isEqualTo(Declaration.none());
    assertThat(declared.declared(Declaration.none().scale(2)).declaration())
        .isEqualTo(Declaration.none().scale(2));
    assertThatThrownBy(() -> declared.declaration().texts().clear())
        .isInstanceOf(UnsupportedOperationException.class);
  }

  @Test
  void accessors_returnWhatIsDeclared_orNothing() {
    assertThat(ALL.scale()).hasValue(2);
    assertThat(ALL.preupscale()).contains(Preupscale.BICUBIC);
    assertThat(ALL.color()).contains(Color.BGR);
    assertThat(ALL.layout()).contains(Layout.NHWC);
    assertThat(ALL.inputRange()).contains(Range.ONE);
    assertThat(ALL.outputRange()).contains(Range.SIGNED);
    assertThat(ALL.halo()).hasValue(8);
    assertThat(ALL.alignment()).hasValue(4);
    assertThat(ALL.texts()).containsOnlyKeys(Declaration.keys());

    Declaration none = Declaration.none();
    assertThat(none.scale()).isEmpty();
    assertThat(none.color()).isEmpty();
    assertThat(none.inputRange()).isEmpty();
    assertThat(none.outputRange()).isEmpty();
    assertThat(none).hasToString("");
  }

  static Stream<Declaration> declarations() {
    return Stream.of(
            Stream.of(ALL, Declaration.none()),
            Stream.of(Color.values()).map(Declaration.none()::color),
            Stream.of(Layout.values()).map(Declaration.none()::layout),
            Stream.of(Preupscale.values()).map(Declaration.none()::preupscale),
            Stream.of(Range.values())
                .flatMap(
                    input ->
                        Stream.of(Range.values())
                            .map(output -> Declaration.none().range(input, output))))
        .flatMap(each -> each);
  }

  @ParameterizedTest
  @MethodSource("declarations")
  void texts_areReadBack(Declaration declaration) {
    Declaration read = Declaration.none();
    for (var text : declaration.texts().entrySet()) {
      read = read.with(text.getKey(), text.getValue());
    }
    assertThat(read).isEqualTo(declaration).hasSameHashCodeAs(declaration);
    assertThat(read).hasToString(declaration.toString());
  }

  @Test
  void declarations_areEqualByTheirProperties() {
    assertThat(Declaration.none().scale(2).halo(3)).isEqualTo(Declaration.none().halo(3).scale(2));
    assertThat(Declaration.none().scale(2)).isNotEqualTo(Declaration.none().scale(3));
    assertThat(Declaration.none().range(Range.ONE))
        .isEqualTo(Declaration.none().range(Range.ONE, Range.ONE))
        .hasToString("range=1");
    assertThat(ALL)
        .hasToString(
            "alignment=4, color=bgr, halo=8, layout=nhwc, preupscale=bicubic, range=1/-1..1,"
                + " scale=2");
  }

  @ParameterizedTest(name = "{0}={1}")
  @CsvSource(
      delimiter = '|',
      value = {
        "scale|0|scale must be a whole number within 1 to 16, but was \"0\"",
        "scale|17|scale must be a whole number within 1 to 16, but was \"17\"",
        "scale|two|scale must be a whole number within 1 to 16, but was \"two\"",
        "scale|99999999999|scale must be a whole number within 1 to 16, but was \"99999999999\"",
        "halo|-1|halo must be a whole number within 0 to 65536, but was \"-1\"",
        "alignment|129|alignment must be a whole number within 1 to 128, but was \"129\"",
        "color|RGB|color must be luma, rgb or bgr, but was \"RGB\"",
        "layout|chw|layout must be nchw or nhwc, but was \"chw\"",
        "preupscale|true|preupscale must be none or bicubic, but was \"true\"",
        "colour|luma|key must be one of scale, preupscale, color, layout, range, halo, alignment,"
            + " but was \"colour\""
      })
  void wrongText_isRefusedAtOnce(String key, String text, String message) {
    assertThatThrownBy(() -> Declaration.none().with(key, text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(message);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "/", "1/", "/1", "2", "1/2", "1/1/1", "0..1"})
  void wrongRange_isRefused(String text) {
    assertThatThrownBy(() -> Declaration.none().with("range", text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "range must be 1, 255 or -1..1, or two of them as input/output, but was \"%s\"", text);
  }

  @Test
  void wrongNumbers_areRefusedAtOnce() {
    Declaration none = Declaration.none();
    assertThatThrownBy(() -> none.scale(17))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("scale must be within 1 to 16, but was 17");
    assertThatThrownBy(() -> none.halo(-1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("halo must be within 0 to 65536, but was -1");
    assertThatThrownBy(() -> none.alignment(0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("alignment must be within 1 to 128, but was 0");
  }

  @Test
  void resource_isReadWhenTheModelIsOpened_fromAClassAndFromALoader(@TempDir Path folder)
      throws Exception {
    Files.createDirectories(folder.resolve("models"));
    Files.write(folder.resolve("models/net.onnx"), new byte[] {4, 5});
    try (URLClassLoader loader =
        new URLClassLoader(new URL[] {folder.toUri().toURL()}, ModelTest.class.getClassLoader())) {
      Model model = Model.resource(loader, "models/net.onnx");
      assertThat(model.name()).isEqualTo("models/net.onnx");
      assertThat(model.isEmbedded()).isFalse();
      assertThat(model.file()).isEmpty();
      assertThat(model.content().orElseThrow()).containsExactly(4, 5);
      assertThat(model.declared(ALL).content().orElseThrow()).containsExactly(4, 5);
    }
    String ownClass = ModelTest.class.getSimpleName() + ".class";
    assertThat(Model.resource(ModelTest.class, ownClass).content().orElseThrow())
        .startsWith(0xca, 0xfe, 0xba, 0xbe);
  }

  @Test
  void absentResource_isRefusedByName() {
    Model beside = Model.resource(ModelTest.class, "absent.onnx"); // nothing is read yet
    assertThatThrownBy(beside::content)
        .isInstanceOf(ModelFormatException.class)
        .hasMessage(
            "absent.onnx: no such resource beside io.github.sr4j.ModelTest; if a named module has"
                + " it, the module must open the package of the resource");
    assertThatThrownBy(Model.resource(ModelTest.class.getClassLoader(), "absent.onnx")::content)
        .isInstanceOf(ModelFormatException.class)
        .hasMessageStartingWith("absent.onnx: no such resource in the class loader");
  }

  @Test
  void equals_isByNameContentAndDeclarations() {
    Model bytes = Model.bytes("net.onnx", new byte[] {1, 2});

    assertThat(bytes)
        .isEqualTo(Model.bytes("net.onnx", new byte[] {1, 2}))
        .hasSameHashCodeAs(Model.bytes("net.onnx", new byte[] {1, 2}))
        .isNotEqualTo(Model.bytes("net.onnx", new byte[] {1, 3}))
        .isNotEqualTo(bytes.declared(Declaration.none().range(Range.BYTE)))
        .isNotEqualTo(Model.file(Path.of("net.onnx")))
        .isNotEqualTo(Model.embedded("net.onnx"));
    assertThat(Model.file(Path.of("net.onnx")))
        .isEqualTo(Model.file(Path.of("net.onnx")))
        .isNotEqualTo(Model.embedded("net.onnx"));
    assertThat(Model.embedded("fast-x2"))
        .isEqualTo(Model.embedded("fast-x2"))
        .isNotEqualTo(Model.embedded("fast-x3"))
        .isNotEqualTo("fast-x2");
  }

  @Test
  void models_areEqualByNameContentAndDeclaration() {
    ClassLoader loader = ModelTest.class.getClassLoader();
    assertThat(Model.resource(loader, "net.onnx"))
        .isEqualTo(Model.resource(loader, "net.onnx"))
        .hasSameHashCodeAs(Model.resource(loader, "net.onnx"))
        .isNotEqualTo(Model.resource(loader, "other.onnx"))
        .isNotEqualTo(Model.resource(ModelTest.class, "net.onnx"))
        .isNotEqualTo(Model.resource(loader, "net.onnx").declared(ALL));
    assertThat(Model.bytes("a.onnx", new byte[] {1}))
        .isEqualTo(Model.bytes("a.onnx", new byte[] {1}))
        .isNotEqualTo(Model.bytes("a.onnx", new byte[] {2}))
        .isNotEqualTo(Model.file(Path.of("a.onnx")));
  }

  @Test
  void bytes_areCopied() {
    byte[] content = {1, 2, 3};
    Model model = Model.bytes("net.onnx", content);
    content[0] = 9;
    model.content().orElseThrow()[1] = 9;

    assertThat(model.content().orElseThrow()).containsExactly(1, 2, 3);
    assertThat(model.isEmbedded()).isFalse();
    assertThat(Model.embedded("fast-x2").isEmbedded()).isTrue();
  }
}
