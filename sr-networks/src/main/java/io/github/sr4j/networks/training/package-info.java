// SPDX-License-Identifier: Apache-2.0

/**
 * The training session that all engines share: steps, optimizers, averages, checkpoints and the
 * training of a discriminator. An engine implements {@link
 * io.github.sr4j.networks.training.engine.TrainingEngine}.
 */
@NullMarked
package io.github.sr4j.networks.training;

import org.jspecify.annotations.NullMarked;
