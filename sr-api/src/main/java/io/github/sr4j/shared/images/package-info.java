// SPDX-License-Identifier: Apache-2.0

/** Image files as frames of films. */
@NullMarked
package io.github.sr4j.shared.images;

import org.jspecify.annotations.NullMarked;
