package io.semblance.cli.bench;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Measures the vector index by itself, in turns with FAISS, and checks every answer. */
@Command(
    name = "index",
    description = {
      "Measure the vector index against FAISS, and compare its answers with brute force.",
      "Ends with status 1 if any answer differs. With --embed, makes a file of real vectors."
    },
    mixinStandardHelpOptions = true)
final class IndexBenchCommand implements Callable<Integer> {
  private static final String REAL = "real";
  private static final int QUERIES_MAX = 10_000;
  private static final Duration TIME = Duration.ofSeconds(2);
  private static final int THREADS_MAX = 64;

  @Spec private CommandSpec spec;

  @Option(
      names = "--rows",
      paramLabel = "N",
      split = ",",
      defaultValue = "200000",
      description = "Rows of each index; ${DEFAULT-VALUE} by default.")
  private List<Long> rows = new ArrayList<>();

  @Option(
      names = "--dimensions",
      paramLabel = "D",
      split = ",",
      defaultValue = "512",
      description = "Of synthetic vectors; ${DEFAULT-VALUE} by default.")
  private List<Integer> dimensions = new ArrayList<>();

  @Option(
      names = "--sets",
      paramLabel = "SET",
      split = ",",
      defaultValue = "clip,isotropic,anisotropic",
      description = "clip, isotropic, anisotropic, real; ${DEFAULT-VALUE} by default.")
  private List<String> sets = new ArrayList<>();

  @Option(
      names = "--vectors",
      paramLabel = "FILE",
      description = "The set real: little-endian float32 vectors of unit length.")
  private @Nullable Path vectors;

  @Option(names = "--dimension", paramLabel = "D", description = "Of the set real.")
  private int dimension;

  @Option(
      names = "--queries",
      paramLabel = "N",
      defaultValue = "64",
      description = "Queries of a round; ${DEFAULT-VALUE} by default.")
  private int queries;

  @Option(
      names = "--threads",
      paramLabel = "N",
      split = ",",
      defaultValue = "1",
      description = "Threads that search; ${DEFAULT-VALUE} by default.")
  private List<Integer> threads = new ArrayList<>();

  @Option(
      names = "--rounds",
      paramLabel = "N",
      defaultValue = "5",
      description = "Rounds after the one to warm up; ${DEFAULT-VALUE} by default.")
  private int rounds;

  @Option(names = "--faiss", description = "Measure FAISS in turns (src/bench/faiss_flat.py).")
  private boolean faiss;

  @Option(
      names = "--python",
      paramLabel = "COMMAND",
      description = "Python with FAISS; by default target/faiss/bin/python, else python3.")
  private @Nullable String python;

  @Option(
      names = "--directory",
      paramLabel = "DIR",
      description = "For temporary files, about twice the vectors' size; the system's by default.")
  private @Nullable Path directory;

  @Option(
      names = "--seed",
      defaultValue = "1",
      description = "Of everything random; ${DEFAULT-VALUE} by default.")
  private long seed;

  @Option(names = "--json", description = "Write one JSON object.")
  private boolean json;

  @ArgGroup(exclusive = false)
  private @Nullable Embedding embedding;

  /** Options that make a file of vectors. */
  private static final class Embedding {
    @Option(
        names = "--embed",
        paramLabel = "DIR",
        required = true,
        split = ",",
        description = "Embed the photographs of these folders with edited copies, then end.")
    private List<Path> folders = new ArrayList<>();

    @Option(
        names = "--copies",
        paramLabel = "N",
        defaultValue = "30",
        description = "Of each photograph, itself included; ${DEFAULT-VALUE} by default.")
    private int copies;

    @Option(
        names = "--out",
        paramLabel = "FILE",
        required = true,
        description = "Receives the vectors; a run that was stopped is continued.")
    private Path out = Path.of("");
  }

  @Override
  public Integer call() throws Exception {
    if (embedding != null) {
      return embed(embedding);
    }
    rows.forEach(value -> OptionRange.require(spec, "--rows", value, 1, Integer.MAX_VALUE));
    threads.forEach(value -> OptionRange.require(spec, "--threads", value, 1, THREADS_MAX));
    OptionRange.require(spec, "--queries", queries, 1, QUERIES_MAX);
    OptionRange.require(spec, "--rounds", rounds, 1, 100);
    if (sets.contains(REAL) && (vectors == null || dimension < 1)) {
      throw new ParameterException(
          spec.commandLine(),
          "The set real needs --vectors FILE and --dimension D; --embed makes such a file.");
    }
    Machine machine = Machine.describe();
    Path home = home();
    Path temporary =
        directory == null
            ? Files.createTempDirectory("semblance-bench")
            : Files.createTempDirectory(directory, "semblance-bench");
    IndexTrial.Plan plan =
        new IndexTrial.Plan(home, temporary, rounds, queries, List.copyOf(threads), TIME);
    try (@Nullable FaissProcess process = faiss ? startFaiss(home) : null) {
      List<IndexReport.Trial> trials = new ArrayList<>();
      for (String set : sets) {
        if (set.equals(REAL)) {
          trials.addAll(realTrials(plan, process));
        } else {
          trials.addAll(syntheticTrials(plan, kind(set), process));
        }
      }
      IndexReport report =
          new IndexReport(
              machine,
              Machine.currentLoad(),
              seed,
              rounds,
              process == null ? null : process.facts(),
              trials);
      PrintWriter out = spec.commandLine().getOut();
      out.println(json ? report.json() : report.text());
      out.flush();
      return report.isExact() ? 0 : 1;
    } finally {
      TemporaryFolder.delete(temporary);
    }
  }

  private FaissProcess startFaiss(Path home) throws IOException {
    return FaissProcess.start(python == null ? FaissProcess.defaultPython(home) : python, home);
  }

  private List<IndexReport.Trial> syntheticTrials(
      IndexTrial.Plan plan, SyntheticVectors.Kind kind, @Nullable FaissProcess process)
      throws Exception {
    List<IndexReport.Trial> trials = new ArrayList<>();
    for (int dimensionOfSet : dimensions) {
      SyntheticVectors source = new SyntheticVectors(kind, dimensionOfSet, seed);
      for (long count : rows) {
        trials.add(new IndexTrial(plan, source, count, process, this::progress).run());
      }
    }
    return trials;
  }

  private List<IndexReport.Trial> realTrials(IndexTrial.Plan plan, @Nullable FaissProcess process)
      throws Exception {
    List<IndexReport.Trial> trials = new ArrayList<>();
    if (vectors == null) {
      return trials;
    }
    try (VectorFile file = VectorFile.open(vectors, dimension)) {
      RealVectors source = new RealVectors(file, queries);
      List<Long> counts =
          rows.stream().map(count -> Math.min(count, source.rowsMax())).distinct().toList();
      for (long count : counts) {
        trials.add(new IndexTrial(plan, source, count, process, this::progress).run());
      }
    }
    return trials;
  }

  private SyntheticVectors.Kind kind(String set) {
    return Stream.of(SyntheticVectors.Kind.values())
        .filter(kind -> kind.name().toLowerCase(Locale.ROOT).equals(set))
        .findFirst()
        .orElseThrow(() ->
            new ParameterException(
                spec.commandLine(),
                "There is no set '%s': clip, isotropic, anisotropic, real.".formatted(set)));
  }

  private int embed(Embedding options) throws Exception {
    OptionRange.require(spec, "--copies", options.copies, 1, EmbeddedCopies.COPIES_MAX);
    EmbeddedCopies.write(
        home(), options.folders, options.copies, seed, options.out, this::progress);
    return 0;
  }

  private static Path home() {
    return Path.of(System.getProperty("semblance.home", "."));
  }

  private void progress(String text) {
    PrintWriter err = spec.commandLine().getErr();
    err.println("bench: " + text);
    err.flush();
  }
}
