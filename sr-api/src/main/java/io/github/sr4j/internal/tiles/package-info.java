// SPDX-License-Identifier: Apache-2.0

/** Tiles: the cutting of a network's input, and the running of the network on each piece. */
@NullMarked
package io.github.sr4j.internal.tiles;

import org.jspecify.annotations.NullMarked;
