// SPDX-License-Identifier: Apache-2.0

/** Data sets, patches, the training run, evaluation and the checked export; knows no engine. */
@org.jspecify.annotations.NullMarked
module io.github.sr4j.training {
  requires transitive io.github.sr4j;
  requires static org.jspecify;
  requires com.fasterxml.jackson.core;
  requires com.fasterxml.jackson.databind;
  requires com.fasterxml.jackson.dataformat.yaml;
  requires com.google.common;
  requires jdk.unsupported; // for ND4J, which is no module and cannot ask for it itself

  exports io.github.sr4j.training;

  provides io.github.sr4j.train.Trainer.Runner with
      io.github.sr4j.training.LocalTrainingRunner;
}
