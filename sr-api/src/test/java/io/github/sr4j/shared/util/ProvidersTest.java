// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.shared.util;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.common.io.Resources;
import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ProvidersTest {

  /** A kind of provider. */
  public interface Kind {
    /** The name. */
    String name();
  }

  /** A provider that each copy of SR4J has. */
  public static class OfBoth implements Kind {
    @Override
    public String name() {
      return "both";
    }
  }

  /** A provider that only the copy under test has. */
  public static final class Own extends OfBoth {
    @Override
    public String name() {
      return "own";
    }
  }

  /** A provider that cannot be created. */
  public static final class Broken implements Kind {
    /** Fails. */
    public Broken() {
      throw new IllegalStateException("broken");
    }

    @Override
    public String name() {
      return "broken";
    }
  }

  /** A web application that brings its own copy of some classes, and sees the others. */
  private static final class WebApplication extends URLClassLoader {

    private final Set<String> copies;

    WebApplication(Path files, Class<?>... copies) throws IOException {
      super(new URL[] {files.toUri().toURL()}, ProvidersTest.class.getClassLoader());
      this.copies = Set.of(List.of(copies).stream().map(Class::getName).toArray(String[]::new));
    }

    @Override
    protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
      if (!copies.contains(name)) {
        return super.loadClass(name, resolve);
      }
      synchronized (getClassLoadingLock(name)) {
        Class<?> loaded = findLoadedClass(name);
        if (loaded != null) {
          return loaded;
        }
        try {
          byte[] bytes = Resources.toByteArray(getResource(name.replace('.', '/') + ".class"));
          return defineClass(name, bytes, 0, bytes.length);
        } catch (IOException e) {
          throw new ClassNotFoundException(name, e);
        }
      }
    }
  }

  @TempDir private Path files;

  private void declare(Class<?>... providers) throws IOException {
    Path services = Files.createDirectories(files.resolve("META-INF/services"));
    Files.write(
        services.resolve(Kind.class.getName()),
        List.of(providers).stream().map(Class::getName).toList());
  }

  private static List<String> discover(ClassLoader context) {
    Thread thread = Thread.currentThread();
    ClassLoader before = thread.getContextClassLoader();
    thread.setContextClassLoader(context);
    try {
      return Providers.discover(
              Kind.class, loader -> ServiceLoader.load(Kind.class, loader), Kind::name)
          .stream()
          .map(Kind::name)
          .toList();
    } finally {
      thread.setContextClassLoader(before);
    }
  }

  @Test
  void providersOfAnotherCopy_areLeftOut() throws IOException {
    declare(OfBoth.class, Own.class);

    try (WebApplication copy = new WebApplication(files, Kind.class, OfBoth.class)) {
      assertThat(discover(copy)).containsExactly("own");
    }
    try (WebApplication none = new WebApplication(files)) {
      assertThat(discover(none)).containsExactly("both", "own");
    }
  }

  @Test
  void providerThatCannotBeCreated_isAnErrorAlsoBesideAnotherCopy() throws IOException {
    declare(Broken.class);

    try (WebApplication copy = new WebApplication(files, Kind.class)) {
      assertThatThrownBy(() -> discover(copy))
          .isInstanceOf(ServiceConfigurationError.class)
          .hasRootCauseMessage("broken");
    }
  }
}
