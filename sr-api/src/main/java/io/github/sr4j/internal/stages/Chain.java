// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.internal.stages;

import io.github.sr4j.internal.calls.UpscaleCall;
import io.github.sr4j.internal.regions.Reach;
import io.github.sr4j.internal.regions.Size;
import io.github.sr4j.internal.rows.RegionPair;
import io.github.sr4j.internal.rows.Rows;

/** Two stages, one after the other: the second sees the whole result of the first. */
record Chain(Stage first, Stage second) implements Stage {

  @Override
  public int scale() {
    return first.scale() * second.scale();
  }

  @Override
  public Reach reach() {
    return first.reach().then(second.reach(), first.scale());
  }

  @Override
  public int tiles(Size source) {
    return first.tiles(source) + second.tiles(source.scaledBy(first.scale()));
  }

  @Override
  public Rows whole(Rows source, UpscaleCall call) {
    return second.whole(first.whole(source, call), call);
  }

  @Override
  public void apply(Rows source, RegionPair regions, UpscaleCall call, Sink sink) {
    second.apply(first.whole(source, call), regions.afterScaling(first.scale()), call, sink);
  }
}
