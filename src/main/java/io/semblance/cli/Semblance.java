package io.semblance.cli;

import io.quarkus.runtime.annotations.QuarkusMain;
import io.semblance.cli.bench.BenchCommand;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.NoSuchFileException;
import java.util.Objects;
import java.util.logging.Level;
import java.util.logging.Logger;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Entry point of every command. Client commands never boot the service. */
@QuarkusMain
@Command(
    name = "semblance",
    description = "Finds images that have been seen before, while they stream past.",
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    synopsisSubcommandLabel = "COMMAND",
    subcommands = {
      DemoCommand.class,
      ServeCommand.class,
      UploadCommand.class,
      SearchCommand.class,
      DeleteCommand.class,
      ClassifyCommand.class,
      AlertsCommand.class,
      DeadLettersCommand.class,
      ModelCommand.class,
      TopicsCommand.class,
      BenchCommand.class
    })
public final class Semblance implements Runnable {
  @Spec private CommandSpec spec;

  Semblance() {}

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "Name a command.");
  }

  /** Runs the command that {@code arguments} name, and ends the process with its status. */
  public static void main(String[] arguments) {
    Logger.getLogger("").setLevel(Level.WARNING); // until the service sets its own levels
    System.exit(commandLine().execute(arguments));
  }

  static CommandLine commandLine() {
    return new CommandLine(new Semblance())
        .setCaseInsensitiveEnumValuesAllowed(true)
        .setParameterExceptionHandler(Semblance::correct)
        .setExecutionExceptionHandler(Semblance::explain);
  }

  /** Misuse is one line; a group of commands lists them as well. */
  private static int correct(ParameterException failure, String[] arguments) {
    CommandLine command = failure.getCommandLine();
    boolean group = !command.getSubcommands().isEmpty();
    String name = command.getCommandSpec().qualifiedName();
    command
        .getErr()
        .println(
            command
                .getColorScheme()
                .errorText(
                    group
                        ? failure.getMessage()
                        : "%s; see %s --help".formatted(failure.getMessage(), name)));
    if (group) {
      CommandLine.UnmatchedArgumentException.printSuggestions(failure, command.getErr());
      command.usage(command.getErr());
    }
    command.getErr().flush();
    return CommandLine.ExitCode.USAGE;
  }

  /** A failure is one line with cause and remedy; its stack is for {@code -Dstacktrace}. */
  private static int explain(
      Exception failure, CommandLine command, CommandLine.ParseResult arguments) {
    if (System.getProperty("stacktrace") != null) {
      failure.printStackTrace(command.getErr());
    }
    command.getErr().println(command.getColorScheme().errorText("semblance: " + message(failure)));
    return CommandLine.ExitCode.SOFTWARE;
  }

  /** The exceptions of file systems have a path alone for a message. */
  private static String message(Exception failure) {
    return switch (failure) {
      case UncheckedIOException unchecked -> message(Objects.requireNonNull(unchecked.getCause()));
      case NoSuchFileException missing ->
          "there is no file or folder %s: check the path".formatted(missing.getFile());
      case AccessDeniedException denied ->
          "%s may not be read or written by you: give yourself the right to do so, or name another"
              .formatted(denied.getFile());
      default -> failure.getMessage() == null ? failure.toString() : failure.getMessage();
    };
  }
}
