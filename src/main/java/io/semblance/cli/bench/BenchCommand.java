package io.semblance.cli.bench;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Measures this machine with this build. */
@Command(
    name = "bench",
    description = "Measure Semblance on this machine.",
    mixinStandardHelpOptions = true,
    synopsisSubcommandLabel = "(pipeline | engine | soak | index)",
    subcommands = {
      PipelineBenchCommand.class,
      EngineBenchCommand.class,
      SoakCommand.class,
      IndexBenchCommand.class,
      ReopenCommand.class
    })
public final class BenchCommand implements Runnable {
  @Spec private CommandSpec spec;

  /** Made by picocli. */
  public BenchCommand() {}

  @Override
  public void run() {
    throw new ParameterException(
        spec.commandLine(), "Say what to measure: pipeline, engine, soak or index.");
  }
}
