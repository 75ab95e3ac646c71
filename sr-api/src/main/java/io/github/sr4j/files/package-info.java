// SPDX-License-Identifier: Apache-2.0

/** Reading and writing image files: {@link io.github.sr4j.files.ImageFiles} is all there is. */
@NullMarked
package io.github.sr4j.files;

import org.jspecify.annotations.NullMarked;
