package io.semblance.embedding;

import io.semblance.event.Topics;
import io.semblance.event.UploadEvent;
import io.semblance.event.UploadEventReader;
import io.semblance.image.ImageSource;
import io.semblance.stream.PollListener;
import java.util.Iterator;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/**
 * Prefetch at poll: hands every polled upload to the pipeline before Kafka Streams sees it, so that
 * micro-batches form across partitions and threads although each record is awaited in its turn.
 *
 * <p>An optimisation alone: an upload that is not here is submitted when it is processed. What the
 * pipeline has no place for waits here, and is handed over as results are taken. Safe for use by
 * several threads.
 */
public final class EmbeddingPrefetcher implements PollListener {
  private final EmbeddingPipeline pipeline;
  private final UploadEventReader reader = new UploadEventReader();
  private final Map<TopicPartition, Uploads> partitions = new ConcurrentHashMap<>();

  public EmbeddingPrefetcher(EmbeddingPipeline pipeline) {
    this.pipeline = pipeline;
  }

  /** A partition's polled uploads by offset; guarded by itself. */
  private static final class Uploads {
    private final NavigableMap<Long, ConsumerRecord<byte[], byte[]>> waiting = new TreeMap<>();
    private final NavigableMap<Long, EmbeddingResult> submitted = new TreeMap<>();
  }

  @Override
  public void polled(ConsumerRecord<byte[], byte[]> record) {
    if (!record.topic().equals(Topics.IMAGE_UPLOADS)) {
      return;
    }
    TopicPartition partition = new TopicPartition(record.topic(), record.partition());
    Uploads uploads = partitions.computeIfAbsent(partition, key -> new Uploads());
    synchronized (uploads) {
      if (!uploads.submitted.containsKey(record.offset())) {
        uploads.waiting.put(record.offset(), record);
      }
    }
    handOver(uploads);
  }

  /**
   * Returns the result of the upload at {@code offset} and forgets it and all before it.
   *
   * @return null if it has not been submitted
   */
  @Nullable EmbeddingResult take(TopicPartition partition, long offset) {
    Uploads uploads = partitions.get(partition);
    if (uploads == null) {
      return null;
    }
    handOver(uploads);
    EmbeddingResult result;
    synchronized (uploads) {
      result = uploads.submitted.remove(offset);
      uploads.waiting.headMap(offset, true).clear();
      abandon(uploads.submitted.headMap(offset, true));
    }
    partitions.values().forEach(this::handOver);
    return result;
  }

  /** Forgets a partition that its task gives up: whoever has it next submits its uploads anew. */
  void forget(TopicPartition partition) {
    Uploads uploads = partitions.remove(partition);
    if (uploads != null) {
      synchronized (uploads) {
        uploads.waiting.clear();
        abandon(uploads.submitted);
      }
    }
  }

  private static void abandon(Map<Long, EmbeddingResult> results) {
    results.values().forEach(EmbeddingResult::abandon);
    results.clear();
  }

  /** Submits what is waiting, oldest first, as far as the pipeline has places. */
  private void handOver(Uploads uploads) {
    synchronized (uploads) {
      for (Iterator<ConsumerRecord<byte[], byte[]>> next = uploads.waiting.values().iterator();
          next.hasNext(); ) {
        ConsumerRecord<byte[], byte[]> record = next.next();
        @Nullable ImageSource source = source(record);
        if (source != null) {
          Optional<EmbeddingResult> result = pipeline.trySubmit(source, Lane.STREAM);
          if (result.isEmpty()) {
            return;
          }
          uploads.submitted.put(record.offset(), result.get());
        }
        next.remove();
      }
    }
  }

  /** Returns what to embed; null for a deletion, and for a record that fails at its own turn. */
  private @Nullable ImageSource source(ConsumerRecord<byte[], byte[]> record) {
    try {
      UploadEvent event =
          reader.read(record.key(), record.headers(), record.value(), record.timestamp(), "");
      return EmbedProcessor.source(event);
    } catch (RuntimeException e) { // an InvalidEventException above all
      return null;
    }
  }
}
