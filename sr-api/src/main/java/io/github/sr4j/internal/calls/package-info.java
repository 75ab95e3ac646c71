// SPDX-License-Identifier: Apache-2.0

/** Calls of an upscaler: their progress, turns, threads and batches. */
@NullMarked
package io.github.sr4j.internal.calls;

import org.jspecify.annotations.NullMarked;
