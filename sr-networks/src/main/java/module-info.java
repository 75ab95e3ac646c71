// SPDX-License-Identifier: Apache-2.0

/**
 * Networks, layers and losses as data: what is known of them without an engine, and what engines
 * run.
 */
@org.jspecify.annotations.NullMarked
// The modules that packages are exported to are compiled after this one; jhdf names its module in
// its manifest only.
@SuppressWarnings({"module", "requires-automatic"})
module io.github.sr4j.networks {
  requires transitive io.github.sr4j;
  requires static transitive org.jspecify;
  requires com.google.common;
  requires static io.jhdf;

  exports io.github.sr4j.networks;
  exports io.github.sr4j.networks.graph;
  exports io.github.sr4j.networks.operators;
  exports io.github.sr4j.networks.operators.spatial;
  exports io.github.sr4j.networks.zoo;
  exports io.github.sr4j.networks.architectures;
  exports io.github.sr4j.networks.onnx to
      io.github.sr4j.testkit;
  exports io.github.sr4j.networks.files;
  exports io.github.sr4j.networks.losses;
  exports io.github.sr4j.networks.stored;
  exports io.github.sr4j.networks.training;
  exports io.github.sr4j.networks.training.engine;
  exports io.github.sr4j.networks.weights;

  uses io.github.sr4j.networks.GraphEngine;
  uses io.github.sr4j.networks.NetworkProvider;

  provides io.github.sr4j.spi.LossProvider with
      io.github.sr4j.networks.losses.AdversarialLossProvider,
      io.github.sr4j.networks.losses.features.FeatureLossProvider,
      io.github.sr4j.networks.losses.features.GramLossProvider,
      io.github.sr4j.networks.losses.features.LpipsLossProvider;
}
