// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.internal.regions;

import com.google.common.math.IntMath;
import java.math.RoundingMode;
import java.util.OptionalInt;

/**
 * The reach of a step: the source region that it needs to compute a target region.
 *
 * <p>The steps of a chain are composed from the first to the last. A step that sees an image {@code
 * scale} times as large as the one before looks as far as {@code margin / scale} pixels of that,
 * rounded up, beyond what the steps before it look.
 *
 * @param margin the rows and columns around a region on which its result depends; empty if it is
 *     the whole image
 * @param alignment the number of which the edges of a source region must be multiples, unless they
 *     are those of the image
 */
public record Reach(OptionalInt margin, int alignment) {

  /** The reach of a step whose pixels depend on those of the same place. */
  public static final Reach NONE = of(0);

  /** Returns a reach of so many pixels, at any place. */
  public static Reach of(int margin) {
    return new Reach(OptionalInt.of(margin), 1);
  }

  /** Returns the reach of a step whose regions must have edges at multiples of a number. */
  public static Reach ofAlignment(int alignment) {
    return new Reach(OptionalInt.of(0), alignment);
  }

  /**
   * Returns the reach of this step and a next one.
   *
   * @param scale by how much this step enlarges what the next one sees
   */
  public Reach then(Reach next, int scale) {
    OptionalInt both =
        margin.isPresent() && next.margin.isPresent()
            ? OptionalInt.of(
                margin.getAsInt()
                    + IntMath.divide(next.margin.getAsInt(), scale, RoundingMode.CEILING))
            : OptionalInt.empty();
    return new Reach(both, commonMultiple(alignment, next.alignment));
  }

  /** Returns the reach of two steps from one source, as of luma and chroma. */
  public Reach beside(Reach other) {
    OptionalInt larger =
        margin.isPresent() && other.margin.isPresent()
            ? OptionalInt.of(Math.max(margin.getAsInt(), other.margin.getAsInt()))
            : OptionalInt.empty();
    return new Reach(larger, commonMultiple(alignment, other.alignment));
  }

  /** Returns the source region that a target region of the same image needs. */
  public Region source(Region target, Size whole) {
    if (margin.isEmpty()) {
      return Region.ofWhole(whole.width(), whole.height());
    }
    int left = before(target.x());
    int top = before(target.y());
    return new Region(
        left,
        top,
        after(target.right(), whole.width()) - left,
        after(target.bottom(), whole.height()) - top);
  }

  private int before(int edge) {
    return Math.max(0, edge - margin.orElseThrow()) / alignment * alignment;
  }

  private int after(int edge, int side) {
    long end = ((long) edge + margin.orElseThrow() + alignment - 1) / alignment * alignment;
    return (int) Math.min(side, end);
  }

  private static int commonMultiple(int a, int b) {
    return a / IntMath.gcd(a, b) * b;
  }
}
