// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j;

import static java.util.regex.Pattern.MULTILINE;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The documentation against the sources: snippets, links, anchors, versions. */
final class DocumentationTest {

  private static final Path ROOT = Path.of("").toAbsolutePath().getParent();
  private static final Path SOURCES = ROOT.resolve("sr-examples/src/main/java/io/github/sr4j");
  private static final Pattern SNIPPET =
      Pattern.compile(
          "<!-- snippet: (\\S+) (\\S+) -->\\R```(?:java|kotlin)\\R(.*?)```", Pattern.DOTALL);
  private static final Pattern LINK = Pattern.compile("\\]\\(([^)#\\s]*)(?:#([^)\\s]+))?\\)");
  private static final Pattern VERSION =
      Pattern.compile("^    <([a-z0-9.-]+)\\.version>([^<]+)</", MULTILINE);
  private static final Pattern PAGE_IN_MESSAGE =
      Pattern.compile("^(?! *[*/]).*\".*\\bdocs/[a-z-]+\\.md");

  @Test
  void snippets_areThoseOfTheSources() throws IOException {
    int found = 0;
    for (Path page : pages()) {
      for (MatchResult snippet : matches(SNIPPET, Files.readString(page))) {
        assertThat(snippet.group(3))
            .as("%s: %s", page, snippet.group(2))
            .isEqualTo(region(source(snippet.group(1)), snippet.group(2)));
        found++;
      }
    }
    assertThat(found).isPositive();
  }

  /** Returns a recipe of sr-examples, or a file of a project, by its path from the root. */
  private static Path source(String name) {
    return name.startsWith("sr-") ? ROOT.resolve(name) : SOURCES.resolve(name);
  }

  @Test
  void links_leadSomewhere() throws IOException {
    List<String> broken = new ArrayList<>();
    for (Path page : pages()) {
      for (MatchResult link : matches(LINK, Files.readString(page))) {
        String target = link.group(1);
        if (target.contains(":")) {
          continue; // elsewhere
        }
        Path file = target.isEmpty() ? page : page.resolveSibling(target).normalize();
        if (!Files.exists(file)) {
          broken.add(ROOT.relativize(page) + ": " + target);
        } else if (link.group(2) != null && !anchors(file).contains(link.group(2))) {
          broken.add(ROOT.relativize(page) + ": " + target + "#" + link.group(2));
        }
      }
    }
    assertThat(broken).isEmpty();
  }

  @Test
  void pagesOfDocs_linkTheTermsAndTheIndex_whichHasAllOfThem() throws IOException {
    Path index = ROOT.resolve("docs/README.md");
    String indexed = Files.readString(index);
    for (Path page : pages()) {
      if (page.startsWith(ROOT.resolve("docs")) && !page.equals(index)) {
        String text = Files.readString(page);
        String name = page.getFileName().toString();
        assertThat(text).as(name).contains("](README.md)");
        assertThat(name.equals("terms.md") || text.contains("](terms.md)")).as(name).isTrue();
        assertThat(indexed).contains("](" + name);
      }
    }
    assertThat(indexed).contains("](terms.md)");
  }

  /** Whoever reads a message has no checkout, so the message has to be enough by itself. */
  @Test
  void messages_nameNoPageOfTheCheckout() throws IOException {
    List<String> found = new ArrayList<>();
    for (Path file : mainSources()) {
      if (!file.startsWith(ROOT.resolve("sr-benchmarks"))) { // which are run in the checkout
        Stream<String> lines = Files.readString(file).lines();
        lines
            .filter(line -> PAGE_IN_MESSAGE.matcher(line).find())
            .forEach(line -> found.add(ROOT.relativize(file) + ": " + line.strip()));
      }
    }
    assertThat(found).isEmpty();
  }

  /** A definition begins with a noun or a verb, and names the thing that it means. */
  @Test
  void javadocs_defineTheirThing() throws IOException {
    Pattern evasion =
        Pattern.compile("/\\*\\*\\s*(?:\\*\\s*)?What\\b|\\*[^\\n]*\\bas (?:above|the next)\\b");
    List<String> found = new ArrayList<>();
    for (Path file : mainSources()) {
      for (MatchResult place : matches(evasion, Files.readString(file))) {
        found.add(ROOT.relativize(file) + ": " + place.group());
      }
    }
    assertThat(found).isEmpty();
  }

  /** ImageIO.read ignores EXIF orientation, so a photo from a phone would lie on its side. */
  @Test
  void examples_doNotReadImagesWithoutTheirOrientation() throws IOException {
    Pattern reading = Pattern.compile("\\bImageIO\\s*(?:\\.|::|#)\\s*read\\b");
    List<Path> texts = new ArrayList<>(pages());
    texts.addAll(mainSources());
    try (Stream<Path> files = Files.walk(ROOT.resolve("sr-examples"))) {
      files
          .filter(
              f ->
                  f.toString()
                      .replace('\\', '/')
                      .matches(".*/sr-examples/[a-z-]+/src/.*\\.(java|kt)"))
          .forEach(texts::add);
    }
    List<String> found = new ArrayList<>();
    for (Path text : texts) {
      if (reading.matcher(Files.readString(text)).find()) {
        found.add(ROOT.relativize(text).toString());
      }
    }
    assertThat(texts).hasSizeGreaterThan(100);
    assertThat(found).isEmpty();
  }

  @Test
  void readme_holdsTheCommandsThatOthersRunFromIt() throws IOException {
    assertThat(Files.readString(ROOT.resolve("README.md")))
        .containsPattern("(?m)^## Run the tests$")
        .contains("sr-cli/target/sr4j/bin/sr4j upscale docs/images/sample.png");
  }

  @Test
  void versions_areThoseOfTheParentPom() throws IOException {
    String page = Files.readString(ROOT.resolve("docs/dependencies.md"));
    Map<String, String> versions = new TreeMap<>();
    matches(VERSION, Files.readString(ROOT.resolve("pom.xml")))
        .forEach(m -> versions.put(m.group(1), m.group(2)));
    assertThat(versions).isNotEmpty();
    versions.replaceAll(
        (name, version) -> version.replace("${javacpp.version}", versions.get("javacpp")));
    assertThat(page).contains(versions.values());
  }

  @Test
  void plugins_haveTheVersionsOfThePage() throws IOException {
    String page = Files.readString(ROOT.resolve("docs/dependencies.md"));
    String pom = Files.readString(ROOT.resolve("pom.xml"));
    List<MatchResult> rows =
        matches(
            Pattern.compile(
                "^\\| `([a-z-]+-maven-plugin|maven-[a-z-]+-plugin)` \\| (\\S+) ", MULTILINE),
            page);
    assertThat(rows).isNotEmpty();
    for (MatchResult row : rows) {
      assertThat(pom)
          .containsPattern(
              "<artifactId>" + row.group(1) + "</artifactId>\\s+<version>" + row.group(2) + "<");
    }
  }

  @Test
  void wrapper_hasTheMavenOfThePage_andItsHash() throws IOException {
    String page = Files.readString(ROOT.resolve("docs/dependencies.md"));
    String wrapper = Files.readString(ROOT.resolve(".mvn/wrapper/maven-wrapper.properties"));
    List<MatchResult> version = matches(Pattern.compile("\\| Maven \\| (\\S+) \\|"), page);

    assertThat(version).hasSize(1);
    assertThat(wrapper)
        .contains("/apache-maven-" + version.get(0).group(1) + "-bin.zip")
        .containsPattern("(?m)^distributionSha256Sum=[0-9a-f]{64}$");
  }

  private static List<Path> mainSources() throws IOException {
    try (Stream<Path> files = Files.walk(ROOT)) {
      return files
          .filter(f -> f.toString().replace('\\', '/').matches(".*/src/main/.*\\.java"))
          .toList();
    }
  }

  private static List<Path> pages() throws IOException {
    try (Stream<Path> docs = Files.list(ROOT.resolve("docs"));
        Stream<Path> top = Files.list(ROOT)) {
      return Stream.concat(top, docs).filter(f -> f.toString().endsWith(".md")).sorted().toList();
    }
  }

  private static List<MatchResult> matches(Pattern pattern, String text) {
    return pattern.matcher(text).results().toList();
  }

  /** Returns the lines between two comments, without the indentation that they share. */
  private static String region(Path source, String name) throws IOException {
    List<String> lines =
        Files.readAllLines(source).stream()
            .dropWhile(line -> !line.strip().equals("// snippet: " + name))
            .skip(1)
            .takeWhile(line -> !line.strip().equals("// end"))
            .toList();
    assertThat(lines).as("region %s in %s", name, source).isNotEmpty();
    return String.join("\n", lines).stripTrailing().stripIndent() + "\n";
  }

  /** Returns the anchors of a page as GitHub makes them from headings, and explicit ones. */
  private static Set<String> anchors(Path page) throws IOException {
    Set<String> anchors = new TreeSet<>();
    for (String line : Files.readAllLines(page)) {
      if (line.startsWith("#")) {
        anchors.add(
            line.replaceFirst("^#+ ", "")
                .toLowerCase(Locale.ROOT)
                .replaceAll("[^\\w\\- ]", "")
                .replace(' ', '-'));
      }
      matches(Pattern.compile("<a (?:id|name)=\"([^\"]+)\""), line)
          .forEach(m -> anchors.add(m.group(1)));
    }
    return anchors;
  }
}
