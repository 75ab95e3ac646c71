// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

final class ModelInfoTest {

  @Test
  void shape_isWhatWasSet() {
    ModelInfo info =
        ModelInfo.builder("net", 2)
            .blockWidth(64)
            .lostEdge(3)
            .globalOperator("InstanceNormalization in_1")
            .build();

    assertThat(info.blockWidth()).hasValue(64);
    assertThat(info.blockHeight()).isEmpty();
    assertThat(info.lostEdge()).isEqualTo(3);
    assertThat(info.globalOperator()).contains("InstanceNormalization in_1");
  }

  @Test
  void cost_isWhatWasSet_orUnknown() {
    ModelInfo info =
        ModelInfo.builder("net", 2).parameters(59_996).multiplyAccumulates(1L << 40).build();

    assertThat(info.parameters()).hasValue(59_996);
    assertThat(info.multiplyAccumulates()).hasValue(1L << 40);
    assertThat(ModelInfo.builder("net", 2).build().parameters()).isEmpty();
    assertThat(ModelInfo.builder("net", 2).build().multiplyAccumulates()).isEmpty();
  }

  @Test
  void precision_isFloat_unlessItWasSet() {
    ModelInfo.Builder info = ModelInfo.builder("net", 2).halo(1);
    assertThat(info.build().precision()).isEqualTo(Model.Precision.FLOAT);
    info.precision(Model.Precision.INT8);
    assertThat(info.build().precision()).isEqualTo(Model.Precision.INT8);
    assertThat(info.build().withEdges(ModelInfo.Edges.MIRROR).precision())
        .isEqualTo(Model.Precision.INT8);
  }

  @Test
  void halo_andGlobalOperator_excludeEachOther() {
    ModelInfo.Builder info = ModelInfo.builder("net", 2).halo(3).globalOperator("ReduceMean");

    assertThatThrownBy(info::build)
        .isInstanceOf(IllegalStateException.class)
        .hasMessage(
            "there must be no halo of a network with the global operator ReduceMean, but was 3");
  }

  @Test
  void valuesOutOfRange_areRefused() {
    ModelInfo.Builder info = ModelInfo.builder("net", 2);

    assertThatThrownBy(() -> info.blockWidth(0))
        .hasMessage("blockWidth must be at least 1, but was 0");
    assertThatThrownBy(() -> info.blockHeight(0))
        .hasMessage("blockHeight must be at least 1, but was 0");
    assertThatThrownBy(() -> info.lostEdge(-1))
        .hasMessage("lostEdge must be at least 0, but was -1");
    assertThatThrownBy(() -> info.halo(-1)).hasMessage("halo must be at least 0, but was -1");
    assertThatThrownBy(() -> info.alignment(0))
        .hasMessage("alignment must be at least 1, but was 0");
    assertThatThrownBy(() -> info.parameters(-1))
        .hasMessage("parameters must be at least 0, but was -1");
    assertThatThrownBy(() -> info.multiplyAccumulates(-1))
        .hasMessage("multiplyAccumulates must be at least 0, but was -1");
    assertThatThrownBy(() -> ModelInfo.builder("net", 17))
        .hasMessage("scale must be within 1 to 16, but was 17");
  }
}
