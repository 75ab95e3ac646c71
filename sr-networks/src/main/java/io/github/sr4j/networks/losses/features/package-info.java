// SPDX-License-Identifier: Apache-2.0

/** The losses on feature maps of a loss network: features, style, LPIPS. */
@NullMarked
package io.github.sr4j.networks.losses.features;

import org.jspecify.annotations.NullMarked;
