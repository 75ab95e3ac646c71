// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.cli.terminal;

import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.lang.reflect.Proxy;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * The signals that end a process. They are in {@code sun.misc}, which every JVM in use has, but the
 * compiler warns of; hence by reflection.
 */
public final class Signals {

  private static final int SECONDS = 2; // that a signal may take

  private Signals() {}

  /**
   * Sets what is done on a signal instead of the end of the process.
   *
   * @param name such as TERM
   * @param action gets the name, on a thread of its own
   */
  public static void handle(String name, Consumer<String> action) {
    try {
      Class<?> type = Class.forName("sun.misc.SignalHandler");
      Object handler =
          Proxy.newProxyInstance(
              Signals.class.getClassLoader(),
              new Class<?>[] {type},
              (proxy, method, arguments) -> {
                if (method.getName().equals("handle")) {
                  action.accept(name);
                }
                return null;
              });
      set(name, handler);
    } catch (ReflectiveOperationException | IllegalArgumentException e) {
      // The system has no such signal, or the JVM keeps it: the process ends as it would anyway.
    }
  }

  /**
   * Ends this process by a signal, without the orderly end of a JVM: that frees what native code of
   * other threads is using, which crashes.
   */
  public static void endProcessBy(String name) {
    try {
      set(name, Class.forName("sun.misc.SignalHandler").getField("SIG_DFL").get(null));
      String process = Long.toString(ProcessHandle.current().pid());
      new ProcessBuilder("kill", "-" + name, process)
          .redirectOutput(Redirect.DISCARD)
          .redirectError(Redirect.DISCARD)
          .start()
          .waitFor(SECONDS, TimeUnit.SECONDS);
      TimeUnit.SECONDS.sleep(SECONDS);
    } catch (ReflectiveOperationException | IllegalArgumentException | IOException e) {
      // A system without signals, or without the command.
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    Runtime.getRuntime().halt(Interruption.STATUS);
  }

  private static void set(String name, Object handler) throws ReflectiveOperationException {
    Class<?> signal = Class.forName("sun.misc.Signal");
    signal
        .getMethod("handle", signal, Class.forName("sun.misc.SignalHandler"))
        .invoke(null, signal.getConstructor(String.class).newInstance(name), handler);
  }
}
