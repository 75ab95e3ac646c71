// SPDX-License-Identifier: Apache-2.0

/** The formulas of the built-in losses, which {@link io.github.sr4j.train.Losses} hands out. */
@NullMarked
package io.github.sr4j.shared.losses;

import org.jspecify.annotations.NullMarked;
