// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.torch;

import io.github.sr4j.networks.operators.Reshape;
import io.github.sr4j.networks.operators.Slice;
import io.github.sr4j.networks.operators.spatial.Pad;
import io.github.sr4j.networks.operators.spatial.Resize;
import io.github.sr4j.networks.operators.spatial.ResizeTo;
import java.util.List;
import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/** Operators that move samples, in LibTorch. */
final class Rearrangements {

  private Rearrangements() {}

  static Tensor pad(Pad pad, List<Tensor> operands) {
    Tensor images = operands.get(0);
    long pixels = pad.pixels();
    if (pixels == 0) {
      return images.alias();
    }
    return switch (pad.extension()) {
      case CONSTANT -> torch.constant_pad_nd(images, pixels, pixels, pixels, pixels);
      case REFLECT -> torch.reflection_pad2d(images, pixels, pixels, pixels, pixels);
      case EDGE -> torch.replication_pad2d(images, pixels, pixels, pixels, pixels);
    };
  }

  static Tensor resize(Resize resize, List<Tensor> operands) {
    Tensor images = operands.get(0);
    long[] size = {images.size(2) * resize.scale(), images.size(3) * resize.scale()};
    return resize.kind() == Resize.Kind.NEAREST
        ? torch.upsample_nearest2d(images, size)
        : torch.upsample_bilinear2d(images, size, /* align_corners= */ false);
  }

  static Tensor resizeTo(ResizeTo resize, List<Tensor> operands) {
    Tensor like = operands.get(1);
    long[] size = {like.size(2), like.size(3)};
    return torch.upsample_bilinear2d(operands.get(0), size, /* align_corners= */ false);
  }

  static Tensor reshape(Reshape reshape, List<Tensor> operands) {
    Tensor array = operands.get(0);
    long[] lengths = new long[reshape.lengths().size()];
    for (int axis = 0; axis < lengths.length; axis++) {
      long length = reshape.lengths().get(axis);
      lengths[axis] = length == 0 ? array.size(axis) : length;
    }
    return array.reshape(lengths);
  }

  static Tensor slice(Slice slice, List<Tensor> operands) {
    long to = slice.to() == Slice.END ? Long.MAX_VALUE : slice.to();
    return operands
        .get(0)
        .slice(slice.axis(), new LongOptional(slice.from()), new LongOptional(to), /* step= */ 1);
  }
}
