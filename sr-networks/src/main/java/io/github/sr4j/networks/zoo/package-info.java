// SPDX-License-Identifier: Apache-2.0

/** The networks of the literature, found by name. */
@org.jspecify.annotations.NullMarked
package io.github.sr4j.networks.zoo;
