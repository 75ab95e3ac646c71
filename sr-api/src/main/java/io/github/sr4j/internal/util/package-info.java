// SPDX-License-Identifier: Apache-2.0

/** Channels and streams of bytes, and the refusal of what needs more memory than there is. */
@NullMarked
package io.github.sr4j.internal.util;

import org.jspecify.annotations.NullMarked;
