// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.benchmarks;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * A process that answers lines of input. Its answers begin with {@link #ANSWER}, because native
 * libraries may print too; what does not is passed on to the standard error.
 */
final class WorkerProcess implements AutoCloseable {

  static final String ANSWER = "sr4j-answer ";

  private final String name;
  private final Process process;
  private final BufferedReader answers;
  private final Writer requests;

  WorkerProcess(String name, List<String> command) throws IOException {
    this.name = name;
    this.process =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    this.requests = process.outputWriter(StandardCharsets.UTF_8);
    this.answers =
        new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
  }

  /** Sends a line and returns the words of the answer. */
  List<String> ask(String request) throws IOException {
    requests.write(request + "\n");
    requests.flush();
    return answer();
  }

  /** Waits for an answer and returns its words. */
  List<String> answer() throws IOException {
    for (String line = answers.readLine(); line != null; line = answers.readLine()) {
      if (line.startsWith(ANSWER)) {
        return List.of(line.substring(ANSWER.length()).split(" ", -1));
      }
      System.err.println(name + ": " + line);
    }
    throw new IllegalStateException("the process of " + name + " ended; its output says why");
  }

  @Override
  public void close() throws IOException {
    try (requests;
        answers) {
      requests.close(); // the worker ends where its input ends
      answers.transferTo(Writer.nullWriter()); // until it has
    } finally {
      process.destroy();
    }
  }
}
