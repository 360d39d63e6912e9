package io.semblance.match;

import io.semblance.event.Topics;
import io.semblance.stream.PollListener;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;

/**
 * The probes that a poll brought and that are not yet processed, by partition and offset, so that a
 * shard can score them together. An optimisation alone: a probe that is not here is searched by
 * itself. Safe for use by several threads.
 */
public final class PolledProbes implements PollListener {
  /** Most probes held for a partition; what a poll brings beyond is searched one by one. */
  static final int PROBES_MAX = 4_096;

  private final Map<TopicPartition, NavigableMap<Long, ConsumerRecord<byte[], byte[]>>> waiting =
      new ConcurrentHashMap<>();

  @Override
  public void polled(ConsumerRecord<byte[], byte[]> record) {
    if (!record.topic().equals(Topics.MATCH_PROBES)) {
      return;
    }
    NavigableMap<Long, ConsumerRecord<byte[], byte[]>> probes =
        waiting.computeIfAbsent(
            new TopicPartition(record.topic(), record.partition()), partition -> new TreeMap<>());
    synchronized (probes) {
      if (probes.size() < PROBES_MAX) {
        probes.put(record.offset(), record);
      }
    }
  }

  /**
   * Removes and returns the next probes of a partition, in the order of their offsets.
   *
   * @param from offsets below it are dropped
   * @param count most probes returned
   */
  NavigableMap<Long, ConsumerRecord<byte[], byte[]>> take(
      TopicPartition partition, long from, int count) {
    NavigableMap<Long, ConsumerRecord<byte[], byte[]>> taken = new TreeMap<>();
    NavigableMap<Long, ConsumerRecord<byte[], byte[]>> probes = waiting.get(partition);
    if (probes == null) {
      return taken;
    }
    synchronized (probes) {
      probes.headMap(from, false).clear();
      while (!probes.isEmpty() && taken.size() < count) {
        Map.Entry<Long, ConsumerRecord<byte[], byte[]>> first = probes.pollFirstEntry();
        taken.put(first.getKey(), first.getValue());
      }
    }
    return taken;
  }

  /** Forgets a partition that its task gives up. */
  void forget(TopicPartition partition) {
    waiting.remove(partition);
  }
}
