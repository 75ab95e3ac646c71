// SPDX-License-Identifier: Apache-2.0

/** The training engine on LibTorch. */
@SuppressWarnings("requires-automatic") // JNA names its module in its manifest only
@org.jspecify.annotations.NullMarked
module io.github.sr4j.torch {
  requires transitive io.github.sr4j;
  requires transitive io.github.sr4j.networks;
  requires static org.jspecify;
  requires com.google.common;
  requires com.sun.jna;
  requires org.bytedeco.javacpp;
  requires org.bytedeco.pytorch;

  exports io.github.sr4j.torch;

  provides io.github.sr4j.networks.GraphEngine with
      io.github.sr4j.torch.TorchEngine;
  provides io.github.sr4j.spi.TrainingProvider with
      io.github.sr4j.torch.TorchTrainingProvider;
}
