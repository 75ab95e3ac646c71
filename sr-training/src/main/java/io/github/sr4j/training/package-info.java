// SPDX-License-Identifier: Apache-2.0
/**
 * Training on folders of images, evaluation by the papers' protocol, and the export that is
 * checked. Runs are described and started by {@link io.github.sr4j.train.Trainer}.
 */
@NullMarked
package io.github.sr4j.training;

import org.jspecify.annotations.NullMarked;
