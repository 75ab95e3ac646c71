// SPDX-License-Identifier: Apache-2.0

/** Kinds of images: of samples, of layers, of orientations, and values that stand for no data. */
@NullMarked
package io.github.sr4j.internal.images;

import org.jspecify.annotations.NullMarked;
