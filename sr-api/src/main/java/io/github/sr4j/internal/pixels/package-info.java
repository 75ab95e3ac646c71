// SPDX-License-Identifier: Apache-2.0

/**
 * The arithmetic on pixels of a part of an image, in arrays that callers use again: samples of AWT
 * images, colour spaces, luma and chroma, bicubic resampling.
 */
@NullMarked
package io.github.sr4j.internal.pixels;

import org.jspecify.annotations.NullMarked;
