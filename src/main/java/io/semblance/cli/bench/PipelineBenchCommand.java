package io.semblance.cli.bench;

import io.semblance.cli.InferenceOptions;
import io.semblance.embedding.model.EmbeddingModel;
import io.semblance.image.ImageDecoder;
import io.semblance.image.ImageLimits;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/**
 * Measures the whole way from upload to alert against its parts, on a service of its own. What is
 * to be compared is measured in turns, since a machine's speed changes while others use it.
 */
@Command(
    name = "pipeline",
    description = {
      "Measure throughput and latency from upload to alert against the bare engine.",
      "Starts a service with an embedded broker in a temporary folder; needs several minutes."
    },
    mixinStandardHelpOptions = true)
final class PipelineBenchCommand implements Callable<Integer> {
  /** The default of {@code semblance.embedding.batch-size-max}; a test keeps the two the same. */
  static final String SERVICE_BATCH_SIZE = "8";

  /** The inputs of all images are held off the heap, in one buffer: 300 KB each. */
  private static final int IMAGES_MAX = 5_000;

  private static final int IMAGES_MIN = 32;
  private static final int STREAM_IMAGES_MAX = 128;
  private static final Duration ENGINE_TIME = Duration.ofSeconds(2);
  private static final Duration LOAD_TIME = Duration.ofSeconds(20);
  private static final int SINGLE_IMAGES = 30;
  private static final int DECODED_IMAGES = 10;
  private static final int DECODING_ROUNDS = 10;
  private static final double LOAD = 0.5;
  private static final int INDEX_ROWS_MAX = 1_000_000;
  private static final int INDEX_ROWS_MIN = 10_000;
  private static final int INDEX_MEMORY_SHARE = 8;

  @Spec private CommandSpec spec;

  @Option(
      names = "--images",
      paramLabel = "N",
      defaultValue = "500",
      description = "Images of one round, 32 to 5000; ${DEFAULT-VALUE} by default.")
  private int images;

  @Option(
      names = "--rounds",
      paramLabel = "N",
      defaultValue = "3",
      description = "Rounds after the one to warm up; ${DEFAULT-VALUE} by default.")
  private int rounds;

  @Mixin private InferenceOptions inference = new InferenceOptions();

  @Option(
      names = "--batch-size-max",
      paramLabel = "N",
      defaultValue = SERVICE_BATCH_SIZE,
      description =
          "Most images of the service's forward passes; by default the service's own, ${DEFAULT-VALUE}.")
  private int batchSizeMax;

  @Option(
      names = "--pairs",
      paramLabel = "N",
      defaultValue = "100",
      description = "Photographs and copies to measure latency; ${DEFAULT-VALUE} by default.")
  private int pairs;

  @Option(
      names = "--index-rows",
      paramLabel = "N",
      defaultValue = "200000",
      description = "Vectors of the index, if there is memory; ${DEFAULT-VALUE} by default.")
  private int indexRows;

  @Option(names = "--photos", paramLabel = "DIR", description = "JPEGs to make the images of.")
  private @Nullable Path photos;

  @Option(
      names = "--seed",
      defaultValue = "1",
      description = "Of everything random; ${DEFAULT-VALUE} by default.")
  private long seed;

  @Option(names = "--json", description = "Write one JSON object.")
  private boolean json;

  @Override
  public Integer call() throws Exception {
    OptionRange.require(spec, "--images", images, IMAGES_MIN, IMAGES_MAX);
    OptionRange.require(spec, "--batch-size-max", batchSizeMax, 1, STREAM_IMAGES_MAX);
    OptionRange.require(spec, "--rounds", rounds, 1, 100);
    OptionRange.require(spec, "--pairs", pairs, 1, 10_000);
    OptionRange.require(spec, "--index-rows", indexRows, INDEX_ROWS_MIN, INDEX_ROWS_MAX);
    if (batchSizeMax != Integer.parseInt(SERVICE_BATCH_SIZE)) {
      progress(
          "batches of at most %d images, in place of the service's %s"
              .formatted(batchSizeMax, SERVICE_BATCH_SIZE));
    }
    Machine machine = Machine.describe();
    Path home = Path.of(System.getProperty("semblance.home", "."));
    Photographs photographs =
        Photographs.read(photos == null ? Photographs.defaultDirectory(home) : photos);
    progress("making %d images of %d photographs".formatted(images, photographs.size()));
    List<Photographs.Pair> made = photographs.pairs(images, seed);
    Path directory = Files.createTempDirectory("semblance-bench");
    try {
      PipelineReport report = measure(machine, home, directory, photographs, made);
      PrintWriter out = spec.commandLine().getOut();
      out.println(json ? report.json() : report.text());
      out.flush();
      return 0;
    } finally {
      TemporaryFolder.delete(directory);
    }
  }

  private PipelineReport measure(
      Machine machine,
      Path home,
      Path directory,
      Photographs photographs,
      List<Photographs.Pair> made)
      throws Exception {
    List<byte[]> originals = made.stream().map(Photographs.Pair::original).toList();
    ImageDecoder decoder = new ImageDecoder(ImageLimits.DEFAULT, true);
    Path modelDirectory = LocalPipeline.modelDirectory(home);
    try (EmbeddingModel model = inference.load(modelDirectory)) {
      progress("decoding");
      DecodeBench.Result twoMegapixels =
          DecodeBench.run(
              model, decoder, photographs.twoMegapixels(DECODED_IMAGES), DECODING_ROUNDS);
      DecodeBench.Result uploads =
          DecodeBench.run(
              model,
              decoder,
              originals.subList(0, Math.min(originals.size(), photographs.size())),
              DECODING_ROUNDS);
      int rows = rowsThatFit(model.description().dimension());
      progress("index of %d vectors".formatted(rows));
      IndexBench.Result index =
          IndexBench.run(
              model.description().dimension(), rows, model.description().matchThreshold(), seed);
      EngineBench engine =
          new EngineBench(model, decoder, originals, EngineBench.batchSizes(model));
      progress("starting the service");
      try (PipelineBench alone = new PipelineBench(model, decoder, originals, batchSizeMax);
          ServiceProcess service =
              ServiceProcess.start(
                  home, modelDirectory, directory, batchSizeMax, inference.properties());
          KafkaPath path = new KafkaPath(service.bootstrapServers())) {
        long residentAtStart = service.residentMebibytes();
        ThroughputBench kafka = new ThroughputBench(path, service, made);
        for (int round = 0; round <= rounds; round++) {
          progress(round == 0 ? "warming up" : "round %d of %d".formatted(round, rounds));
          engine.round(ENGINE_TIME, round > 0);
          alone.round(SINGLE_IMAGES, round > 0);
          kafka.round(round > 0);
          service.requireAlive();
        }
        LatencyBench latency = new LatencyBench(path, made, seed);
        progress("latency of %d pairs, one upload at a time".formatted(pairs));
        LatencyBench.Result idle = latency.idle(pairs);
        double load = LOAD * kafka.result().embeddingsPerSecond();
        int loadPairs = LatencyBench.pairs(load, LOAD_TIME, pairs);
        progress("latency of %d pairs at %.1f uploads/s".formatted(loadPairs, load));
        LatencyBench.Result halfLoad = latency.underLoad(loadPairs, load);
        path.requireNoDeadLetters();
        service.requireAlive();
        return new PipelineReport(
            machine,
            "%s %s on %s"
                .formatted(model.description().id(), model.description().version(), model.device()),
            new PipelineReport.Input(images, photographs.size(), rounds, batchSizeMax, seed),
            engine.medians(),
            alone.medians(),
            kafka.result(),
            alone.singleImageMillis(),
            idle,
            halfLoad,
            twoMegapixels,
            uploads,
            index,
            new PipelineReport.Resident(
                residentAtStart, service.residentMebibytes(), service.residentMebibytesMax()));
      }
    }
  }

  /** At most an eighth of the free memory, and of what may be allocated off the heap. */
  private int rowsThatFit(int dimension) throws IOException {
    long bytes =
        Math.min(
            Machine.freeMemoryBytes() / INDEX_MEMORY_SHARE, Runtime.getRuntime().maxMemory() / 2);
    long fitting = bytes / ((long) dimension * Float.BYTES);
    return Math.clamp(fitting, Math.min(INDEX_ROWS_MIN, indexRows), indexRows);
  }

  private void progress(String text) {
    PrintWriter err = spec.commandLine().getErr();
    err.println("bench: " + text);
    err.flush();
  }
}
