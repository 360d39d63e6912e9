package io.semblance.embedding;

import io.semblance.embedding.model.ModelDescription;
import io.semblance.event.EmbeddingHeaders;
import io.semblance.event.EmbeddingMetadata;
import io.semblance.event.Topics;
import io.semblance.event.UploadEvent;
import io.semblance.event.UploadEventReader;
import io.semblance.image.ImageRejectedException;
import io.semblance.image.ImageSource;
import io.semblance.stream.StreamThreadProgress;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.streams.errors.TaskMigratedException;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.processor.api.RecordMetadata;
import org.jspecify.annotations.Nullable;

/**
 * Await at process: waits for its own record's embedding and forwards it. No offset can be
 * committed before its embedding is forwarded. An upload's failure is thrown, so that Kafka
 * Streams' dead-letter queue records it with its origin and the reason.
 */
public final class EmbedProcessor implements Processor<byte[], byte[], String, float[]> {
  private static final Logger LOG = System.getLogger(EmbedProcessor.class.getName());

  /**
   * How long an instance that has given its engine up waits before it hands its uploads back: the
   * group gives them to it again, and must not rebalance without a pause until it is restarted.
   */
  private static final Duration GIVEN_UP_PAUSE = Duration.ofSeconds(5);

  private final EmbeddingPipeline pipeline;
  private final EmbeddingPrefetcher prefetcher;
  private final ModelDescription model;
  private final StreamThreadProgress progress;
  private final Duration timeLimit;
  private final UploadEventReader reader = new UploadEventReader();

  private ProcessorContext<String, float[]> context;
  private TopicPartition partition;

  /**
   * @param timeLimit longest wait for one embedding; shorter than the transaction timeout
   */
  public EmbedProcessor(
      EmbeddingPipeline pipeline,
      EmbeddingPrefetcher prefetcher,
      ModelDescription model,
      StreamThreadProgress progress,
      Duration timeLimit) {
    this.pipeline = pipeline;
    this.prefetcher = prefetcher;
    this.model = model;
    this.progress = progress;
    this.timeLimit = timeLimit;
  }

  @Override
  public void init(ProcessorContext<String, float[]> context) {
    this.context = context;
    partition = new TopicPartition(Topics.IMAGE_UPLOADS, context.taskId().partition());
  }

  @Override
  public void process(Record<byte[], byte[]> upload) {
    try {
      RecordMetadata position =
          context
              .recordMetadata()
              .orElseThrow(() -> new IllegalStateException("uploads come from a topic alone"));
      UploadEvent event =
          reader.read(
              upload.key(),
              upload.headers(),
              upload.value(),
              upload.timestamp(),
              "%s-%d-%d".formatted(position.topic(), position.partition(), position.offset()));
      Headers headers = new RecordHeaders(upload.headers().toArray());
      @Nullable ImageSource source = source(event);
      float @Nullable [] vector = null;
      if (source == null) {
        EmbeddingHeaders.writeDeletion(headers, event.imageId(), event.metadata());
      } else {
        ImageEmbedding embedding = embed(source, position.offset());
        EmbeddingHeaders.write(
            headers, event.imageId(), model.dimension(), metadata(embedding, event));
        vector = embedding.vector();
      }
      context.forward(new Record<>(event.imageId(), vector, upload.timestamp(), headers));
    } finally {
      progress.processed(context);
    }
  }

  /** Returns what an event wants embedded; null for a deletion. */
  static @Nullable ImageSource source(UploadEvent event) {
    return switch (event) {
      case UploadEvent.Inline inline -> new ImageSource.Inline(inline.bytes());
      case UploadEvent.Reference reference -> new ImageSource.Remote(reference.uri());
      case UploadEvent.Deletion deletion -> null;
    };
  }

  /**
   * Waits for the embedding of the upload at {@code offset}, for at most the time limit in all.
   *
   * @throws UploadFailedException if the upload is at fault: it goes to the dead letters
   * @throws TaskMigratedException if this instance is: the upload stays uncommitted, for another
   */
  private ImageEmbedding embed(ImageSource source, long offset) {
    long deadline = System.nanoTime() + timeLimit.toNanos();
    try {
      CompletableFuture<ImageEmbedding> result = prefetcher.take(partition, offset);
      if (result == null) {
        result = pipeline.trySubmit(source, Lane.STREAM, timeLimit).orElseThrow(this::timeout);
      }
      try {
        return result.get(Math.max(0, deadline - System.nanoTime()), TimeUnit.NANOSECONDS);
      } catch (ExecutionException e) {
        throw failure(e.getCause() == null ? e : e.getCause());
      }
    } catch (TimeoutException e) {
      throw timeout();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new TaskMigratedException("interrupted while waiting for an embedding", e);
    }
  }

  private RuntimeException failure(Throwable cause) throws InterruptedException {
    return switch (cause) {
      case EngineFailedException engine -> {
        LOG.log(Level.ERROR, "Uploads stay where they are: {0}", engine.getMessage());
        if (pipeline.failure().isPresent()) {
          pipeline.awaitClosing(GIVEN_UP_PAUSE);
        }
        yield new TaskMigratedException(
            "this instance embeds no more: " + engine.getMessage(), engine);
      }
      case PipelineClosedException closed ->
          new TaskMigratedException("this instance embeds no more: " + closed.getMessage(), closed);
      case ImageRejectedException rejected ->
          new UploadFailedException(rejected.reason() + ": " + rejected.getMessage(), rejected);
      default -> new UploadFailedException("NOT_EMBEDDED: " + cause.getMessage(), cause);
    };
  }

  private UploadFailedException timeout() {
    return new UploadFailedException(
        "TIMEOUT: no embedding within semblance.embedding.time-limit = %s: upload the image again, or raise the limit"
            .formatted(timeLimit));
  }

  private EmbeddingMetadata metadata(ImageEmbedding embedding, UploadEvent event) {
    return new EmbeddingMetadata(
        model.id(),
        model.version(),
        model.fingerprint(),
        embedding.contentHash(),
        embedding.width(),
        embedding.height(),
        embedding.lowInformation(),
        event.metadata());
  }

  @Override
  public void close() {
    prefetcher.forget(partition);
    progress.forget(partition);
  }
}
