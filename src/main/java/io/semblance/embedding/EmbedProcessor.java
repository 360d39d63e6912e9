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
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.streams.errors.TaskMigratedException;
import org.apache.kafka.streams.processor.PunctuationType;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.processor.api.RecordMetadata;
import org.jspecify.annotations.Nullable;

/**
 * Await at process: waits for its own record's embedding and forwards it. No offset can be
 * committed before its embedding is forwarded. An upload's failure is thrown, so that Kafka
 * Streams' dead-letter queue records it with its origin and the reason.
 *
 * <p>The time limit holds for all waits of a transaction together, on all tasks of a stream thread,
 * because the broker ends a transaction that lasts too long. Kafka Streams looks for a commit only
 * between rounds of several records for each task, and a processor cannot end a round. So a commit
 * is asked for after a long wait, and where the waits of one round reach the limit all the same, it
 * depends on whose time it was: an image that has itself taken {@link #OWN_SHARE} of the limit goes
 * to the dead letters. Otherwise this instance is slow, and the thread gives its tasks up: the
 * transaction is aborted, and the group hands its uploads out again. A round shrinks by half with
 * every commit, so that this happens only where a stream of quick records turns into a slow one.
 */
public final class EmbedProcessor implements Processor<byte[], byte[], String, float[]> {
  private static final Logger LOG = System.getLogger(EmbedProcessor.class.getName());

  /**
   * How long an instance that has given its engine up waits before it hands its uploads back: the
   * group gives them to it again, and must not rebalance without a pause until it is restarted.
   */
  private static final Duration GIVEN_UP_PAUSE = Duration.ofSeconds(5);

  /** After so much waiting in one transaction a commit is asked for. */
  static final Duration COMMIT_AFTER = Duration.ofSeconds(1);

  /** An image may take this share of the limit itself; the rest is left for what it waits for. */
  private static final double OWN_SHARE = 0.75;

  /** Shortest time between two looks at the image's own time, which stands still in queues. */
  private static final Duration OWN_TIME_CHECK = Duration.ofMillis(10);

  private final EmbeddingPipeline pipeline;
  private final EmbeddingPrefetcher prefetcher;
  private final List<EmbeddingOutput> outputs;
  private final StreamThreadProgress progress;
  private final Duration timeLimit;
  private final Duration ownTimeLimit;
  private final TransactionWaits waits;
  private final UploadEventReader reader = new UploadEventReader();

  private ProcessorContext<String, float[]> context;
  private TopicPartition partition;

  /**
   * @param outputs where the embeddings of each model go; an upload that a model embeds none of, as
   *     a text without a text tower, is deleted there, since it may have replaced an image
   * @param timeLimit longest wait for embeddings in one transaction; shorter than its timeout
   */
  public EmbedProcessor(
      EmbeddingPipeline pipeline,
      EmbeddingPrefetcher prefetcher,
      List<EmbeddingOutput> outputs,
      StreamThreadProgress progress,
      Duration timeLimit) {
    this.pipeline = pipeline;
    this.prefetcher = prefetcher;
    this.outputs = List.copyOf(outputs);
    this.progress = progress;
    this.timeLimit = timeLimit;
    ownTimeLimit = Duration.ofNanos((long) (timeLimit.toNanos() * OWN_SHARE));
    waits = pipeline.waits();
  }

  @Override
  public void init(ProcessorContext<String, float[]> context) {
    this.context = context;
    partition = new TopicPartition(Topics.IMAGE_UPLOADS, context.taskId().partition());
    context.schedule(
        COMMIT_AFTER, PunctuationType.WALL_CLOCK_TIME, timestamp -> waits.roundEnded());
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
      @Nullable ImageSource source = source(event);
      @Nullable ImageEmbedding embedding = source == null ? null : embed(source, position.offset());
      for (EmbeddingOutput output : outputs) {
        forward(upload, event, embedding, output);
      }
    } catch (TaskMigratedException e) {
      waits.restart(); // Kafka Streams aborts the transaction
      throw e;
    } finally {
      progress.processed(context);
    }
  }

  private void forward(
      Record<byte[], byte[]> upload,
      UploadEvent event,
      @Nullable ImageEmbedding embedding,
      EmbeddingOutput output) {
    Headers headers = new RecordHeaders(upload.headers().toArray());
    float @Nullable [] vector = embedding == null ? null : embedding.vector(output.model());
    if (embedding == null || vector == null) {
      EmbeddingHeaders.writeDeletion(headers, output.source(), event.imageId(), event.metadata());
    } else {
      EmbeddingHeaders.write(
          headers,
          output.source(),
          event.imageId(),
          output.description().dimension(),
          metadata(output.description(), embedding, event));
    }
    context.forward(
        new Record<>(event.imageId(), vector, upload.timestamp(), headers), output.node());
  }

  /** Returns what an event wants embedded; null for a deletion. */
  static @Nullable ImageSource source(UploadEvent event) {
    return switch (event) {
      case UploadEvent.Inline inline ->
          inline.metadata().isText()
              ? new ImageSource.Text(inline.bytes())
              : new ImageSource.Inline(inline.bytes());
      case UploadEvent.Reference reference -> new ImageSource.Remote(reference.uri());
      case UploadEvent.Deletion deletion -> null;
    };
  }

  /**
   * Waits for the embedding of the upload at {@code offset}, as long as the transaction allows.
   *
   * @throws UploadFailedException if the upload is at fault: it goes to the dead letters
   * @throws TaskMigratedException if this instance is: the upload stays uncommitted, for another
   */
  private ImageEmbedding embed(ImageSource source, long offset) {
    long started = System.nanoTime();
    try {
      return await(submitted(source, offset, started), started);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new TaskMigratedException("interrupted while waiting for an embedding", e);
    } finally {
      waits.add(Duration.ofNanos(System.nanoTime() - started));
      if (waits.sum().compareTo(COMMIT_AFTER) >= 0) {
        context.commit();
        waits.commitAskedFor();
      }
    }
  }

  private EmbeddingResult submitted(ImageSource source, long offset, long started)
      throws InterruptedException {
    EmbeddingResult result = prefetcher.take(partition, offset);
    return result == null
        ? pipeline
            .trySubmit(source, Lane.STREAM, transactionTimeLeft(started))
            .orElseThrow(this::tooSlow)
        : result;
  }

  private ImageEmbedding await(EmbeddingResult result, long started) throws InterruptedException {
    while (true) {
      long transactionTime = transactionTimeLeft(started).toNanos();
      long ownTime = ownTimeLimit.minus(result.ownTime()).toNanos();
      long wait = Math.min(transactionTime, Math.max(ownTime, OWN_TIME_CHECK.toNanos()));
      try {
        return result.get(wait, TimeUnit.NANOSECONDS);
      } catch (ExecutionException e) {
        throw failure(e.getCause() == null ? e : e.getCause());
      } catch (TimeoutException e) {
        if (result.ownTime().compareTo(ownTimeLimit) >= 0) {
          result.abandon();
          throw timeout();
        }
        if (transactionTimeLeft(started).isZero()) {
          result.abandon();
          throw tooSlow();
        } // else the image has not been at work all the time
      }
    }
  }

  /** Returns how long may still be waited, in a wait that {@code started} then. */
  private Duration transactionTimeLeft(long started) {
    Duration left = timeLimit.minus(waits.sum()).minusNanos(System.nanoTime() - started);
    return left.isNegative() ? Duration.ZERO : left;
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
        "TIMEOUT: fetching and decoding the image took %s, of semblance.embedding.time-limit = %s: upload the image again, or raise the limit"
            .formatted(ownTimeLimit, timeLimit));
  }

  private TaskMigratedException tooSlow() {
    String message =
        "no embedding within semblance.embedding.time-limit = %s of one transaction: this instance is too slow for its uploads, which are handed out again"
            .formatted(timeLimit);
    LOG.log(Level.WARNING, message);
    return new TaskMigratedException(message, new TimeoutException(message));
  }

  private static EmbeddingMetadata metadata(
      ModelDescription model, ImageEmbedding embedding, UploadEvent event) {
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
