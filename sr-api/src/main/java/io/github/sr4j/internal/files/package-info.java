// SPDX-License-Identifier: Apache-2.0

/** Image files, read and written in bands of rows. */
@NullMarked
package io.github.sr4j.internal.files;

import org.jspecify.annotations.NullMarked;
