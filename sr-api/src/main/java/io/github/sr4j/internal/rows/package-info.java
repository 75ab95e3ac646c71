// SPDX-License-Identifier: Apache-2.0

/** Images that are computed a few rows at a time, on several threads. */
@NullMarked
package io.github.sr4j.internal.rows;

import org.jspecify.annotations.NullMarked;
