// SPDX-License-Identifier: Apache-2.0

/** EXIF, XMP and IPTC: the metadata that travel from an image file to the enlarged one. */
@NullMarked
package io.github.sr4j.internal.metadata;

import org.jspecify.annotations.NullMarked;
