// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.onnx.shared;

import static org.assertj.core.api.Assertions.assertThat;

import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtSession.SessionOptions;
import io.github.sr4j.Device;
import io.github.sr4j.onnx.OnnxUpscalerProvider;
import java.nio.FloatBuffer;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class DeviceProbeTest {

  @Test
  void cpu_computesTheRightNumbers() throws Exception {
    // Loads the native library, which the options need.
    new OnnxUpscalerProvider().probe(Device.cpu());
    try (SessionOptions options = new SessionOptions()) {
      assertThat(DeviceProbe.run(OrtEnvironment.getEnvironment(), options)).isEmpty();
    }
  }

  @Test
  void exactNumbers_areSumsThatFloat32Holds() {
    float[] expected = DeviceProbe.expected(DeviceProbe.input());

    assertThat(expected).hasSize(8 * 16 * 16);
    for (float number : expected) {
      assertThat(number * 256).isEqualTo((float) Math.rint(number * 256)).isBetween(-4096f, 4096f);
    }
    assertThat(Arrays.stream(toDoubles(expected)).distinct().count()).isGreaterThan(100);
  }

  /** As from a card whose machine code is missing, which answers with zeros or with NaN. */
  @ParameterizedTest
  @ValueSource(floats = {0, Float.NaN, Float.POSITIVE_INFINITY})
  void wrongNumber_isRefused_withItsPlace(float wrong) {
    float[] expected = DeviceProbe.expected(DeviceProbe.input());
    float[] actual = expected.clone();
    actual[(3 * 16 + 5) * 16 + 7] = wrong;

    assertThat(DeviceProbe.difference(FloatBuffer.wrap(actual), expected))
        .hasValueSatisfying(
            reason ->
                assertThat(reason)
                    .startsWith("it computes wrong numbers: " + wrong + " instead of ")
                    .endsWith(" at c=3, y=5, x=7 of its probe"));
  }

  @Test
  void fewNumbers_areRefused() {
    assertThat(DeviceProbe.difference(FloatBuffer.allocate(1), new float[2]))
        .contains("its probe returned 1 numbers instead of 2");
  }

  private static double[] toDoubles(float[] numbers) {
    double[] doubles = new double[numbers.length];
    for (int i = 0; i < numbers.length; i++) {
      doubles[i] = numbers[i];
    }
    return doubles;
  }
}
