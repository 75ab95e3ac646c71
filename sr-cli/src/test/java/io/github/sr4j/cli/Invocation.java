// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.Charset;
import java.util.Arrays;

/** A command that was run in this process: its exit status and what it printed. */
public record Invocation(int status, String out, String err) {

  public static Invocation of(Object... arguments) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    PrintStream standardOutput = System.out;
    int status =
        Main.run(
            new PrintStream(out, true, UTF_8),
            new PrintStream(err, true, UTF_8),
            Arrays.stream(arguments).map(Object::toString).toArray(String[]::new));
    assertThat(System.out).isSameAs(standardOutput);
    // Before JDK 18, a PrintWriter around a PrintStream encodes as the platform does.
    Charset charset = Runtime.version().feature() < 18 ? Charset.defaultCharset() : UTF_8;
    return new Invocation(status, out.toString(charset), err.toString(charset));
  }

  public Invocation succeeds() {
    assertThat(err).isEmpty();
    assertThat(status).isZero();
    return this;
  }

  /** The input or the machine is at fault, which one line says in the given words. */
  public void failsSaying(String... words) {
    assertThat(err).startsWith("sr4j: ").contains(words).doesNotContain("internal error");
    assertThat(err.lines()).hasSize(1);
    assertThat(status).isEqualTo(1);
  }

  /** Several files are at fault, of which lines say so in the given words. */
  public void failsAboutEach(String... words) {
    assertThat(err.lines()).allMatch(line -> line.startsWith("sr4j: "));
    assertThat(err).contains(words).doesNotContain("internal error");
    assertThat(status).isEqualTo(1);
  }

  /** The command line is at fault, which one line says in the given words. */
  public void isRefusedSaying(String... words) {
    assertThat(err).startsWith("sr4j").contains(words).contains("--help");
    assertThat(err.lines()).hasSize(1);
    assertThat(out).isEmpty();
    assertThat(status).isEqualTo(2);
  }
}
