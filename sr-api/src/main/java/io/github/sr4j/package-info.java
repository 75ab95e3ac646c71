// SPDX-License-Identifier: Apache-2.0
/** Using a super-resolution model: {@link io.github.sr4j.Upscaler} is the entry point. */
@NullMarked
package io.github.sr4j;

import org.jspecify.annotations.NullMarked;
