// SPDX-License-Identifier: Apache-2.0

/** Networks of challenges of efficient super-resolution. */
@org.jspecify.annotations.NullMarked
package io.github.sr4j.networks.zoo.lightweight;
