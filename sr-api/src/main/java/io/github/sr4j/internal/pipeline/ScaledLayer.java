// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.internal.pipeline;

import io.github.sr4j.internal.images.Layer;
import io.github.sr4j.internal.rows.ValueScale;
import java.util.Optional;

/**
 * A layer of an image, and the scale of its values.
 *
 * @param scale empty if they are shades of a picture
 */
record ScaledLayer(Layer layer, Optional<ValueScale> scale) {}
