// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.internal.images;

import java.awt.image.BufferedImage;
import java.util.Hashtable;
import java.util.OptionalDouble;

/** The value of samples without one, as a property of an image in memory. */
public final class NoData {

  private static final String PROPERTY = "sr4j.noData";

  private NoData() {}

  /** Returns the value that stands for no data in an image. */
  public static OptionalDouble of(BufferedImage image) {
    return image.getProperty(PROPERTY) instanceof Number value
        ? OptionalDouble.of(value.doubleValue())
        : OptionalDouble.empty();
  }

  /** Returns an image of the same pixels in which a value stands for no data. */
  @SuppressWarnings("JdkObsolete") // BufferedImage has it
  public static BufferedImage with(OptionalDouble value, BufferedImage image) {
    if (value.isEmpty()) {
      return image;
    }
    Hashtable<String, Object> properties = new Hashtable<>();
    properties.put(PROPERTY, value.getAsDouble());
    return new BufferedImage(
        image.getColorModel(), image.getRaster(), image.isAlphaPremultiplied(), properties);
  }
}
