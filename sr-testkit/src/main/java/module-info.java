// SPDX-License-Identifier: Apache-2.0

/** Contract tests for implementations of the service provider interfaces, and generated images. */
@org.jspecify.annotations.NullMarked
module io.github.sr4j.testkit {
  requires transitive io.github.sr4j;
  requires transitive io.github.sr4j.networks;
  requires static org.jspecify;
  requires transitive org.assertj.core;
  requires transitive org.junit.jupiter.api;
  requires transitive org.junit.jupiter.params;

  exports io.github.sr4j.testkit;
  exports io.github.sr4j.testkit.graph;
}
