// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.training;

import io.github.sr4j.testkit.LinearUpscalerProvider;
import java.util.Set;

/** Stands for the ONNX backend: opens what the linear network exports under that extension. */
public final class LinearOnnxProvider extends LinearUpscalerProvider {

  @Override
  public Set<String> modelExtensions() {
    return Set.of("onnx");
  }
}
