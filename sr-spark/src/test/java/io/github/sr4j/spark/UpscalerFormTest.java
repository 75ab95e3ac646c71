// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.spark;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.sr4j.Device;
import io.github.sr4j.Model;
import java.util.Map;
import org.apache.spark.resource.ResourceInformation;
import org.junit.jupiter.api.Test;

final class UpscalerFormTest {

  private static final Map<String, ResourceInformation> CARD =
      Map.of("gpu", new ResourceInformation("gpu", new String[] {"3"}));

  @Test
  void device_isTheOneThatIsSet_orTheCardOfTheTask_orTheCpu() {
    UpscalerForm open = new UpscalerForm(null, 2, null, null, 0);
    assertThat(open.device(Map.of())).isEqualTo(Device.cpu());
    assertThat(open.device(CARD)).isEqualTo(Device.cuda(3));
    assertThat(new UpscalerForm(null, 2, "cpu", null, 0).device(CARD)).isEqualTo(Device.cpu());
  }

  @Test
  void key_tellsApartWhatOpensAnotherUpscaler() {
    UpscalerForm form = new UpscalerForm(null, 2, null, null, 0);

    assertThat(form.key(Device.cpu(), 1))
        .isEqualTo(new UpscalerForm(null, 2, "cpu", null, 0).key(Device.cpu(), 1))
        .isNotEqualTo(form.key(Device.cpu(), 2))
        .isNotEqualTo(form.key(Device.cuda(0), 1))
        .isNotEqualTo(new UpscalerForm(null, 3, null, null, 0).key(Device.cpu(), 1))
        .isNotEqualTo(new UpscalerForm(null, 2, null, null, 1 << 20).key(Device.cpu(), 1))
        .isNotEqualTo(
            new UpscalerForm(null, 2, null, Model.Precision.INT8, 0).key(Device.cpu(), 1));
  }
}
