// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.torch;

import org.bytedeco.pytorch.global.torch;

/** A mode of the current thread, until it is closed: whether autocast computes in bfloat16. */
final class Autocast implements AutoCloseable {

  private static final torch.DeviceType CPU = torch.DeviceType.CPU;

  private final boolean before;

  Autocast(boolean isOn) {
    this.before = torch.is_autocast_enabled(CPU);
    if (isOn) {
      torch.set_autocast_dtype(CPU, torch.ScalarType.BFloat16);
    }
    torch.set_autocast_enabled(CPU, isOn);
  }

  /** Forgets the weights in bfloat16 that it has kept, too, for they are about to change. */
  @Override
  public void close() {
    torch.set_autocast_enabled(CPU, before);
    if (!before) {
      torch.clear_cache();
    }
  }
}
