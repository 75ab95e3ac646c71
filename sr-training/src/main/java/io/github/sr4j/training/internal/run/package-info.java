// SPDX-License-Identifier: Apache-2.0
/** Parts of a run: learning rate, batches ahead of time, metrics, curves. */
@NullMarked
package io.github.sr4j.training.internal.run;

import org.jspecify.annotations.NullMarked;
