// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.testkit;

import io.github.sr4j.spi.PatchBatch;

class ImagePatchSourceContractTest extends ImagePatchSourceContract {

  @Override
  protected PatchBatch.Source source() {
    return number ->
        new PatchBatch(
            new PatchBatch.Shape(1, 1, 6, 5),
            TestImages.noise(1, 5, 6, number).samples(),
            new PatchBatch.Shape(1, 1, 12, 10),
            TestImages.noise(1, 10, 12, number).samples());
  }
}
