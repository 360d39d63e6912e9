package io.semblance.cli.bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.semblance.cli.InferenceOptions;
import io.semblance.embedding.model.EmbeddingModel;
import io.semblance.embedding.model.InferenceDevice;
import io.semblance.embedding.model.ModelPackage;
import io.semblance.embedding.model.NumericFormat;
import io.semblance.image.ImageDecoder;
import io.semblance.image.ImageLimits;
import io.semblance.image.ImageRejectedException;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Measures the bare engine at several batch sizes, by itself or in turns with Python. */
@Command(
    name = "engine",
    description = {
      "Measure the bare engine: embeddings/s of preprocessed pictures by batch size.",
      "With --python each engine that the model has, in turns with its own Python package on the"
          + " same CPU, file and inputs; ends with status 1 if their vectors differ by more than"
          + " 1e-4."
    },
    mixinStandardHelpOptions = true)
final class EngineBenchCommand implements Callable<Integer> {
  private static final int BATCH_SIZE_MAX = 1_024;
  private static final Duration TIME = Duration.ofSeconds(2);
  private static final Duration TURN = Duration.ofSeconds(1);
  private static final Duration WARM_UP_TIME = Duration.ofMillis(500);
  private static final int IMAGES_MIN = 32;
  private static final List<Integer> BATCH_SIZES_IN_TURNS = List.of(1, 8, 32);
  private static final double DEVIATION_MAX = 1e-4;

  @Spec private CommandSpec spec;

  @Mixin private InferenceOptions inference = new InferenceOptions();

  @Option(
      names = "--batch-sizes",
      paramLabel = "N",
      split = ",",
      description =
          "By default 1,8,16,32 on a CPU, 64 and 128 as well on a GPU; 1,8,32 with --python.")
  private @Nullable List<Integer> batchSizes;

  @Option(
      names = "--rounds",
      paramLabel = "N",
      defaultValue = "3",
      description = "Rounds after the one to warm up; ${DEFAULT-VALUE} by default.")
  private int rounds;

  @Option(
      names = "--python",
      paramLabel = "COMMAND",
      arity = "0..1",
      fallbackValue = "",
      description =
          "Measure in turns with this Python (src/bench/engines.py); without a value"
              + " target/engines/bin/python, else python3.")
  private @Nullable String python;

  @Option(names = "--json", description = "Write one JSON object.")
  private boolean json;

  @Override
  public Integer call() throws Exception {
    OptionRange.require(spec, "--rounds", rounds, 1, 100);
    if (batchSizes != null) {
      batchSizes.forEach(size -> {
        if (size < 1 || size > BATCH_SIZE_MAX) {
          throw new ParameterException(
              spec.commandLine(),
              "--batch-sizes names %d: 1 to %d".formatted(size, BATCH_SIZE_MAX));
        }
      });
    }
    Machine machine = Machine.describe();
    Path home = Path.of(System.getProperty("semblance.home", "."));
    Path directory = LocalPipeline.modelDirectory(home);
    return python == null
        ? byItself(machine, home, directory)
        : inTurns(machine, home, directory, python);
  }

  private int byItself(Machine machine, Path home, Path directory) throws Exception {
    try (EmbeddingModel model = inference.load(directory)) {
      List<Integer> sizes = batchSizes == null ? EngineBench.batchSizes(model) : batchSizes;
      EngineBench bench = bench(home, model, sizes);
      bench.round(WARM_UP_TIME, false);
      for (int round = 0; round < rounds; round++) {
        bench.round(TIME, true);
      }
      print(machine, model, bench.medians());
    }
    return 0;
  }

  private static EngineBench bench(Path home, EmbeddingModel model, List<Integer> sizes)
      throws IOException, ImageRejectedException {
    int images = Math.max(IMAGES_MIN, sizes.stream().mapToInt(Integer::intValue).max().orElse(1));
    List<byte[]> pictures =
        Photographs.read(Photographs.defaultDirectory(home)).pairs(images, 1).stream()
            .map(Photographs.Pair::original)
            .toList();
    return new EngineBench(model, new ImageDecoder(ImageLimits.DEFAULT, true), pictures, sizes);
  }

  private int inTurns(Machine machine, Path home, Path directory, String command) throws Exception {
    List<Integer> sizes = batchSizes == null ? BATCH_SIZES_IN_TURNS : batchSizes;
    requireComparable(directory);
    List<EngineTurns.Result> results = new ArrayList<>();
    Path temporary = Files.createTempDirectory("semblance-bench");
    try {
      for (String engine : inference.engines(directory)) {
        try (EmbeddingModel model = inference.load(directory, engine);
            EngineTurns turns =
                new EngineTurns(
                    command.isEmpty() ? EngineTurns.defaultPython(home) : command,
                    home,
                    ModelPackage.read(directory, Optional.of(engine)),
                    bench(home, model, sizes),
                    inference.threads(),
                    temporary)) {
          if (!(model.device() instanceof InferenceDevice.Cpu)) {
            throw new ParameterException(
                spec.commandLine(), "--python measures on a CPU: add --device cpu");
          }
          for (int size : sizes) {
            results.addAll(turns.run(size, rounds, WARM_UP_TIME, TURN));
          }
        }
      }
    } finally {
      TemporaryFolder.delete(temporary);
    }
    print(machine, results);
    return results.stream().allMatch(one -> one.deviation() <= DEVIATION_MAX) ? 0 : 1;
  }

  /** Python gets the network's file as it is, in float32. */
  private void requireComparable(Path directory) {
    if (NumericFormat.parse(inference.numericFormat()) != NumericFormat.FLOAT32) {
      throw new ParameterException(
          spec.commandLine(), "--python measures in float32: leave --numeric-format out");
    }
    for (String engine : inference.engines(directory)) {
      if (EngineTurns.ENGINES.stream().noneMatch(engine::equalsIgnoreCase)) {
        throw new ParameterException(
            spec.commandLine(),
            "--python cannot measure %s: name one of %s with --engine"
                .formatted(engine, EngineTurns.ENGINES));
      }
    }
  }

  private void print(
      Machine machine, EmbeddingModel model, Map<Integer, EngineBench.Measured> medians)
      throws IOException {
    PrintWriter out = spec.commandLine().getOut();
    if (json) {
      Map<String, Object> report = new LinkedHashMap<>();
      report.put("machine", machine);
      report.put("model", model.description().id());
      report.put("device", model.device().toString());
      report.put("numericFormat", inference.numericFormat());
      report.put("engine", medians);
      out.println(new ObjectMapper().writeValueAsString(report));
    } else {
      out.println(
          "%s on %s in %s; %s, %d cores"
              .formatted(
                  model.description().id(),
                  model.device(),
                  inference.numericFormat(),
                  machine.processor(),
                  machine.cores()));
      medians.forEach((size, measured) ->
          out.println(
              String.format(
                  Locale.ROOT,
                  "batch %4d  %8.1f embeddings/s  %8.3f ms of processor time each",
                  size,
                  measured.embeddingsPerSecond(),
                  measured.processorMillis())));
    }
    out.flush();
  }

  private void print(Machine machine, List<EngineTurns.Result> results) throws IOException {
    PrintWriter out = spec.commandLine().getOut();
    if (json) {
      Map<String, Object> report = new LinkedHashMap<>();
      report.put("machine", machine);
      report.put("loadAverageAfter", Machine.currentLoad());
      report.put("threads", inference.threads());
      report.put("rounds", rounds);
      report.put("turns", results);
      out.println(new ObjectMapper().writeValueAsString(report));
    } else {
      out.println(
          String.format(
              Locale.ROOT,
              "%s, %d cores, load %.1f before and %.1f after; %s; medians of %d rounds",
              machine.processor(),
              machine.cores(),
              machine.loadAverage(),
              Machine.currentLoad(),
              inference.threads() == 0
                  ? "threads as the engines choose"
                  : "%d threads".formatted(inference.threads()),
              rounds));
      out.println(
          "                                      embeddings/s              ratio              ms of processor time     largest");
      out.println(
          "engine and Python's settings   batch  Semblance     Python  median (min to max)     Semblance     Python  deviation");
      results.forEach(one ->
          out.println(
              String.format(
                  Locale.ROOT,
                  "%-30s %5d %10.1f %10.1f  %6.3f (%5.3f to %5.3f) %10.3f %10.3f  %9.1e",
                  (one.engine() + " " + one.variant()).strip(),
                  one.batchSize(),
                  one.semblance().embeddingsPerSecond(),
                  one.python().embeddingsPerSecond(),
                  one.ratio().median(),
                  one.ratio().min(),
                  one.ratio().max(),
                  one.semblance().processorMillis(),
                  one.python().processorMillis(),
                  one.deviation())));
    }
    out.flush();
  }
}
