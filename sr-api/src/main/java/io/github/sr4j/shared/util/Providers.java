// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.shared.util;

import com.google.common.collect.ImmutableList;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.ToIntFunction;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The search for providers of a kind. Their order does not depend on the class path; two providers
 * of one name are refused.
 */
public final class Providers {

  private static final Logger logger = LoggerFactory.getLogger(Providers.class);

  private Providers() {}

  /**
   * Finds the providers that the context class loader of the calling thread sees, or else the class
   * loader of their kind. Providers of another copy of SR4J, which a web application may bring
   * along, are left out with a warning.
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
    List<P> found = byName(ofContext(kind, lookup), name);
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

  /** Returns the providers that the context class loader sees and that are of this copy's kind. */
  private static <P> List<P> ofContext(
      Class<P> kind, Function<ClassLoader, ServiceLoader<P>> lookup) {
    ClassLoader context = Thread.currentThread().getContextClassLoader();
    Iterator<P> all = lookup.apply(context).iterator();
    List<P> found = new ArrayList<>();
    while (true) {
      try {
        if (!all.hasNext()) {
          return found;
        }
        found.add(all.next());
      } catch (ServiceConfigurationError e) { // of one provider; the others follow
        if (!seesAnotherCopy(context, kind) || e.getCause() != null) {
          throw e;
        }
        logger.warn(
            "a provider of another copy of SR4J is left out ({}): the context class loader of the"
                + " thread {} has one of its own, and this call is of the one of {}",
            e.getMessage(),
            Thread.currentThread().getName(),
            kind.getClassLoader());
      }
    }
  }

  private static boolean seesAnotherCopy(@Nullable ClassLoader context, Class<?> kind) {
    try {
      return Class.forName(kind.getName(), false, context) != kind;
    } catch (ClassNotFoundException e) {
      return false;
    }
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
