// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.internal.regions;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

final class ReachTest {

  private static final Reach UNBOUNDED = new Reach(OptionalInt.empty(), 4);

  @Test
  void then_countsTheNextMarginInPixelsOfTheSource() {
    assertThat(Reach.of(3).then(Reach.of(7), 2)).isEqualTo(Reach.of(3 + 4));
    assertThat(Reach.of(3).then(Reach.NONE, 2)).isEqualTo(Reach.of(3));
    assertThat(Reach.NONE.then(Reach.of(7), 1)).isEqualTo(Reach.of(7));
  }

  @Test
  void beside_isTheLargerMargin_andTheCommonAlignment() {
    Reach aligned = new Reach(OptionalInt.of(2), 6);

    assertThat(aligned.beside(new Reach(OptionalInt.of(5), 4)))
        .isEqualTo(new Reach(OptionalInt.of(5), 12));
    assertThat(aligned.then(Reach.ofAlignment(32), 1)).isEqualTo(new Reach(OptionalInt.of(2), 96));
  }

  @Test
  void unboundedStep_makesAllUnbounded() {
    assertThat(UNBOUNDED.then(Reach.of(1), 2).margin()).isEmpty();
    assertThat(Reach.of(1).then(UNBOUNDED, 2).margin()).isEmpty();
    assertThat(Reach.of(1).beside(UNBOUNDED).margin()).isEmpty();
    assertThat(UNBOUNDED.source(new Region(3, 4, 1, 1), new Size(50, 40)))
        .isEqualTo(new Region(0, 0, 50, 40));
  }

  @Test
  void source_isTheTargetWithItsMargin_alignedAndWithinTheImage() {
    Reach reach = new Reach(OptionalInt.of(5), 4);
    Size whole = new Size(50, 43);

    assertThat(reach.source(new Region(16, 20, 8, 4), whole)).isEqualTo(new Region(8, 12, 24, 20));
    assertThat(reach.source(new Region(0, 32, 50, 11), whole)).isEqualTo(new Region(0, 24, 50, 19));
  }
}
