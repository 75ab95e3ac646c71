// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class DeviceTest {

  @ParameterizedTest
  @ValueSource(
      strings = {"auto", "gpu", "cpu", "cuda:0", "cuda:12", "coreml", "webgpu:0", "webgpu:3"})
  void textForm_isReadBack(String text) {
    assertThat(Device.parse(text)).hasToString(text).isEqualTo(Device.parse(text));
  }

  @ParameterizedTest
  @CsvSource({"cuda, cuda:0", "webgpu, webgpu:0"})
  void cardWithoutNumber_isTheFirst(String text, String device) {
    assertThat(Device.parse(text)).hasToString(device);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "CPU",
        "tpu",
        "cuda:",
        "cuda:-1",
        "cuda:12345",
        "gpu:0",
        "coreml:0",
        "cpu:0",
        "webgpu:x",
        "webgpu: 0",
        "directml"
      })
  void anythingElse_isRefused(String text) {
    assertThatThrownBy(() -> Device.parse(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "device must be auto, gpu, cpu, cuda:N, coreml or webgpu:N, but was \"%s\"", text);
  }

  @Test
  void negativeIndex_isRefused() {
    assertThatThrownBy(() -> Device.cuda(-1)).hasMessage("index must be at least 0, but was -1");
    assertThatThrownBy(() -> Device.webgpu(-1)).hasMessage("index must be at least 0, but was -1");
  }

  @Test
  void devices_areEqualByKindAndNumber() {
    assertThat(Device.webgpu(0)).isNotEqualTo(Device.cuda(0)).isNotEqualTo(Device.webgpu(1));
    assertThat(Device.gpu()).isNotEqualTo(Device.auto());
  }
}
