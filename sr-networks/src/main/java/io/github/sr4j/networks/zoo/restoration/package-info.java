// SPDX-License-Identifier: Apache-2.0

/** Networks of photographs and drawings: real degradations, noise, styles. */
@org.jspecify.annotations.NullMarked
package io.github.sr4j.networks.zoo.restoration;
