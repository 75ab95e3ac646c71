// SPDX-License-Identifier: Apache-2.0
/** Folders of images, lists, and files that are written whole. */
@NullMarked
package io.github.sr4j.training.internal.files;

import org.jspecify.annotations.NullMarked;
