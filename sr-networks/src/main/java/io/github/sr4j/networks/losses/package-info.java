// SPDX-License-Identifier: Apache-2.0

/** The graphs of losses, and the networks that some of them compare with. */
@org.jspecify.annotations.NullMarked
package io.github.sr4j.networks.losses;
