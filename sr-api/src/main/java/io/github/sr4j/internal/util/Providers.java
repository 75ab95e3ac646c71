// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.internal.util;

import com.google.common.collect.ImmutableList;
import java.util.List;
import java.util.ServiceLoader;
import java.util.TreeMap;
import java.util.function.Function;

/**
 * The providers of one kind, by name.
 *
 * <p>The order is that of the names, so that it does not depend on the class path; two providers of
 * one name are refused.
 */
public final class Providers<P> {

  private final TreeMap<String, P> byName = new TreeMap<>();

  private Providers() {}

  static <P> Providers<P> of(Iterable<P> found, Function<P, String> name) {
    Providers<P> providers = new Providers<>();
    for (P provider : found) {
      P clash = providers.byName.putIfAbsent(name.apply(provider), provider);
      if (clash != null) {
        throw new IllegalStateException(
            String.format(
                "two providers are named \"%s\": %s and %s; remove one from the class path. See"
                    + " docs/errors.md#two-providers",
                name.apply(provider), clash.getClass().getName(), provider.getClass().getName()));
      }
    }
    return providers;
  }

  /**
   * Finds the providers that the class loader of the calling thread sees, or else that of this
   * library.
   *
   * @throws IllegalStateException if two have the same name
   */
  public static <P> Providers<P> discover(Class<P> kind, Function<P, String> name) {
    // Called from this module, which declares the use of each kind. The thread's context loader
    // sees what an application server or a plug-in host deploys beside the library.
    ClassLoader context = Thread.currentThread().getContextClassLoader();
    Iterable<P> found = ServiceLoader.load(kind, context);
    Providers<P> providers = of(found, name);
    return providers.byName.isEmpty()
        ? of(ServiceLoader.load(kind, Providers.class.getClassLoader()), name)
        : providers;
  }

  /** Returns all, in the order of their names. */
  public List<P> all() {
    return ImmutableList.copyOf(byName.values());
  }
}
