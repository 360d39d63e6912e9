package io.semblance.embedding;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.semblance.embedding.model.InferenceException;
import io.semblance.image.ImageRejectedException;
import java.util.Locale;
import java.util.concurrent.CancellationException;
import java.util.function.IntSupplier;
import org.jspecify.annotations.Nullable;

/** The pipeline's meters, but those of each model. */
final class EmbeddingMetrics {
  final Outcomes images = new Outcomes("semblance.embedding.images", "Images by outcome");
  final Outcomes uploadedTexts =
      new Outcomes("semblance.embedding.uploaded.texts", "Uploaded texts by outcome");
  final Timer fetch;
  final Timer decode;
  private final MeterRegistry registry;

  EmbeddingMetrics(MeterRegistry registry, IntSupplier inFlight, IntSupplier waitingForDecoding) {
    this.registry = registry;
    fetch = timer("semblance.embedding.fetch", "Fetching the bytes of one reference");
    decode = timer("semblance.embedding.decode", "Decoding one image");
    gauge("semblance.embedding.in.flight", "Images between submission and result", inFlight);
    gauge("semblance.embedding.decode.queue", "Images waiting to be decoded", waitingForDecoding);
  }

  /** Counts what becomes of images, or of uploaded texts; each outcome is a meter. */
  final class Outcomes {
    private final String name;
    private final String description;

    private Outcomes(String name, String description) {
      this.name = name;
      this.description = description;
    }

    void embedded() {
      count("embedded");
    }

    void failed(@Nullable Throwable cause) {
      count(
          switch (cause) {
            case ImageRejectedException rejection ->
                rejection.reason().name().toLowerCase(Locale.ROOT);
            case InferenceException inference -> "inference_failed";
            case EngineFailedException engine -> "engine_failed";
            case PipelineClosedException closed -> "closed";
            case CancellationException abandoned -> "abandoned";
            case null, default -> "failed";
          });
    }

    /** A search found its lane full. */
    void refused() {
      count("refused");
    }

    private void count(String outcome) {
      Counter.builder(name)
          .description(description)
          .tag("outcome", outcome)
          .register(registry)
          .increment();
    }
  }

  private Timer timer(String name, String description) {
    return Timer.builder(name).description(description).register(registry);
  }

  private void gauge(String name, String description, IntSupplier value) {
    Gauge.builder(name, value::getAsInt).description(description).register(registry);
  }
}
