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

  private final ThreadLocal<CommitBudget> budget =
      ThreadLocal.withInitial(() -> new CommitBudget(System.nanoTime()));

  private static final class Progress {
    private final Thread thread;
    private volatile long polled;
    private volatile long processed;

    Progress(Thread thread, long firstPolled) {
      this.thread = thread;
      processed = firstPolled - 1;
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
                known == null || known.thread != thread
                    ? new Progress(thread, record.offset())
                    : known);
    progress.polled = record.offset();
    if (progress.processed >= record.offset()) {
      progress.processed = record.offset() - 1; // read again after an aborted transaction
    }
  }

  /**
   * Notes that the current record is done with, whether it succeeded or failed, and asks for a
   * commit if it was the last that this thread had polled and its budget allows. To be called at
   * the end of every {@code process}, on the stream thread.
   */
  public void processed(ProcessingContext context) {
    context
        .recordMetadata()
        .ifPresent(record -> {
          if (isIdleAfter(record) && budget.get().tryTake(System.nanoTime())) {
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

  /** Returns how many records of a topic have been polled and are not yet processed. */
  public long waiting(String topic) {
    return partitions.entrySet().stream()
        .filter(entry -> entry.getKey().topic().equals(topic))
        .mapToLong(entry -> Math.max(0, entry.getValue().polled - entry.getValue().processed))
        .sum();
  }

  /** Forgets a partition that its task gives up, so that its unprocessed records hold up nobody. */
  public void forget(TopicPartition partition) {
    partitions.remove(partition);
  }
}
