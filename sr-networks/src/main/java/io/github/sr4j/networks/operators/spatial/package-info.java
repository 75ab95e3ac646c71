// SPDX-License-Identifier: Apache-2.0

/** The operators that look beyond a pixel, or change the size of an image. */
@NullMarked
package io.github.sr4j.networks.operators.spatial;

import org.jspecify.annotations.NullMarked;
