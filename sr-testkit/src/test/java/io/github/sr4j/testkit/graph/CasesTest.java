// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.testkit.graph;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.sr4j.networks.NetworkProvider;
import io.github.sr4j.networks.graph.Operator;
import io.github.sr4j.networks.operators.Binary;
import io.github.sr4j.networks.operators.spatial.Convolve;
import io.github.sr4j.networks.zoo.Networks;
import io.github.sr4j.spi.Arguments;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.Modifier;
import java.lang.reflect.RecordComponent;
import java.net.URI;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.ServiceLoader;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The cases of the contracts leave out no operator, no setting of one, and no network. */
class CasesTest {

  static List<Class<?>> operatorClasses() {
    return Stream.of(Binary.class, Convolve.class)
        .flatMap(type -> classesBeside(type).stream())
        .filter(Operator.class::isAssignableFrom)
        .filter(type -> !type.isInterface() && !Modifier.isAbstract(type.getModifiers()))
        .filter(type -> !type.isAnonymousClass())
        .toList();
  }

  /** Returns the classes of the package of one, in a folder or a jar. */
  private static List<Class<?>> classesBeside(Class<?> one) {
    String folder = one.getPackageName().replace('.', '/');
    try {
      URI location = one.getProtectionDomain().getCodeSource().getLocation().toURI();
      Path path = Path.of(location);
      if (Files.isDirectory(path)) {
        return classes(path.resolve(folder), one.getPackageName());
      }
      try (FileSystem jar = FileSystems.newFileSystem(path)) {
        return classes(jar.getPath(folder), one.getPackageName());
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (ReflectiveOperationException | java.net.URISyntaxException e) {
      throw new AssertionError(e);
    }
  }

  private static List<Class<?>> classes(Path folder, String packageName)
      throws IOException, ReflectiveOperationException {
    List<Class<?>> classes = new ArrayList<>();
    List<String> names;
    try (Stream<Path> files = Files.list(folder)) {
      names = files.map(file -> file.getFileName().toString()).sorted().toList();
    }
    for (String name : names) {
      if (name.endsWith(".class") && !name.equals("package-info.class")) {
        classes.add(Class.forName(packageName + "." + name.replace(".class", "")));
      }
    }
    return classes;
  }

  @Test
  void operators_areFound() {
    assertThat(operatorClasses()).hasSizeGreaterThan(20).contains(Convolve.class);
  }

  @ParameterizedTest
  @MethodSource("operatorClasses")
  void operator_hasACase(Class<?> operator) {
    assertThat(operators(operator))
        .as("cases of %s: add one to OperatorCases", operator.getSimpleName())
        .isNotEmpty();
  }

  @ParameterizedTest
  @MethodSource("operatorClasses")
  void constantsOfAnOperator_haveCases(Class<?> operator) {
    if (operator.isEnum()) {
      assertThat(operators(operator)).contains((Object[]) operator.getEnumConstants());
    }
  }

  @ParameterizedTest
  @MethodSource("operatorClasses")
  void settingsOfAnOperator_haveCases(Class<?> operator) throws ReflectiveOperationException {
    if (!operator.isRecord()) {
      return;
    }
    for (RecordComponent component : operator.getRecordComponents()) {
      Set<Object> values = new HashSet<>();
      for (Object each : operators(operator)) {
        values.add(component.getAccessor().invoke(each));
      }
      String setting = component.getName() + " of " + operator.getSimpleName();
      if (component.getType().isEnum()) {
        assertThat(values).as(setting).contains(component.getType().getEnumConstants());
      } else if (component.getType() == boolean.class) {
        assertThat(values).as(setting).contains(true, false);
      } else if (!component.getName().equals("epsilon")) {
        assertThat(values).as(setting).hasSizeGreaterThan(1);
      }
    }
  }

  private static List<Object> operators(Class<?> type) {
    return OperatorCases.all().stream()
        .map(OperatorCases.Case::operator)
        .filter(type::isInstance)
        .map(Object.class::cast)
        .toList();
  }

  @Test
  void builtInNetworks_haveCases() {
    Set<String> builtIn = new HashSet<>(Networks.names());
    ServiceLoader.load(NetworkProvider.class).forEach(other -> builtIn.remove(other.name()));

    assertThat(NetworkCases.NETWORKS)
        .extracting(network -> Arguments.parse(network.text()).name())
        .containsAll(builtIn);
  }

  @Test
  void names_areUnique() {
    List<GraphCase> all = new ArrayList<>();
    OperatorCases.all().forEach(each -> all.add(each.graph()));
    all.addAll(NetworkCases.all());
    all.addAll(LossCases.all());

    assertThat(all).extracting(GraphCase::name).doesNotHaveDuplicates();
  }
}
