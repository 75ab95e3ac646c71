// SPDX-License-Identifier: Apache-2.0

/** The interfaces that a training engine implements, and the values that it is given. */
@NullMarked
package io.github.sr4j.networks.training.engine;

import org.jspecify.annotations.NullMarked;
