// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.networks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.sr4j.BackendNotFoundException;
import io.github.sr4j.networks.graph.Graph;
import io.github.sr4j.networks.graph.Tensor;
import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which of the engines on the class path runs graphs. */
final class GraphEngineTest {

  @TempDir private Path folder;
  private ClassLoader context;

  private abstract static class Fake implements GraphEngine {
    @Override
    public Result run(Graph graph, Map<String, Tensor> arrays, Set<String> differentiated) {
      return new Result(List.of(), Map.of());
    }
  }

  /** Sorts first by its name. */
  public static final class Able extends Fake {
    @Override
    public String name() {
      return "able";
    }
  }

  /** Sorts second by its name. */
  public static final class Baker extends Fake {
    @Override
    public String name() {
      return "baker";
    }
  }

  /** Sorts last by its name. */
  public static final class Preferred extends Fake {
    @Override
    public String name() {
      return "preferred";
    }

    @Override
    public int priority() {
      return 1;
    }
  }

  /** Has the name of another. */
  public static final class Impostor extends Fake {
    @Override
    public String name() {
      return "able";
    }
  }

  @BeforeEach
  void keepContext() {
    context = Thread.currentThread().getContextClassLoader();
  }

  @AfterEach
  void restoreContext() {
    Thread.currentThread().setContextClassLoader(context);
  }

  private GraphEngine anyOf(Class<?>... engines) throws IOException {
    Path services = Files.createDirectories(folder.resolve("META-INF/services"));
    Files.writeString(
        services.resolve(GraphEngine.class.getName()),
        Stream.of(engines).map(Class::getName).collect(Collectors.joining("\n")));
    try (URLClassLoader loader = new URLClassLoader(new URL[] {folder.toUri().toURL()}, context)) {
      Thread.currentThread().setContextClassLoader(loader);
      return GraphEngine.any();
    }
  }

  @Test
  void any_isThatOfTheHighestPriority() throws IOException {
    assertThat(anyOf(Able.class, Preferred.class, Baker.class).name()).isEqualTo("preferred");
  }

  @Test
  void any_ofOnePriority_isTheFirstByName() throws IOException {
    assertThat(anyOf(Baker.class, Able.class).name()).isEqualTo("able");
  }

  @Test
  void twoOfOneName_areRefused() {
    assertThatThrownBy(() -> anyOf(Able.class, Impostor.class))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("\"able\"")
        .hasMessageContaining(Able.class.getName())
        .hasMessageContaining(Impostor.class.getName());
  }

  @Test
  void noEngine_isAMissingBackend() {
    assertThatThrownBy(() -> anyOf()).isInstanceOf(BackendNotFoundException.class);
  }
}
