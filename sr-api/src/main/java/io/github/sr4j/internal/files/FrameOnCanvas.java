// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.internal.files;

import io.github.sr4j.internal.animation.Animation;
import io.github.sr4j.internal.animation.Canvas;
import io.github.sr4j.internal.images.Orientation;
import java.awt.image.BufferedImage;
import java.awt.image.ColorModel;
import java.io.IOException;

/** A frame of an animation with what is left of those before it, turned as the file says. */
final class FrameOnCanvas implements Picture {

  private final Canvas canvas;
  private final int index;
  private final Animation animation;
  private final Orientation orientation;
  private final FileMetadata metadata;

  FrameOnCanvas(
      Canvas canvas, int index, Animation animation, FileMetadata stored, boolean isApplied) {
    this.canvas = canvas;
    this.index = index;
    this.animation = animation;
    this.orientation = stored.orientation();
    this.metadata =
        stored
            .turned(animation.width(), animation.height())
            .withProfile(stored.profile(), isApplied);
  }

  @Override
  public int width() {
    return orientation.swapsSides() ? animation.height() : animation.width();
  }

  @Override
  public int height() {
    return orientation.swapsSides() ? animation.width() : animation.height();
  }

  @Override
  public FileMetadata metadata() {
    return metadata;
  }

  @Override
  public ColorModel model() {
    int type = hasAlpha() ? BufferedImage.TYPE_4BYTE_ABGR : BufferedImage.TYPE_3BYTE_BGR;
    return new BufferedImage(1, 1, type).getColorModel();
  }

  @Override
  public boolean hasAlpha() {
    return !canvas.isOpaque();
  }

  @Override
  public Band band(int row) throws IOException {
    return new Band(0, orientation.turn(canvas.at(index)));
  }
}
