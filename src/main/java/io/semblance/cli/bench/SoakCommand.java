package io.semblance.cli.bench;

import io.semblance.cli.InferenceOptions;
import io.semblance.embedding.model.EmbeddingModel;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Random;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Looks for memory that the engines do not give back. */
@Command(
    name = "soak",
    description = {
      "Embed many batches, then load the model anew many times, with each of its engines, and print"
          + " the process's memory in between.",
      "Ends with status 1 if it has grown by more than is allowed."
    },
    mixinStandardHelpOptions = true)
final class SoakCommand implements Callable<Integer> {
  private static final int BATCH_SIZE = 8;
  private static final int BATCHES_MAX = 1_000_000;
  private static final int RELOADS_MAX = 10_000;
  private static final int READINGS = 10;
  private static final int ALLOWANCE_MAX = 1 << 20;
  private static final int MEBIBYTE = 1 << 20;
  private static final long SEED = 1;

  @Spec private CommandSpec spec;

  @Mixin private InferenceOptions inference = new InferenceOptions();

  @Option(
      names = "--model",
      paramLabel = "DIR",
      description = "The model's folder; by default the one that ships.")
  private @Nullable Path model;

  @Option(
      names = "--batches",
      paramLabel = "N",
      defaultValue = "2000",
      description = "Batches of " + BATCH_SIZE + " pictures; ${DEFAULT-VALUE} by default.")
  private int batches;

  @Option(
      names = "--reloads",
      paramLabel = "N",
      defaultValue = "20",
      description = "How often the model is loaded anew; ${DEFAULT-VALUE} by default.")
  private int reloads;

  @Option(
      names = "--allowance",
      paramLabel = "MIB",
      defaultValue = "64",
      description =
          "By how much the memory may grow from the first reading to the last, both of batches and"
              + " of reloads; ${DEFAULT-VALUE} by default.")
  private int allowance;

  @Override
  public Integer call() throws Exception {
    OptionRange.require(spec, "--batches", batches, READINGS, BATCHES_MAX);
    OptionRange.require(spec, "--reloads", reloads, READINGS, RELOADS_MAX);
    OptionRange.require(spec, "--allowance", allowance, 0, ALLOWANCE_MAX);
    if (!MemoryReading.now().tellsNative()) {
      throw new IllegalStateException(
          "neither this system (VmRSS in /proc/self/status) nor its C library (mallinfo2 of glibc 2.33) tells the memory, so that growth would not be seen: run it on Linux");
    }
    Path home = Path.of(System.getProperty("semblance.home", "."));
    Path directory = model == null ? LocalPipeline.modelDirectory(home) : model;
    boolean flat = true;
    for (String engine : inference.engines(directory)) {
      flat &= embed(directory, engine);
      flat &= reload(directory, engine);
    }
    return flat ? 0 : 1;
  }

  private boolean embed(Path directory, String engine) throws IOException {
    Growth growth = new Growth(engine, "batches");
    try (EmbeddingModel network = inference.load(directory, engine)) {
      ByteBuffer inputs = noise(network);
      for (int batch = 1; batch <= batches; batch++) {
        network.embed(inputs, BATCH_SIZE);
        growth.after(batch, batches);
      }
    }
    return growth.isAllowed();
  }

  private boolean reload(Path directory, String engine) throws IOException {
    Growth growth = new Growth(engine, "reloads");
    for (int load = 1; load <= reloads; load++) {
      try (EmbeddingModel network = inference.load(directory, engine)) {
        network.embed(noise(network), BATCH_SIZE);
      }
      growth.after(load, reloads);
    }
    return growth.isAllowed();
  }

  private static ByteBuffer noise(EmbeddingModel network) {
    int samples = BATCH_SIZE * network.recipe().samples();
    ByteBuffer noise =
        ByteBuffer.allocateDirect(samples * Float.BYTES).order(ByteOrder.nativeOrder());
    Random random = new Random(SEED);
    for (int i = 0; i < samples; i++) {
      noise.putFloat(i * Float.BYTES, random.nextFloat(-1, 1));
    }
    return noise;
  }

  /** Readings at intervals; the first comes after a tenth of all, when all is warm. */
  private final class Growth {
    private final String engine;
    private final String unit;
    private @Nullable MemoryReading first;
    private @Nullable MemoryReading last;

    Growth(String engine, String unit) {
      this.engine = engine;
      this.unit = unit;
    }

    void after(int done, int of) throws IOException {
      if (done % (of / READINGS) != 0) {
        return;
      }
      MemoryReading reading = MemoryReading.now();
      if (first == null) {
        first = reading;
      }
      last = reading;
      print(
          "%-12s after %6d %s: resident %7.1f MiB, allocated natively %7.1f MiB, heap %6.1f MiB",
          engine,
          done,
          unit,
          mebibytes(reading.resident()),
          mebibytes(reading.allocated()),
          mebibytes(reading.heap()));
    }

    boolean isAllowed() {
      if (first == null || last == null) {
        throw new IllegalStateException("nothing was read");
      }
      double resident = mebibytes(last.resident() - first.resident());
      double allocated = mebibytes(last.allocated() - first.allocated());
      boolean allowed = last.isWithin((long) allowance * MEBIBYTE, first);
      print(
          "%-12s %s: grown by %.1f MiB resident, %.1f MiB allocated natively; %s %d MiB",
          engine, unit, resident, allocated, allowed ? "within" : "MORE THAN", allowance);
      return allowed;
    }
  }

  private static double mebibytes(long bytes) {
    return (double) bytes / MEBIBYTE;
  }

  private void print(String format, Object... values) {
    PrintWriter out = spec.commandLine().getOut();
    out.println(String.format(Locale.ROOT, format, values));
    out.flush();
  }
}
