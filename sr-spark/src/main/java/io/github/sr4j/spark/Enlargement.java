// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.spark;

import static org.apache.spark.sql.types.DataTypes.BinaryType;
import static org.apache.spark.sql.types.DataTypes.BooleanType;
import static org.apache.spark.sql.types.DataTypes.DoubleType;
import static org.apache.spark.sql.types.DataTypes.IntegerType;
import static org.apache.spark.sql.types.DataTypes.StringType;

import java.awt.Dimension;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.StructType;
import org.jspecify.annotations.Nullable;

/** The outcomes for images: the values of the column that {@link SuperResolution} adds. */
final class Enlargement {

  /** The fields in the order of a row's values. */
  static final StructType SCHEMA =
      new StructType()
          .add("content", BinaryType)
          .add("width", IntegerType)
          .add("height", IntegerType)
          .add("seconds", DoubleType, false)
          .add("skipped", BooleanType, false)
          .add("error", StringType);

  private Enlargement() {}

  /**
   * Returns the outcome for an image that has been enlarged.
   *
   * @param content the bytes of the result; null if they are in a file
   * @param size of the result in pixels
   * @param seconds from reading to writing
   */
  static Row done(byte @Nullable [] content, Dimension size, double seconds) {
    return RowFactory.create(content, size.width, size.height, seconds, false, null);
  }

  /** Returns the outcome for an image whose target was there before. */
  static Row skipped(double seconds) {
    return RowFactory.create(null, null, null, seconds, true, null);
  }

  /**
   * Returns the outcome for an image that failed.
   *
   * @param error the reason in a sentence
   */
  static Row failed(String error, double seconds) {
    return RowFactory.create(null, null, null, seconds, false, error);
  }
}
