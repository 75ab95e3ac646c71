// SPDX-License-Identifier: Apache-2.0

/** Networks with the weights of a file, and their slow evaluation without an engine. */
@NullMarked
package io.github.sr4j.networks.stored;

import org.jspecify.annotations.NullMarked;
