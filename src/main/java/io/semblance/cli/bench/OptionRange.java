package io.semblance.cli.bench;

import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;

/** Refuses numbers on the command line that make no sense. */
final class OptionRange {
  private OptionRange() {}

  /** Checks that an option's value lies between two others, both included. */
  static void require(CommandSpec spec, String option, long value, long min, long max) {
    if (value < min || value > max) {
      throw new ParameterException(
          spec.commandLine(), "%s is %d: %d to %d".formatted(option, value, min, max));
    }
  }
}
