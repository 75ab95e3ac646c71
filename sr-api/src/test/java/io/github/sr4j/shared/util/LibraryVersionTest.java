// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.shared.util;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.common.collect.ImmutableMap;
import io.github.sr4j.BackendNotFoundException;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class LibraryVersionTest {

  @Test
  void libraryWithoutTheMethod_isRefused_byTheNameOfItsJar() {
    assertThatThrownBy(
            () -> LibraryVersion.require("Guava", "99", ImmutableMap.class, "copyOf", String.class))
        .isInstanceOf(BackendNotFoundException.class)
        .hasMessageMatching(
            "Guava must be of version 99 or newer, but the class path has guava-.*\\.jar");
    assertThatThrownBy(() -> LibraryVersion.require("Java", "99", String.class, "none"))
        .hasMessage("Java must be of version 99 or newer, but the class path has an older one");
  }

  @Test
  void libraryWithTheMethod_isAccepted() {
    assertThatCode(
            () -> LibraryVersion.require("Guava", "31", ImmutableMap.class, "copyOf", Map.class))
        .doesNotThrowAnyException();
  }
}
