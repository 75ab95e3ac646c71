// SPDX-License-Identifier: Apache-2.0

/** Regions and sizes of images, in whole pixels. */
@NullMarked
package io.github.sr4j.internal.regions;

import org.jspecify.annotations.NullMarked;
