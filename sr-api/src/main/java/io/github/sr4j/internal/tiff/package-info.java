// SPDX-License-Identifier: Apache-2.0

/** TIFF files: their directories and tags, and the decoding of what ImageIO's readers lose. */
@NullMarked
package io.github.sr4j.internal.tiff;

import org.jspecify.annotations.NullMarked;
