// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.internal.stages;

import io.github.sr4j.internal.calls.UpscaleCall;
import io.github.sr4j.internal.regions.Reach;
import io.github.sr4j.internal.regions.Size;
import io.github.sr4j.internal.rows.RegionPair;
import io.github.sr4j.internal.rows.Rows;
import java.util.function.UnaryOperator;

/** A stage that sees other colours than its source has, or whose result has others. */
record Mapped(Stage stage, UnaryOperator<Rows> before, UnaryOperator<Rows> after) implements Stage {

  @Override
  public int scale() {
    return stage.scale();
  }

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
    return after.apply(stage.whole(before.apply(source), call));
  }

  @Override
  public void apply(Rows source, RegionPair regions, UpscaleCall call, Sink sink) {
    stage.apply(
        before.apply(source),
        regions,
        call,
        (region, rows) -> sink.accept(region, after.apply(rows)));
  }
}
