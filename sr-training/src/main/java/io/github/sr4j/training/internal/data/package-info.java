// SPDX-License-Identifier: Apache-2.0
/** Images of a training: references to them, and what is held of them in memory. */
@NullMarked
package io.github.sr4j.training.internal.data;

import org.jspecify.annotations.NullMarked;
