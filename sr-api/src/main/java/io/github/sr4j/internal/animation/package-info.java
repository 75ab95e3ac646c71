// SPDX-License-Identifier: Apache-2.0

/** Animations: GIF, animated PNG and animated WebP, each frame as a file of its own. */
@NullMarked
package io.github.sr4j.internal.animation;

import org.jspecify.annotations.NullMarked;
