package io.semblance.embedding;

import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.util.function.IntSupplier;

/** The meters of one model's part of the pipeline; their tag {@code model} is its name. */
final class ModelMetrics {
  static final String MODEL = "model";

  final Timer preprocess;
  final Timer queueWait;
  final Timer inference;
  final DistributionSummary batchFill;

  ModelMetrics(MeterRegistry registry, String model, IntSupplier ready) {
    preprocess =
        Timer.builder("semblance.embedding.preprocess")
            .description("Making the network's input of one image")
            .tag(MODEL, model)
            .register(registry);
    queueWait =
        Timer.builder("semblance.embedding.queue.wait")
            .description("From a ready input to its batch")
            .tag(MODEL, model)
            .register(registry);
    inference =
        Timer.builder("semblance.embedding.inference")
            .description("One forward pass")
            .tag(MODEL, model)
            .register(registry);
    batchFill =
        DistributionSummary.builder("semblance.embedding.batch.fill")
            .description("Images of one forward pass")
            .tag(MODEL, model)
            .publishPercentileHistogram(false)
            .register(registry);
    Gauge.builder("semblance.embedding.batch.queue", ready::getAsInt)
        .description("Inputs waiting for a batch")
        .tag(MODEL, model)
        .register(registry);
  }
}
