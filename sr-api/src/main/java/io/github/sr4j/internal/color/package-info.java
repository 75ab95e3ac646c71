// SPDX-License-Identifier: Apache-2.0

/**
 * Colour spaces by numbers: primaries, curves of high dynamic range, colour profiles made from
 * them, and the colour chunks of PNG.
 */
@NullMarked
package io.github.sr4j.internal.color;

import org.jspecify.annotations.NullMarked;
