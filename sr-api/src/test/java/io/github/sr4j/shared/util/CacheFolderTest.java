// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.shared.util;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class CacheFolderTest {

  @TempDir private Path home;

  private Map<String, String> properties(String system) {
    return new HashMap<>(Map.of("os.name", system, "user.home", home.toString()));
  }

  @Test
  void folder_isThatOfTheSystemsConvention() {
    assertThat(CacheFolder.find(properties("Linux"), Map.of()))
        .hasValue(home.resolve(".cache/sr4j"));
    assertThat(
            CacheFolder.find(
                properties("Linux"), Map.of("XDG_CACHE_HOME", home.resolve("xdg").toString())))
        .hasValue(home.resolve("xdg/sr4j"));
    assertThat(CacheFolder.find(properties("Mac OS X"), Map.of()))
        .hasValue(home.resolve("Library/Caches/sr4j"));
    assertThat(
            CacheFolder.find(
                properties("Windows 11"), Map.of("LOCALAPPDATA", home.resolve("local").toString())))
        .hasValue(home.resolve("local/sr4j/cache"));
    assertThat(CacheFolder.find(properties("Windows 11"), Map.of()))
        .hasValue(home.resolve("AppData/Local/sr4j/cache"));
  }

  @Test
  void relativeXdgCacheHome_isIgnored_asItsSpecificationSays() {
    assertThat(CacheFolder.find(properties("Linux"), Map.of("XDG_CACHE_HOME", "caches")))
        .hasValue(home.resolve(".cache/sr4j"));
  }

  /** As in containers that are run as a user whom they do not know. */
  @ParameterizedTest
  @ValueSource(strings = {"?", "", "home"})
  void userWithoutHome_hasNoFolder(String absent) {
    for (String system : List.of("Linux", "Mac OS X", "Windows 11")) {
      Map<String, String> properties = properties(system);
      properties.put("user.home", absent);

      assertThat(CacheFolder.find(properties, Map.of())).as(system).isEmpty();
    }
  }

  @Test
  void userWithoutHome_hasTheFolderOfTheEnvironment() {
    Map<String, String> properties = properties("Linux");
    properties.put("user.home", "?");

    assertThat(CacheFolder.find(properties, Map.of("XDG_CACHE_HOME", home.toString())))
        .hasValue(home.resolve("sr4j"));
  }

  @Test
  void property_comesFirst_unlessItIsBlank() {
    Map<String, String> properties = properties("Linux");
    properties.put(CacheFolder.PROPERTY, home.resolve("a/b").toString());
    assertThat(CacheFolder.find(properties, Map.of())).hasValue(home.resolve("a/b"));

    properties.put(CacheFolder.PROPERTY, "a");
    assertThat(CacheFolder.find(properties, Map.of())).hasValue(Path.of("a").toAbsolutePath());

    properties.put(CacheFolder.PROPERTY, " ");
    assertThat(CacheFolder.find(properties, Map.of())).hasValue(home.resolve(".cache/sr4j"));
  }

  @Test
  void fileSystem_isNoexec_ifTheDeepestIs() {
    String noexec = "tmpfs " + home + " tmpfs rw,nosuid,noexec 0 0";
    String root = "overlay / overlay rw,relatime 0 0";
    String deeper = "tmpfs " + home + "/.cache tmpfs rw 0 0";
    Path folder = home.resolve(".cache/sr4j");

    assertThat(CacheFolder.isNoexec(folder, List.of(root, noexec))).isTrue();
    assertThat(CacheFolder.isNoexec(folder, List.of(noexec, root))).isTrue();
    assertThat(CacheFolder.isNoexec(folder, List.of(root, noexec, deeper))).isFalse();
    assertThat(CacheFolder.isNoexec(folder, List.of(root))).isFalse();
  }
}
