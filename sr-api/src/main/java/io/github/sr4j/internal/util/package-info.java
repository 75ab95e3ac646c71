// SPDX-License-Identifier: Apache-2.0

/** Tools that know no image: files written whole, services, names, and the words of failures. */
@NullMarked
package io.github.sr4j.internal.util;

import org.jspecify.annotations.NullMarked;
