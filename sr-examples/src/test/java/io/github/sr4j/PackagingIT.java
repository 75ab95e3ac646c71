// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.google.common.hash.Hashing;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The descriptors of package managers. */
final class PackagingIT {

  private static final Path ROOT = Path.of("").toAbsolutePath().getParent();

  @TempDir private Path folder;

  @Test
  void fill_leavesNoPlaceholder_andNamesEachZipWithItsHash() throws Exception {
    assumeTrue(Files.isExecutable(Path.of("/bin/bash")), "there is no bash");
    Path zips = Files.createDirectory(folder.resolve("zips"));
    Path filled = folder.resolve("filled");
    for (String platform :
        new String[] {"linux-x86_64", "linux-arm64", "macosx-arm64", "windows-x86_64"}) {
      Files.writeString(zips.resolve("sr4j-1.2.3-" + platform + ".zip"), platform);
    }

    Process process =
        new ProcessBuilder(
                "/bin/bash",
                ROOT.resolve("packaging/fill").toString(),
                "1.2.3",
                zips.toString(),
                filled.toString())
            .redirectErrorStream(true)
            .start();
    String output = new String(process.getInputStream().readAllBytes(), UTF_8);

    assertThat(process.waitFor()).as(output).isZero();
    String hash = Hashing.sha256().hashString("linux-arm64", UTF_8).toString();
    for (String name : new String[] {"sr4j.rb", "sr4j.json"}) {
      assertThat(filled.resolve(name))
          .content()
          .contains("v1.2.3/sr4j-1.2.3-linux-arm64.zip", hash)
          .doesNotContain("@");
    }
  }

  /** The alias of JBang runs a file that is there, on the artifact of this version. */
  @Test
  void jbangCatalog_namesARecipeAndThisVersion() throws Exception {
    String catalog = Files.readString(ROOT.resolve("jbang-catalog.json"));

    assertThat(catalog).contains("io.github.sr4j:sr-onnx:" + System.getProperty("sr4j.version"));
    String script = catalog.replaceAll("(?s).*\"script-ref\": \"([^\"]+)\".*", "$1");
    assertThat(ROOT.resolve(script)).isRegularFile();
  }
}
