// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.torch;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.sr4j.networks.operators.spatial.CollapsedKernel;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Node;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class CollapsedKernelTest {

  @BeforeAll
  static void load() {
    LibTorch.load();
  }

  private static Tensor weights(long... shape) {
    Tensor weights = torch.rand(shape);
    weights.set_requires_grad(true);
    return weights;
  }

  /** Adds the names of the operations that autograd has recorded. */
  private static void collect(Node node, Set<String> names) {
    names.add(node.name().getString());
    for (long i = 0; i < node.num_outputs(); i++) {
      Node next = node.next_edge(i).function();
      if (next != null && !next.isNull()) {
        collect(next, names);
      }
    }
  }

  /** OpenBLAS multiplies matrices in threads that compete with those of oneDNN for the cores. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  @SuppressWarnings("try") // the scope is for what is between its braces
  void collapsing_isAConvolution_notAMatrixProduct(boolean hasIdentity) {
    Set<String> names = new TreeSet<>();
    try (PointerScope scope = new PointerScope()) {
      Tensor kernel =
          Convolutions.collapsed(
              new CollapsedKernel(hasIdentity),
              List.of(weights(12, 3, 3, 3), weights(3, 12, 1, 1)));
      collect(kernel.grad_fn(), names);
    }
    assertThat(names).contains("ConvolutionBackward0").noneMatch(name -> name.contains("Mm"));
  }
}
