package io.semblance.crash;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.semblance.event.Topics;
import io.semblance.event.VectorSerde;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.Header;

/**
 * What consumers find on the topics when all is done.
 *
 * @param embeddings how many vectors each id has
 * @param tombstones how many deletions each id has
 * @param deadLetters how many dead letters each id has
 * @param reasons why, of the last dead letter of each id
 * @param pairs how many alerts name each pair of images
 * @param pairIds how many alerts name each pair id
 * @param vectors the vector of each id
 * @param embeddingsForSearch how many vectors of models for searches each id has
 * @param tombstonesForSearch how many deletions each id has among them
 */
record Outcome(
    Map<String, Integer> embeddings,
    Map<String, Integer> tombstones,
    Map<String, Integer> deadLetters,
    Map<String, String> reasons,
    Map<Pair, Integer> pairs,
    Map<String, Integer> pairIds,
    Map<String, float[]> vectors,
    Map<String, Integer> embeddingsForSearch,
    Map<String, Integer> tombstonesForSearch) {

  /** Two images, the lesser id first. */
  record Pair(String first, String second) {
    static Pair of(String one, String other) {
      return one.compareTo(other) < 0 ? new Pair(one, other) : new Pair(other, one);
    }
  }

  /**
   * Reads every topic from its beginning.
   *
   * @param topicsForSearch of the embeddings of models for searches
   */
  static Outcome read(CommittedRecords records, String... topicsForSearch) {
    Outcome outcome =
        new Outcome(
            new TreeMap<>(),
            new TreeMap<>(),
            new TreeMap<>(),
            new TreeMap<>(),
            new HashMap<>(),
            new HashMap<>(),
            new TreeMap<>(),
            new TreeMap<>(),
            new TreeMap<>());
    for (ConsumerRecord<String, byte[]> record : records.all(Topics.IMAGE_EMBEDDINGS)) {
      if (record.value() == null) {
        count(outcome.tombstones, record.key());
      } else {
        count(outcome.embeddings, record.key());
        outcome.vectors.put(record.key(), VectorSerde.fromBytes(record.value()));
      }
    }
    for (String topic : topicsForSearch) {
      for (ConsumerRecord<String, byte[]> record : records.all(topic)) {
        boolean isDeletion = record.value() == null;
        count(isDeletion ? outcome.tombstonesForSearch : outcome.embeddingsForSearch, record.key());
      }
    }
    for (ConsumerRecord<String, byte[]> record : records.all(Topics.DEAD_LETTERS)) {
      count(outcome.deadLetters, record.key());
      outcome.reasons.put(record.key(), headers(record));
    }
    outcome.readAlerts(records.all(Topics.MATCH_ALERTS));
    return outcome;
  }

  private void readAlerts(List<ConsumerRecord<String, byte[]>> alerts) {
    ObjectMapper json = new ObjectMapper();
    for (ConsumerRecord<String, byte[]> record : alerts) {
      try {
        JsonNode alert = json.readTree(record.value());
        for (JsonNode match : alert.required("matches")) {
          count(
              pairs,
              Pair.of(alert.required("imageId").asText(), match.required("imageId").asText()));
          count(pairIds, match.required("pairId").asText());
        }
      } catch (IOException e) {
        throw new UncheckedIOException("an alert is no JSON", e);
      }
    }
  }

  /** Every pair whose cosine is at least {@code threshold}, by brute force. */
  Set<Pair> similar(float threshold) {
    List<String> ids = List.copyOf(vectors.keySet());
    float[][] rows = ids.stream().map(vectors::get).toArray(float[][]::new);
    Set<Pair> similar = Collections.synchronizedSet(new HashSet<>());
    IntStream.range(0, rows.length)
        .parallel()
        .forEach(i -> {
          for (int j = 0; j < i; j++) {
            if (cosine(rows[i], rows[j]) >= threshold) {
              similar.add(Pair.of(ids.get(i), ids.get(j)));
            }
          }
        });
    return similar;
  }

  /** Of unit vectors; four sums, so that the additions need not wait for each other. */
  private static float cosine(float[] a, float[] b) {
    float s0 = 0;
    float s1 = 0;
    float s2 = 0;
    float s3 = 0;
    for (int i = 0; i + 3 < a.length; i += 4) {
      s0 += a[i] * b[i];
      s1 += a[i + 1] * b[i + 1];
      s2 += a[i + 2] * b[i + 2];
      s3 += a[i + 3] * b[i + 3];
    }
    return s0 + s1 + s2 + s3;
  }

  private static <K> void count(Map<K, Integer> counts, K key) {
    counts.merge(key, 1, Integer::sum);
  }

  private static String headers(ConsumerRecord<String, byte[]> record) {
    StringBuilder text = new StringBuilder();
    for (Header header : record.headers()) {
      String value = header.value() == null ? "" : new String(header.value(), UTF_8);
      text.append(header.key())
          .append('=')
          .append(value, 0, Math.min(200, value.length()))
          .append(' ');
    }
    return text.toString();
  }
}
