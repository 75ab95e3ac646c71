// SPDX-License-Identifier: Apache-2.0

/**
 * SR4J on many machines: {@link io.github.sr4j.spark.SuperResolution} enlarges the images of a data
 * set of Apache Spark, and {@link io.github.sr4j.spark.SuperResolutionJob} those of a folder.
 */
@org.jspecify.annotations.NullMarked
package io.github.sr4j.spark;
