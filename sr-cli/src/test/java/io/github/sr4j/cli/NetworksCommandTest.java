// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.sr4j.spi.TrainingProvider;
import org.junit.jupiter.api.Test;

final class NetworksCommandTest {

  @Test
  void everyNetwork_isListedWithItsParameters() {
    String out = Invocation.of("networks").succeeds().out();

    for (TrainingProvider provider : TrainingProvider.all()) {
      for (String name : provider.networks()) {
        assertThat(out).containsPattern("(?m)^" + name + " ");
      }
    }
    assertThat(out).containsPattern("(?m)^edsr +1,369,859 parameters$");
    assertThat(Invocation.of("networks", "--scale", "4").succeeds().out())
        .containsPattern("(?m)^edsr +1,517,571 parameters$");
  }

  @Test
  void networkWithoutTheScale_saysWhichItHas_andTheOthersAreListed() {
    assertThat(Invocation.of("networks", "--scale", "3").succeeds().out())
        .containsPattern("(?m)^johnson +scale of johnson must be 1, 2, 4 or 8, but was 3$")
        .containsPattern("(?m)^edsr +1,554,499 parameters$");
  }

  @Test
  void networkOfSeveralScales_isCountedWithAllOfThem() {
    assertThat(Invocation.of("networks", "mdsr", "--scale", "4").succeeds().out())
        .containsPattern("(?m)^network +mdsr\\(scales=2-3-4, blocks=16, features=64\\)$")
        .containsPattern("(?m)^parameters +3,227,203$")
        .containsPattern("(?m)^  upsample\\.2\\.2 ")
        .doesNotContain("upsample.0", "upsample.1");
  }

  @Test
  void strides_makeLayersOfFewerOperations() {
    assertThat(Invocation.of("networks", "johnson", "--scale", "1").succeeds().out())
        .containsPattern("(?m)^parameters +1,677,635$")
        .containsPattern("(?m)^  down\\.1\\.conv +conv2d +128x64x3x3 +4\\.247 G$");
  }

  @Test
  void network_isShownLayerByLayer() {
    assertThat(Invocation.of("networks", "srcnn(kernels=9-5-5)", "--scale", "3").succeeds().out())
        .containsPattern("(?m)^network +srcnn\\(kernels=9-5-5, color=luma, init=small\\)$")
        .containsPattern("(?m)^scale +3$")
        .containsPattern("(?m)^parameters +57,281$")
        .containsPattern("(?m)^operations +52\\.701 G multiply-accumulates for .* 1280x720 pixels$")
        .containsPattern("(?m)^halo +8 pixels")
        .containsPattern("(?m)^layers +3$")
        .containsPattern("(?m)^  conv2 +conv2d +32x64x5x5 +47\\.186 G$");
  }

  @Test
  void networkWithoutAHalo_namesWhatLooksAtTheWholeImage() {
    assertThat(Invocation.of("networks", "imdn(blocks=1, features=16)").succeeds().out())
        .containsPattern("(?m)^halo +none: reduce_mean looks at the whole image$");
  }

  @Test
  void whatThereIsNot_isRefused() {
    Invocation.of("networks", "resnet").failsSaying("network must be one of carn, ", "resnet");
    Invocation.of("networks", "espcn(depth=3)").failsSaying("depth");
    Invocation.of("networks", "espcn", "--scale", "9").failsSaying("scale of espcn", "9");
  }
}
