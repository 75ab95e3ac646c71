// SPDX-License-Identifier: Apache-2.0
/** Steps from a high-resolution image to the low-resolution image. */
@NullMarked
package io.github.sr4j.training.internal.degradation;

import org.jspecify.annotations.NullMarked;
