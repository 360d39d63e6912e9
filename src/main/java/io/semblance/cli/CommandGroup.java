package io.semblance.cli;

import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** A command that does nothing by itself but has others below it. */
abstract class CommandGroup implements Runnable {
  @Spec private CommandSpec spec;

  @Override
  public final void run() {
    List<String> names = new ArrayList<>(spec.subcommands().keySet());
    String last = names.removeLast();
    throw new ParameterException(
        spec.commandLine(), "Say %s or %s.".formatted(String.join(", ", names), last));
  }
}
