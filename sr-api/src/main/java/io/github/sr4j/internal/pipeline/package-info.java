// SPDX-License-Identifier: Apache-2.0

/** The way of an image through a network: opening the model, colour, alpha, regions of files. */
@NullMarked
package io.github.sr4j.internal.pipeline;

import org.jspecify.annotations.NullMarked;
