package io.semblance.embedding;

import io.semblance.embedding.model.ModelDescription;
import io.semblance.event.EmbeddingHeaders;
import io.semblance.event.EmbeddingMetadata;
import io.semblance.event.Topics;
import io.semblance.event.UploadEvent;
import io.semblance.event.UploadEventReader;
import io.semblance.image.ImageSource;
import io.semblance.stream.StreamThreadProgress;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.processor.api.RecordMetadata;
import org.jspecify.annotations.Nullable;

/**
 * Await at process: waits for its own record's embedding and forwards it. No offset can be
 * committed before its embedding is forwarded. A failure is thrown, so that Kafka Streams'
 * dead-letter queue records the upload with its origin and the reason.
 */
public final class EmbedProcessor implements Processor<byte[], byte[], String, float[]> {
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
        ImageEmbedding embedding = await(result(source, position.offset()));
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

  private CompletableFuture<ImageEmbedding> result(ImageSource source, long offset) {
    CompletableFuture<ImageEmbedding> prefetched = prefetcher.take(partition, offset);
    if (prefetched != null) {
      return prefetched;
    }
    try {
      return pipeline.submit(source, Lane.STREAM);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new UploadFailedException("interrupted while waiting for a place in the pipeline", e);
    }
  }

  private ImageEmbedding await(CompletableFuture<ImageEmbedding> result) {
    try {
      return result.get(timeLimit.toMillis(), TimeUnit.MILLISECONDS);
    } catch (ExecutionException e) {
      Throwable cause = e.getCause() == null ? e : e.getCause();
      throw new UploadFailedException(String.valueOf(cause.getMessage()), cause);
    } catch (TimeoutException e) {
      throw new UploadFailedException(
          "no embedding within semblance.embedding.time-limit = %s: upload the image again"
              .formatted(timeLimit),
          e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new UploadFailedException("interrupted while waiting for the embedding", e);
    }
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
