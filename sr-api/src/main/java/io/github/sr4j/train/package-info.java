// SPDX-License-Identifier: Apache-2.0
/**
 * Training a network on images of one's own: {@link io.github.sr4j.train.Trainer} is the entry
 * point.
 */
@NullMarked
package io.github.sr4j.train;

import org.jspecify.annotations.NullMarked;
