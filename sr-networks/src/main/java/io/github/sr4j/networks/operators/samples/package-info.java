// SPDX-License-Identifier: Apache-2.0

/** The samples of what operators are given, for their reference evaluation. */
@NullMarked
package io.github.sr4j.networks.operators.samples;

import org.jspecify.annotations.NullMarked;
