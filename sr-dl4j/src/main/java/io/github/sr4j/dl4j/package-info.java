// SPDX-License-Identifier: Apache-2.0

/**
 * The training engine on Deeplearning4j's SameDiff. It is found as a {@link
 * io.github.sr4j.spi.TrainingProvider} and a {@link io.github.sr4j.networks.GraphEngine}.
 */
@NullMarked
package io.github.sr4j.dl4j;

import org.jspecify.annotations.NullMarked;
