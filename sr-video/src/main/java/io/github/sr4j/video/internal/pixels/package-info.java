// SPDX-License-Identifier: Apache-2.0
/** Raw frames of films: their planes, and the enlargement of these. */
@NullMarked
package io.github.sr4j.video.internal.pixels;

import org.jspecify.annotations.NullMarked;
