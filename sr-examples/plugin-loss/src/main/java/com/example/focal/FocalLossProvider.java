// SPDX-License-Identifier: Apache-2.0
package com.example.focal;

import io.github.sr4j.spi.Arguments;
import io.github.sr4j.spi.Loss;
import io.github.sr4j.spi.LossProvider;

/** Makes {@code focal(gamma=2)}; META-INF/services names this class. */
public final class FocalLossProvider implements LossProvider {

  @Override
  public String name() {
    return "focal";
  }

  @Override
  public Loss create(Arguments arguments) {
    return new FocalLoss(arguments.number("gamma", 2));
  }
}
