// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.net.URL;
import java.net.URLClassLoader;
import java.util.Collections;
import java.util.Enumeration;
import org.junit.jupiter.api.Test;

/** The finding of the implementation of {@link Upscaler}. */
final class UpscalerImplementationTest {

  /** Loads this library anew, from a jar in which the files of services were lost. */
  private static final class WithoutServices extends URLClassLoader {

    WithoutServices() {
      super(
          new URL[] {Upscaler.class.getProtectionDomain().getCodeSource().getLocation()},
          ClassLoader.getPlatformClassLoader());
    }

    @Override
    public Enumeration<URL> findResources(String name) {
      return Collections.emptyEnumeration();
    }
  }

  @Test
  void builder_isFoundWhateverTheThreadsClassLoaderIs() {
    Thread thread = Thread.currentThread();
    ClassLoader before = thread.getContextClassLoader();
    try {
      thread.setContextClassLoader(ClassLoader.getPlatformClassLoader());

      assertThat(Upscaler.builder()).isNotSameAs(Upscaler.builder());
    } finally {
      thread.setContextClassLoader(before);
    }
  }

  @Test
  void builder_lostInAMergedJar_isReported() throws Exception {
    try (WithoutServices loader = new WithoutServices()) {
      Method builder = loader.loadClass(Upscaler.class.getName()).getMethod("builder");

      assertThatThrownBy(() -> builder.invoke(null))
          .isInstanceOf(InvocationTargetException.class)
          .cause()
          .hasToString(
              BackendNotFoundException.class.getName()
                  + ": no implementation of Upscaler is on the class path, though it is in the jar"
                  + " of sr-api; where jars are merged into one, merge their files of"
                  + " META-INF/services as well");
    }
  }
}
