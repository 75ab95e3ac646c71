// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.github.sr4j.Output;
import io.github.sr4j.UpscaleOptions;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

final class CallFormTest {

  @Test
  void options_survive() throws Exception {
    UpscaleOptions sized =
        travelled(UpscaleOptions.defaults().width(12).height(34).skipExisting().stripMetadata());
    assertThat(sized.width()).isEqualTo(OptionalInt.of(12));
    assertThat(sized.height()).isEqualTo(OptionalInt.of(34));
    assertThat(sized.factor()).isEmpty();
    assertThat(sized.skipsExisting()).isTrue();
    assertThat(sized.stripsMetadata()).isTrue();
    assertThat(sized.stripsLocation()).isFalse();
    assertThat(sized.timeout()).isEmpty();
    assertThat(sized.output()).isEmpty();

    UpscaleOptions others =
        travelled(
            UpscaleOptions.defaults().factor(1.5).stripLocation().timeout(Duration.ofSeconds(7)));
    assertThat(others.factor()).isEqualTo(OptionalDouble.of(1.5));
    assertThat(others.skipsExisting()).isFalse();
    assertThat(others.stripsMetadata()).isFalse();
    assertThat(others.stripsLocation()).isTrue();
    assertThat(others.timeout()).isEqualTo(Optional.of(Duration.ofSeconds(7)));
  }

  static Stream<Output> outputs() {
    return Stream.of(
        Output.png(),
        Output.png(3),
        Output.jpeg(),
        Output.jpeg(0.5).chroma444(),
        Output.jpeg(0.25).chroma422(),
        Output.tiff(),
        Output.tiff().deflated(),
        Output.bmp());
  }

  @ParameterizedTest
  @MethodSource("outputs")
  void output_survives(Output output) throws Exception {
    assertThat(travelled(UpscaleOptions.defaults().output(output)).output()).contains(output);
  }

  @Test
  void listener_isRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(
            () -> SuperResolution.create().options(UpscaleOptions.defaults().listener(p -> {})))
        .withMessageStartingWith("options must have no listener");
  }

  private static UpscaleOptions travelled(UpscaleOptions options) throws Exception {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
      out.writeObject(CallForm.of(options));
    }
    try (ObjectInputStream in =
        new ObjectInputStream(new ByteArrayInputStream(bytes.toByteArray()))) {
      return ((CallForm) in.readObject()).options();
    }
  }
}
