package io.semblance.embedding;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.semblance.embedding.model.EmbeddingModel;
import io.semblance.embedding.model.EmbeddingModels;
import io.semblance.embedding.model.InferenceDevice;
import io.semblance.embedding.model.ModelOptions;
import io.semblance.image.DecodedImage;
import io.semblance.image.FetchRules;
import io.semblance.image.ImageDecoder;
import io.semblance.image.ImageFetcher;
import io.semblance.image.ImageLimits;
import io.semblance.image.ImagePreprocessor;
import io.semblance.image.ImageSource;
import java.io.IOException;
import java.io.PrintStream;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;

/**
 * Images per second of the bare network and of the pipeline around it, on the same photographs.
 * Arguments: the model package, a folder of photographs, an engine, threads of a forward pass, the
 * pipeline's largest batch.
 *
 * <p>Wall clock and processor time are both given: on a shared machine only the latter repeats.
 */
final class EmbeddingBenchmark {
  private static final int[] BATCH_SIZES = {1, 4, 8, 16, 32};
  private static final Duration WARM_UP = Duration.ofSeconds(2);
  private static final Duration MEASURED = Duration.ofSeconds(6);

  private final PrintStream out = System.out;
  private final List<byte[]> photographs = new ArrayList<>();
  private final ImageDecoder decoder = new ImageDecoder(ImageLimits.DEFAULT, true);

  private interface Step {
    /** Embeds some images and returns how many. */
    int run() throws Exception;
  }

  /** Measures what the arguments name. */
  public static void main(String[] arguments) throws Exception {
    new EmbeddingBenchmark()
        .run(
            new ModelOptions(
                Path.of(arguments[0]),
                Optional.of(arguments[2]),
                new InferenceDevice.Cpu(),
                Integer.parseInt(arguments[3])),
            Path.of(arguments[1]),
            Integer.parseInt(arguments[4]));
  }

  private void run(ModelOptions options, Path folder, int batchSizeMax) throws Exception {
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.sorted().toList()) {
        photographs.add(Files.readAllBytes(file));
      }
    }
    long started = System.nanoTime();
    try (EmbeddingModel model = EmbeddingModels.load(options)) {
      out.printf(
          "%s, %d threads, loaded and checked in %.1f s%n",
          options.engine().orElse(""), options.threads(), (System.nanoTime() - started) / 1e9);
      for (int size : BATCH_SIZES) {
        bare(model, size);
      }
      decoding(model);
      pipeline(model, batchSizeMax);
    }
    out.printf("resident memory %d MB%n", residentMegabytes());
  }

  private void bare(EmbeddingModel model, int size) throws Exception {
    int samples = model.recipe().samples();
    ByteBuffer inputs =
        ByteBuffer.allocateDirect(size * samples * Float.BYTES).order(ByteOrder.nativeOrder());
    ImagePreprocessor preprocessor = new ImagePreprocessor(model.recipe());
    for (int i = 0; i < size; i++) {
      DecodedImage picture = decoder.decode(photographs.get(i % photographs.size()));
      preprocessor.preprocess(picture, inputs.asFloatBuffer(), i * samples);
    }
    measure(
        "bare network, batches of " + size,
        () -> {
          model.embed(inputs, size);
          return size;
        });
  }

  private void decoding(EmbeddingModel model) throws Exception {
    ImagePreprocessor preprocessor = new ImagePreprocessor(model.recipe());
    ByteBuffer input =
        ByteBuffer.allocateDirect(model.recipe().samples() * Float.BYTES)
            .order(ByteOrder.nativeOrder());
    int[] next = new int[1];
    measure(
        "decode and preprocess, one thread",
        () -> {
          byte[] photograph = photographs.get(next[0]++ % photographs.size());
          preprocessor.preprocess(decoder.decode(photograph), input.asFloatBuffer(), 0);
          return 1;
        });
  }

  private void pipeline(EmbeddingModel model, int batchSizeMax) throws Exception {
    SimpleMeterRegistry registry = new SimpleMeterRegistry();
    try (ImageFetcher fetcher =
            new ImageFetcher(new FetchRules(Set.of(), 1 << 20, Duration.ofSeconds(1), 0));
        EmbeddingPipeline pipeline =
            new EmbeddingPipeline(
                model,
                fetcher,
                decoder,
                new EmbeddingOptions(
                    batchSizeMax,
                    Duration.ZERO,
                    128,
                    8,
                    Runtime.getRuntime().availableProcessors(),
                    8),
                registry)) {
      Deque<CompletableFuture<ImageEmbedding>> running = new ArrayDeque<>();
      int[] next = new int[1];
      measure(
          "pipeline, batches up to " + batchSizeMax,
          () -> {
            byte[] photograph = photographs.get(next[0]++ % photographs.size());
            running.add(pipeline.submit(new ImageSource.Inline(photograph), Lane.STREAM));
            int finished = 0;
            while (!running.isEmpty() && running.getFirst().isDone()) {
              running.removeFirst().join();
              finished++;
            }
            return finished;
          });
      while (!running.isEmpty()) {
        running.removeFirst().join();
      }
      out.printf(
          "  batch fill %.1f, inference %.1f ms a batch%n",
          registry.get("semblance.embedding.batch.fill").summary().mean(),
          registry
              .get("semblance.embedding.inference")
              .timer()
              .mean(java.util.concurrent.TimeUnit.MILLISECONDS));
      latency(pipeline);
    }
  }

  private void latency(EmbeddingPipeline pipeline) throws Exception {
    double[] milliseconds = new double[100];
    for (int i = 0; i < milliseconds.length; i++) {
      long started = System.nanoTime();
      pipeline
          .submitInteractive(new ImageSource.Inline(photographs.get(i % photographs.size())))
          .join();
      milliseconds[i] = (System.nanoTime() - started) / 1e6;
    }
    Arrays.sort(milliseconds);
    out.printf(
        "  one search at a time: p50 %.1f ms, p99 %.1f ms%n", milliseconds[49], milliseconds[98]);
  }

  private void measure(String name, Step step) throws Exception {
    repeat(step, WARM_UP);
    long cpu = cpuNanos();
    long started = System.nanoTime();
    int images = repeat(step, MEASURED);
    double seconds = (System.nanoTime() - started) / 1e9;
    out.printf(
        "%-36s %7.1f images/s, %6.2f processor ms an image%n",
        name, images / seconds, (cpuNanos() - cpu) / 1e6 / images);
  }

  private static int repeat(Step step, Duration duration) throws Exception {
    long end = System.nanoTime() + duration.toNanos();
    int images = 0;
    while (System.nanoTime() < end) {
      images += step.run();
    }
    return images;
  }

  private static long cpuNanos() {
    return ((com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean())
        .getProcessCpuTime();
  }

  private static long residentMegabytes() throws IOException {
    for (String line : Files.readAllLines(Path.of("/proc/self/status"))) {
      if (line.startsWith("VmRSS:")) {
        return Long.parseLong(line.replaceAll("\\D", "")) / 1024;
      }
    }
    return -1;
  }
}
