// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The sizes of jars and class paths, against the budgets of docs/sizes.md. */
final class SizesIT {

  private static final Path ROOT = Path.of("").toAbsolutePath().getParent();
  private static final double MB = 1e6;

  /** A row of a table: the name, the size in MB and the budget in MB. */
  private static final Pattern ROW =
      Pattern.compile("(?m)^\\| ([^|]+?) \\|.*\\| (\\d+\\.\\d\\d?) \\| (\\d+(?:\\.\\d+)?) \\|$");

  private static final String INFERENCE =
      "sr-(?:api|networks|onnx)|guava(?=.*-jre)|failureaccess|listenablefuture|j2objc-annotations"
          + "|error_prone_annotations|slf4j-api|jspecify|onnxruntime";

  private static final String TRAINING =
      INFERENCE
          + "|sr-(?:dl4j|training)|guava|jackson.*|snakeyaml|nd4j-.*|protobuf|javacpp|openblas"
          + "|byteunits|neoitertools|flatbuffers-java|commons-(?:collections4|io|lang3|math3)";

  @Test
  void classPaths_areWithinTheirBudget_andOfTheSizesOfThePage() throws IOException {
    assumeTrue(
        System.getProperty("sr4j.platform", "").equals("linux-x86_64"),
        "the page has the natives of linux-x86_64");
    check(
        Map.of(
            "enlarging images", sum(INFERENCE),
            "training on Linux", sum(TRAINING)));
  }

  @Test
  void artifacts_areWithinTheirBudget_andOfTheSizesOfThePage() throws IOException {
    Map<String, Double> sizes = new LinkedHashMap<>();
    for (String module :
        List.of("sr-api", "sr-networks", "sr-onnx", "sr-dl4j", "sr-training", "sr-testkit")) {
      sizes.put("`" + module + "`", sum(module));
    }
    check(sizes);
  }

  /** A size on the page is right within a tenth, or 0.1 MB. */
  private static void check(Map<String, Double> sizes) throws IOException {
    String page = Files.readString(ROOT.resolve("docs/sizes.md"));
    Map<String, MatchResult> rows = new LinkedHashMap<>();
    ROW.matcher(page).results().forEach(row -> rows.put(row.group(1), row));
    sizes.forEach(
        (name, size) -> {
          MatchResult row = rows.get(name);
          assertThat(row).as("row of %s: %.2f MB", name, size).isNotNull();
          double stated = Double.parseDouble(row.group(2));
          double budget = Double.parseDouble(row.group(3));
          assertThat(size).as("%s, in MB", name).isLessThanOrEqualTo(budget);
          assertThat(Math.abs(size - stated))
              .as(String.format(Locale.ROOT, "%s has %.2f MB, the page %s", name, size, stated))
              .isLessThanOrEqualTo(Math.max(0.1, size / 10));
        });
  }

  /** Returns the size of the jars of some artifacts on the class path, in MB. */
  private static double sum(String artifacts) throws IOException {
    Pattern jar = Pattern.compile("(?:" + artifacts + ")-\\d[^/\\\\]*\\.jar");
    List<Path> found =
        Stream.of(System.getProperty("java.class.path").split(File.pathSeparator))
            .map(Path::of)
            .filter(path -> jar.matcher(String.valueOf(path.getFileName())).matches())
            .toList();
    assumeTrue(!found.isEmpty(), "the artifacts are not built, only compiled");
    long bytes = 0;
    for (Path path : found) {
      bytes += Files.size(path);
    }
    return bytes / MB;
  }
}
