// SPDX-License-Identifier: Apache-2.0

/** The losses of {@link io.github.sr4j.train.Losses}. Not for use by applications. */
@org.jspecify.annotations.NullMarked
package io.github.sr4j.losses;
