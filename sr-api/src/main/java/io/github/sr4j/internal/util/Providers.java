// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.internal.util;

import com.google.common.collect.ImmutableList;
import java.util.Comparator;
import java.util.List;
import java.util.ServiceLoader;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.ToIntFunction;

/**
 * The search for providers of a kind. Their order does not depend on the class path; two providers
 * of one name are refused.
 */
public final class Providers {

  private Providers() {}

  /**
   * Finds the providers that the class loader of the calling thread sees, or else that of their
   * kind.
   *
   * @param lookup {@code loader -> ServiceLoader.load(kind, loader)}, written in the module that
   *     declares the use of the kind, which {@link ServiceLoader} asks for
   * @return the providers by name
   * @throws IllegalStateException if two have the same name
   */
  public static <P> List<P> discover(
      Class<P> kind, Function<ClassLoader, ServiceLoader<P>> lookup, Function<P, String> name) {
    // The thread's context loader sees what an application server or a plug-in host deploys beside
    // the library.
    List<P> found = byName(lookup.apply(Thread.currentThread().getContextClassLoader()), name);
    return found.isEmpty() ? byName(lookup.apply(kind.getClassLoader()), name) : found;
  }

  /**
   * As {@link #discover(Class, Function, Function)}, but by falling priority, and those of one
   * priority by name.
   */
  public static <P> List<P> discover(
      Class<P> kind,
      Function<ClassLoader, ServiceLoader<P>> lookup,
      Function<P, String> name,
      ToIntFunction<P> priority) {
    return ImmutableList.sortedCopyOf(
        Comparator.comparingInt(priority).reversed(), discover(kind, lookup, name));
  }

  private static <P> List<P> byName(Iterable<P> found, Function<P, String> name) {
    TreeMap<String, P> byName = new TreeMap<>();
    for (P provider : found) {
      P clash = byName.putIfAbsent(name.apply(provider), provider);
      if (clash != null) {
        throw new IllegalStateException(
            String.format(
                "two providers are named \"%s\": %s and %s; remove one from the class path",
                name.apply(provider), clash.getClass().getName(), provider.getClass().getName()));
      }
    }
    return ImmutableList.copyOf(byName.values());
  }
}
