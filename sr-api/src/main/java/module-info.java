// SPDX-License-Identifier: Apache-2.0

/** The public API of SR4J, the service provider interfaces, and the arithmetic on pixels. */
@org.jspecify.annotations.NullMarked
// The modules that shared packages are exported to are compiled after this one.
@SuppressWarnings("module")
module io.github.sr4j {
  requires transitive java.desktop;
  requires static transitive org.jspecify;
  requires com.google.common;
  requires jdk.management;
  requires org.slf4j;

  exports io.github.sr4j;
  exports io.github.sr4j.files;
  exports io.github.sr4j.imaging;
  exports io.github.sr4j.shared.images to
      io.github.sr4j.video;
  exports io.github.sr4j.shared.losses to
      io.github.sr4j.networks;
  exports io.github.sr4j.shared.models to
      io.github.sr4j.training;
  exports io.github.sr4j.shared.protobuf to
      io.github.sr4j.networks,
      io.github.sr4j.onnx,
      io.github.sr4j.training;
  exports io.github.sr4j.shared.settings to
      io.github.sr4j.dl4j,
      io.github.sr4j.networks,
      io.github.sr4j.onnx,
      io.github.sr4j.training;
  exports io.github.sr4j.shared.util to
      io.github.sr4j.dl4j,
      io.github.sr4j.networks,
      io.github.sr4j.onnx,
      io.github.sr4j.onnx.cuda,
      io.github.sr4j.onnx.webgpu,
      io.github.sr4j.spark,
      io.github.sr4j.torch,
      io.github.sr4j.training,
      io.github.sr4j.video;
  exports io.github.sr4j.spi;
  exports io.github.sr4j.train;

  uses io.github.sr4j.Model.Provider;
  uses io.github.sr4j.Upscaler.Builder;
  uses io.github.sr4j.spi.LossProvider;
  uses io.github.sr4j.spi.TrainingProvider;
  uses io.github.sr4j.spi.UpscalerProvider;
  uses io.github.sr4j.train.Trainer.Runner;

  provides io.github.sr4j.Upscaler.Builder with
      io.github.sr4j.internal.pipeline.UpscalerBuilder;
}
