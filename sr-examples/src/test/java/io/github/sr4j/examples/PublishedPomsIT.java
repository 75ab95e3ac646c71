// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.examples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.sr4j.Upscaler;
import io.github.sr4j.dl4j.Dl4jTrainingProvider;
import io.github.sr4j.networks.Network;
import io.github.sr4j.onnx.OnnxUpscalerProvider;
import io.github.sr4j.testkit.LossContract;
import io.github.sr4j.training.ModelExport;
import java.io.InputStream;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;

/** The POMs and the jars in the form in which they are published. */
final class PublishedPomsIT {

  private static final Path ROOT = Path.of("").toAbsolutePath().getParent();
  private static final List<String> PLATFORMS =
      List.of("linux-x86_64", "linux-arm64", "windows-x86_64", "macosx-x86_64", "macosx-arm64");

  static List<String> published() throws Exception {
    try (Stream<Path> folders = Files.list(ROOT)) {
      return folders
          .filter(folder -> Files.exists(folder.resolve("pom.xml")))
          .filter(
              folder ->
                  !OutsideProjects.read(folder.resolve("pom.xml"))
                      .contains("<maven.deploy.skip>true</maven.deploy.skip>"))
          .map(folder -> folder.getFileName().toString())
          .sorted()
          .toList();
    }
  }

  /** Returns whether a module needs no profile. */
  private static boolean isInEveryBuild(String module) {
    String pom = OutsideProjects.read(ROOT.resolve("pom.xml"));
    return pom.substring(0, pom.indexOf("<profiles>")).contains("<module>" + module + "</module>");
  }

  @ParameterizedTest
  @MethodSource("published")
  void pom_isWhatMavenCentralAsksFor_andNeedsNoParent(String module) throws Exception {
    Path file = flattened(module);
    assumeTrue(Files.exists(file) || isInEveryBuild(module), module + " was not built");

    Element pom = parse(file).getDocumentElement();

    for (String required :
        List.of(
            "groupId",
            "artifactId",
            "version",
            "name",
            "description",
            "url",
            "licenses",
            "developers",
            "scm",
            "issueManagement")) {
      assertThat(children(pom, required)).as("%s of %s", required, module).hasSize(1);
    }
    assertThat(text(pom, "url")).isEqualTo("https://github.com/sr4j/sr4j");
    assertThat(text(children(pom, "scm").get(0), "url")).isEqualTo("https://github.com/sr4j/sr4j");
    assertThat(children(pom, "parent")).isEmpty();
    assertThat(children(pom, "properties")).isEmpty();
    assertThat(children(pom, "build")).isEmpty();
    assertThat(children(pom, "repositories")).isEmpty();
    if (!module.endsWith("-platform")) {
      assertThat(children(pom, "profiles")).isEmpty();
    }
    String text = Files.readString(file);
    assertThat(text).doesNotContain("${").doesNotContain("<scope>test</scope>");
    NodeList dependencies = pom.getElementsByTagName("dependency");
    for (int i = 0; i < dependencies.getLength(); i++) {
      Element dependency = (Element) dependencies.item(i);
      assertThat(text(dependency, "version")).as("%s of %s", dependency, module).isNotEmpty();
      if (!module.matches(".*-platform|sr-onnx-cuda-.*|sr-bom")) {
        assertThat(children(dependency, "classifier")).as(module).isEmpty();
      }
    }
  }

  @Test
  void bom_hasEveryPublishedArtifact() throws Exception {
    String bom = Files.readString(flattened("sr-bom"));

    assertThat(matches("<artifactId>(sr-[^<]+)</artifactId>", bom))
        .containsExactlyInAnyOrderElementsOf(published());
    assertThat(matches("<version>([^<]+)</version>", bom)).containsExactly(OutsideProjects.VERSION);
  }

  @ParameterizedTest
  @ValueSource(strings = {"sr-dl4j-platform", "sr-torch-platform"})
  void platform_hasTheNativesOfEachPlatform_andOfOneWhereItIsNamed(String module) throws Exception {
    assumeTrue(Files.exists(flattened(module)), "LibTorch is built with -Ptorch only");
    Set<String> platforms = new TreeSet<>(PLATFORMS);
    if (module.equals("sr-torch-platform")) {
      platforms.removeAll(List.of("linux-arm64", "macosx-x86_64")); // Maven Central has none
    }
    String pom = Files.readString(flattened(module));
    for (String profile : pom.split("<profile>", -1)) {
      if (profile.contains("<name>!javacpp.platform</name>")) {
        assertThat(natives(profile)).isEqualTo(platforms);
      } else if (profile.contains("<activation>")) {
        Set<String> named = matches("<value>([^<]+)</value>", profile);
        assertThat(natives(profile)).isEqualTo(named);
        platforms.removeAll(named);
      }
    }
    assertThat(platforms).as("without a profile").isEmpty();
  }

  /** Returns the platforms of which a profile has all three native libraries. */
  private static Set<String> natives(String profile) {
    Set<String> platforms = matches("<classifier>([^<]+?)(?:-onednn)?</classifier>", profile);
    platforms.removeIf(
        platform -> profile.split("<classifier>" + Pattern.quote(platform), -1).length != 4);
    return platforms;
  }

  @ParameterizedTest
  @ValueSource(
      classes = {
        Upscaler.class,
        Network.class,
        OnnxUpscalerProvider.class,
        Dl4jTrainingProvider.class,
        ModelExport.class,
        LossContract.class
      })
  void jar_hasLicenceAndNotice(Class<?> content) throws Exception {
    String jar = content.getProtectionDomain().getCodeSource().getLocation().toString();
    for (String name : List.of("LICENSE", "NOTICE")) {
      try (InputStream in = URI.create("jar:" + jar + "!/META-INF/" + name).toURL().openStream()) {
        assertThat(in.readAllBytes()).isEqualTo(Files.readAllBytes(ROOT.resolve(name)));
      }
    }
  }

  private static Path flattened(String module) {
    return ROOT.resolve(module).resolve("target").resolve("flattened-pom.xml");
  }

  private static Document parse(Path file) throws Exception {
    return DocumentBuilderFactory.newInstance().newDocumentBuilder().parse(file.toFile());
  }

  private static List<Element> children(Element parent, String name) {
    return Stream.iterate(
            parent.getFirstChild(), node -> node != null, node -> node.getNextSibling())
        .filter(node -> node.getNodeName().equals(name))
        .map(Element.class::cast)
        .toList();
  }

  private static String text(Element parent, String name) {
    return children(parent, name).stream()
        .map(element -> element.getTextContent().strip())
        .collect(Collectors.joining());
  }

  private static Set<String> matches(String pattern, String text) {
    return Pattern.compile(pattern)
        .matcher(text)
        .results()
        .map((MatchResult result) -> result.group(1))
        .collect(Collectors.toCollection(TreeSet::new));
  }
}
