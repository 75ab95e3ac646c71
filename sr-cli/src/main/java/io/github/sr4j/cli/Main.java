// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j.cli;

import io.github.sr4j.Device;
import io.github.sr4j.cli.serve.ServeCommand;
import io.github.sr4j.cli.terminal.Failure;
import io.github.sr4j.cli.terminal.Interruption;
import io.github.sr4j.cli.terminal.StandardOutput;
import io.github.sr4j.cli.terminal.Terminal;
import io.github.sr4j.cli.terminal.TerminalWriter;
import io.github.sr4j.cli.upscale.UpscaleCommand;
import io.github.sr4j.cli.video.VideoCommand;
import java.io.OutputStream;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Set;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.RunLast;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.TypeConversionException;

/**
 * The command line of SR4J.
 *
 * <p>The exit status is 0 if everything was done; 1 if the input or the machine is at fault, which
 * one line on the standard error says; 2 if the command line itself is; 130 if it was interrupted.
 */
@Command(
    name = "sr4j",
    description = "Enlarges images with neural networks, and trains, measures and exports these.",
    synopsisSubcommandLabel = "COMMAND",
    versionProvider = Main.Version.class,
    subcommands = {
      UpscaleCommand.class,
      VideoCommand.class,
      TrainCommand.class,
      DegradeCommand.class,
      EvaluateCommand.class,
      ExportCommand.class,
      ConvertCommand.class,
      QuantizeCommand.class,
      InspectCommand.class,
      ModelsCommand.class,
      NetworksCommand.class,
      DevicesCommand.class,
      ServeCommand.class
    },
    footer = {
      "",
      "Exit status: 0 done, 1 the input or the machine is at fault, 2 wrong usage, 130"
          + " interrupted.",
      "Each command explains itself: sr4j COMMAND --help"
    })
public final class Main implements StandardOutput {

  private static final int FAILED = 1;
  private static final int WRONG_USAGE = 2;

  @Option(
      names = "--verbose",
      scope = ScopeType.INHERIT,
      description = "Show the stack trace of a failure.")
  private boolean verbose;

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      scope = ScopeType.INHERIT,
      description = "Show this text.")
  @SuppressWarnings("unused") // by picocli
  private boolean help;

  @Option(names = "--version", versionHelp = true, description = "Show the version.")
  @SuppressWarnings("unused") // by picocli
  private boolean version;

  private final PrintStream standardOutput;
  private final boolean isProcess; // with standard streams of its own

  private Main(PrintStream standardOutput, boolean isProcess) {
    this.standardOutput = standardOutput;
    this.isProcess = isProcess;
  }

  /** Runs a command and ends the process with its exit status. */
  public static void main(String[] args) {
    Interruption.prepare();
    PrintStream errors = System.err;
    System.setErr(TerminalWriter.logging(errors));
    Interruption.exit(run(System.out, errors, args));
  }

  /**
   * Runs a command.
   *
   * @return the exit status
   */
  public static int run(PrintStream out, PrintStream err, String... args) {
    PrintStream standardOutput = System.out;
    Main main = new Main(out, out.equals(standardOutput));
    PrintWriter output = new TerminalWriter(out);
    PrintWriter errors = new TerminalWriter(err);
    try (PrintStream nowhere = new PrintStream(OutputStream.nullOutputStream())) {
      // A plug-in that prints would get into an image or a report. Set before CommandLine looks
      // there, which would take a later change for one of its own output.
      System.setOut(nowhere);
      int status =
          new CommandLine(main)
              .setOut(output)
              .setErr(errors)
              .setCaseInsensitiveEnumValuesAllowed(true)
              .setColorScheme(Help.defaultColorScheme(Ansi.OFF)) // escape sequences are for nobody
              .setExpandAtFiles(false) // @photo.png is an image, not a file of arguments
              .registerConverter(Device.class, Main::device)
              .registerConverter(Path.class, Main::path)
              .setParameterExceptionHandler((failure, arguments) -> main.explainUsage(failure))
              .setExecutionStrategy(parsed -> main.execute(parsed, errors))
              .setExecutionExceptionHandler(
                  (failure, command, result) -> main.explain(failure, errors, optionsOf(result)))
              .execute(args);
      if (status == 0 && output.checkError()) {
        errors.println("sr4j: the standard output cannot be written to, and some of it is missing");
        return FAILED;
      }
      return status;
    } finally {
      System.setOut(standardOutput);
    }
  }

  @Override
  public PrintStream stream() {
    return standardOutput;
  }

  @Override
  public boolean isTerminal() {
    return isProcess && Terminal.isStandardOutput();
  }

  private static Device device(String text) {
    try {
      return Device.parse(text);
    } catch (IllegalArgumentException e) {
      // The only exception whose message picocli shows without the name of its class.
      throw new TypeConversionException(e.getMessage());
    }
  }

  private static Path path(String text) {
    if (text.isEmpty()) { // as of a variable that is not set; it would be the working directory
      throw new TypeConversionException("must be the name of a file or folder, but is empty");
    }
    try {
      return Path.of(text);
    } catch (InvalidPathException e) {
      throw new TypeConversionException(
          String.format(
              "\"%s\" is no name of a file here: %s; a locale of UTF-8, as of LC_ALL=C.UTF-8, has"
                  + " all characters",
              text, e.getReason()));
    }
  }

  private int execute(ParseResult parsed, PrintWriter errors) {
    try {
      return new RunLast().execute(parsed);
    } catch (Error e) { // picocli lets errors pass
      return explain(e, errors, optionsOf(parsed));
    }
  }

  private int explain(Throwable failure, PrintWriter errors, Set<String> options) {
    if (Failure.isInterruption(failure) || Interruption.isUnderWay()) {
      return Interruption.STATUS; // by the user, who knows
    }
    errors.println("sr4j: " + Failure.describe(failure, options));
    if (verbose) {
      failure.printStackTrace(errors);
    }
    errors.flush();
    return FAILED;
  }

  /** Returns the names of the options of the command that was run. */
  private static Set<String> optionsOf(ParseResult parsed) {
    ParseResult last = parsed;
    while (last.hasSubcommand()) {
      last = last.subcommand();
    }
    return last.commandSpec().optionsMap().keySet();
  }

  private int explainUsage(ParameterException failure) {
    CommandLine command = failure.getCommandLine();
    String name = command.getCommandSpec().qualifiedName();
    command
        .getErr()
        .printf("%s: %s; see %s --help%n", name, Failure.inOneLine(failure.getMessage()), name);
    command.getErr().flush();
    return WRONG_USAGE;
  }

  /** The version of the jar that this class comes from. */
  static final class Version implements IVersionProvider {
    @Override
    public String[] getVersion() {
      String version = Main.class.getPackage().getImplementationVersion();
      return new String[] {"sr4j " + (version == null ? "(not packaged)" : version)};
    }
  }
}
