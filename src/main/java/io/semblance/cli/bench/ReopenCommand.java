package io.semblance.cli.bench;

import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** What {@code bench index} starts in a process of its own to measure a restart. */
@Command(
    name = "reopen",
    hidden = true,
    description = "Open the directory of an index and search it.")
final class ReopenCommand implements Callable<Integer> {
  @Parameters(paramLabel = "DIRECTORY", description = "Of the index.")
  private Path directory = Path.of("");

  @Option(names = "--queries", required = true, description = "A file of float32 vectors.")
  private Path queries = Path.of("");

  @Option(names = "--dimension", required = true, description = "Of the vectors.")
  private int dimension;

  @Option(names = "--out", required = true, description = "Receives what was measured, as JSON.")
  private Path out = Path.of("");

  @Option(names = "--millis", required = true, description = "How long to search at least.")
  private long millis;

  @Override
  public Integer call() throws Exception {
    Reopening.write(Reopening.run(directory, queries, dimension, Duration.ofMillis(millis)), out);
    return 0;
  }
}
