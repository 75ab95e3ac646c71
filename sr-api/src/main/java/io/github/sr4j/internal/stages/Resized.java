// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.internal.stages;

import io.github.sr4j.internal.calls.UpscaleCall;
import io.github.sr4j.internal.regions.Reach;
import io.github.sr4j.internal.regions.Region;
import io.github.sr4j.internal.regions.Size;
import io.github.sr4j.internal.rows.RegionPair;
import io.github.sr4j.internal.rows.RowExecutor;
import io.github.sr4j.internal.rows.Rows;

/**
 * A stage whose result is resampled bicubically where another size is asked for. The result of the
 * stage is then in memory whole.
 */
record Resized(Stage stage, RowExecutor executor) implements Stage {

  @Override
  public int scale() {
    return stage.scale();
  }

  /** Returns how far the result looks that is not resampled; see {@link Bicubic#toSize}. */
  @Override
  public Reach reach() {
    return stage.reach();
  }

  @Override
  public int tiles(Size source) {
    return stage.tiles(source);
  }

  @Override
  public Rows whole(Rows source, UpscaleCall call) {
    return stage.whole(source, call);
  }

  @Override
  public void apply(Rows source, RegionPair regions, UpscaleCall call, Sink sink) {
    if (regions.isEnlargedBy(stage.scale())) {
      stage.apply(source, regions, call, sink);
      return;
    }
    Size size = regions.result().region().size();
    sink.accept(
        Region.ofWhole(size.width(), size.height()),
        Rows.bicubic(stage.whole(source, call).toImage(executor), regions));
  }
}
