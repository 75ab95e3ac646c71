// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.onnx.analysis;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

final class NodePlacementTest {

  private static String run(String operator, String provider, int node) {
    return String.format(
        "{\"cat\" : \"Node\",\"name\" :\"n%s_kernel_time\",\"args\" : {\"provider\" : \"%s\","
            + "\"node_index\" : \"%1$s\",\"op_name\" : \"%s\"}},",
        node, provider, operator);
  }

  @Test
  void operatorsOnTheCpu_areListedByName_eachNodeOnce() {
    String cpu = "CPUExecutionProvider";
    String card = "WebGpuExecutionProvider";

    assertThat(
            NodePlacement.onCpu(
                List.of(
                    "[",
                    "{\"cat\" : \"Session\",\"name\" :\"model_run\",\"args\" : {}},",
                    run("Shape", cpu, 7),
                    run("Conv", card, 1),
                    run("Resize", cpu, 2),
                    run("Resize", cpu, 3),
                    run("Resize", cpu, 3),
                    "]")))
        .containsExactly("Resize (2)", "Shape");
    assertThat(NodePlacement.onCpu(List.of(run("Conv", card, 1)))).isEmpty();
  }
}
