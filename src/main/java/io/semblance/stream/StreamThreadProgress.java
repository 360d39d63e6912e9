package io.semblance.stream;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.streams.processor.api.ProcessingContext;
import org.apache.kafka.streams.processor.api.RecordMetadata;

/**
 * Commit on idle: asks for a commit when a stream thread has processed all that it polled.
 *
 * <p>Under exactly-once a consumer sees a record only after the commit, so that the commit interval
 * would be the latency of every hop of an idle stream. A busy stream commits by its interval and
 * between polls. Safe for use by several threads.
 */
public final class StreamThreadProgress implements PollListener {
  private final Map<TopicPartition, Progress> partitions = new ConcurrentHashMap<>();

  private static final class Progress {
    private final Thread thread;
    private volatile long polled;
    private volatile long processed = -1;

    Progress(Thread thread) {
      this.thread = thread;
    }

    boolean isBehind() {
      return processed < polled;
    }
  }

  @Override
  public void polled(ConsumerRecord<byte[], byte[]> record) {
    Thread thread = Thread.currentThread();
    Progress progress =
        partitions.compute(
            new TopicPartition(record.topic(), record.partition()),
            (partition, known) ->
                known == null || known.thread != thread ? new Progress(thread) : known);
    progress.polled = record.offset();
    if (progress.processed >= record.offset()) {
      progress.processed = record.offset() - 1; // read again after an aborted transaction
    }
  }

  /**
   * Notes that the current record is done with, whether it succeeded or failed, and asks for a
   * commit if it was the last that this thread had polled. To be called at the end of every {@code
   * process}, on the stream thread.
   */
  public void processed(ProcessingContext context) {
    context
        .recordMetadata()
        .ifPresent(record -> {
          if (isIdleAfter(record)) {
            context.commit();
          }
        });
  }

  private boolean isIdleAfter(RecordMetadata record) {
    Progress own = partitions.get(new TopicPartition(record.topic(), record.partition()));
    if (own == null) {
      return true; // not polled through the interceptor: commit as soon as possible
    }
    own.processed = record.offset();
    if (own.isBehind()) {
      return false;
    }
    Thread thread = Thread.currentThread();
    for (Progress progress : partitions.values()) {
      if (progress.thread == thread && progress.isBehind()) {
        return false;
      }
    }
    return true;
  }

  /** Forgets a partition that its task gives up, so that its unprocessed records hold up nobody. */
  public void forget(TopicPartition partition) {
    partitions.remove(partition);
  }
}
