package io.semblance.cli.bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.semblance.cli.InferenceOptions;
import io.semblance.embedding.model.EmbeddingModel;
import io.semblance.image.ImageDecoder;
import io.semblance.image.ImageLimits;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Measures the bare engine at several batch sizes. */
@Command(
    name = "engine",
    description = "Measure the bare engine: embeddings/s of preprocessed pictures by batch size.",
    mixinStandardHelpOptions = true)
final class EngineBenchCommand implements Callable<Integer> {
  private static final int BATCH_SIZE_MAX = 1_024;
  private static final Duration TIME = Duration.ofSeconds(2);
  private static final Duration WARM_UP_TIME = Duration.ofMillis(500);
  private static final int IMAGES_MIN = 32;

  @Spec private CommandSpec spec;

  @Mixin private InferenceOptions inference = new InferenceOptions();

  @Option(
      names = "--batch-sizes",
      paramLabel = "N",
      split = ",",
      description = "By default 1,8,16,32 on a CPU, 64 and 128 as well on a GPU.")
  private @Nullable List<Integer> batchSizes;

  @Option(
      names = "--rounds",
      paramLabel = "N",
      defaultValue = "3",
      description = "Rounds after the one to warm up; ${DEFAULT-VALUE} by default.")
  private int rounds;

  @Option(names = "--json", description = "Write one JSON object.")
  private boolean json;

  @Override
  public Integer call() throws Exception {
    OptionRange.require(spec, "--rounds", rounds, 1, 100);
    Machine machine = Machine.describe();
    Path home = Path.of(System.getProperty("semblance.home", "."));
    try (EmbeddingModel model = inference.load(LocalPipeline.modelDirectory(home))) {
      List<Integer> sizes = batchSizes == null ? EngineBench.batchSizes(model) : batchSizes;
      for (int size : sizes) {
        if (size < 1 || size > BATCH_SIZE_MAX) {
          throw new ParameterException(
              spec.commandLine(),
              "--batch-sizes names %d: 1 to %d".formatted(size, BATCH_SIZE_MAX));
        }
      }
      int images = Math.max(IMAGES_MIN, sizes.stream().mapToInt(Integer::intValue).max().orElse(1));
      List<byte[]> pictures =
          Photographs.read(Photographs.defaultDirectory(home)).pairs(images, 1).stream()
              .map(Photographs.Pair::original)
              .toList();
      EngineBench bench =
          new EngineBench(model, new ImageDecoder(ImageLimits.DEFAULT, true), pictures, sizes);
      bench.round(WARM_UP_TIME, false);
      for (int round = 0; round < rounds; round++) {
        bench.round(TIME, true);
      }
      print(machine, model, bench.medians());
    }
    return 0;
  }

  private void print(
      Machine machine, EmbeddingModel model, Map<Integer, EngineBench.Measured> medians)
      throws Exception {
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
}
