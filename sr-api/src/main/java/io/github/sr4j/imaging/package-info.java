// SPDX-License-Identifier: Apache-2.0
/** The arithmetic on pixels that inference, training and evaluation share. */
@NullMarked
package io.github.sr4j.imaging;

import org.jspecify.annotations.NullMarked;
