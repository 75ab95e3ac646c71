// SPDX-License-Identifier: Apache-2.0

/** The steps from an image to its enlargement, each of which answers for how far it looks. */
@NullMarked
package io.github.sr4j.internal.stages;

import org.jspecify.annotations.NullMarked;
