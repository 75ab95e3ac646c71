// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.networks.architectures;

import com.google.common.collect.ImmutableList;
import java.util.Optional;

/** RRDBNet, in the three ways in which its authors have named its layers. */
final class EsrganRows {

  static final ImmutableList<Architecture> ALL =
      ImmutableList.of(
          new Row("ESRGAN+", EsrganRows::plus), new Row("RRDBNet", EsrganRows::rrdbnet));

  private EsrganRows() {}

  private static Optional<Candidate> plus(Keys keys) {
    return keys.hasAny("model\\.1\\.sub\\.0\\.RDB1\\.conv1x1\\.weight")
        ? Optional.of(Candidate.unsupported("its dense blocks have noise and 1x1 convolutions"))
        : Optional.empty();
  }

  private static Optional<Candidate> rrdbnet(Keys keys) {
    if (keys.hasAny("body\\.\\d+\\.rdb1\\.conv1\\.weight")) { // Real-ESRGAN, BasicSR
      int blocks = Proposal.count(keys, "body\\.(\\d+)\\.rdb1\\.conv1\\.weight");
      int doublings = keys.numbers("conv_up(\\d+)\\.weight").size();
      return of(keys, "conv_first", blocks, "body.0.rdb1.conv1", doublings, "conv_up");
    }
    if (keys.hasAny("RRDB_trunk\\.\\d+\\.RDB1\\.conv1\\.weight")) { // BSRGAN, RealSR
      int blocks = Proposal.count(keys, "RRDB_trunk\\.(\\d+)\\.RDB1\\.conv1\\.weight");
      int doublings = keys.numbers("upconv(\\d+)\\.weight").size();
      return of(keys, "conv_first", blocks, "RRDB_trunk.0.RDB1.conv1", doublings, "upconv")
          .map(
              candidate ->
                  candidate
                      .renaming("^RRDB_trunk\\.(\\d+)\\.RDB", "body.$1.rdb")
                      .renaming("^trunk_conv\\.", "conv_body.")
                      .renaming("^upconv(\\d)\\.", "conv_up$1.")
                      .renaming("^HRconv\\.", "conv_hr."));
    }
    if (keys.hasAny("model\\.1\\.sub\\.\\d+\\.RDB1\\.conv1\\.0\\.weight")) { // ESRGAN
      int blocks = Proposal.count(keys, "model\\.1\\.sub\\.(\\d+)\\.RDB1\\.conv1\\.0\\.weight");
      int doublings = keys.numbers("model\\.(\\d+)\\.weight").size() - 3;
      String dense = "model.1.sub.0.RDB1.conv1.0";
      return of(keys, "model.0", blocks, dense, doublings, "model.3 and on")
          .map(candidate -> oldNames(candidate, blocks, doublings));
    }
    return Optional.empty();
  }

  /** Renames the layers of a sequence in which activations and enlargements count, too. */
  private static Candidate oldNames(Candidate candidate, int blocks, int doublings) {
    Candidate renamed =
        candidate
            .renaming("^model\\.1\\.sub\\." + blocks + "\\.", "conv_body.")
            .renaming(
                "^model\\.1\\.sub\\.(\\d+)\\.RDB(\\d)\\.conv(\\d)\\.0\\.", "body.$1.rdb$2.conv$3.")
            .renaming("^model\\.0\\.", "conv_first.");
    for (int i = 1; i <= doublings; i++) {
      renamed = renamed.renaming("^model\\." + 3 * i + "\\.", "conv_up" + i + ".");
    }
    return renamed
        .renaming("^model\\." + (3 * doublings + 2) + "\\.", "conv_hr.")
        .renaming("^model\\." + (3 * doublings + 4) + "\\.", "conv_last.");
  }

  private static Optional<Candidate> of(
      Keys keys, String first, int blocks, String dense, int doublings, String enlarging) {
    String firstWeight = first + ".weight";
    int unshuffle = Math.max(1, Proposal.factor(keys.length(firstWeight, 1), 3));
    if (doublings < 0 || doublings > 6) {
      return Optional.empty();
    }
    int scale = (1 << doublings) / unshuffle;
    return Optional.of(
        Proposal.of("rrdbnet")
            .with("blocks", blocks, "the names of its blocks")
            .with("features", keys.length(firstWeight, 0), firstWeight)
            .with("growth", keys.length(dense + ".weight", 0), dense + ".weight")
            .with("unshuffle", unshuffle, "the channels of " + firstWeight)
            .at(scale, "the number of " + enlarging));
  }
}
