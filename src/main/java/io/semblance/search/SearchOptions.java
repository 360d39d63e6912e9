package io.semblance.search;

import static io.semblance.search.Settings.requirePositive;
import static io.semblance.search.Settings.requireRange;

import io.semblance.embedding.model.TextEncoder;
import io.semblance.vector.VectorIndex;
import java.time.Duration;

/**
 * How searches are carried out, and their limits.
 *
 * @param self this instance as the others know it: the value of {@code application.server}, {@code
 *     host:port}
 * @param connectTimeLimit longest wait for a connection to another instance
 * @param attemptTimeLimit longest wait for another instance's answer to one question
 * @param timeLimit longest time in which shards are asked for one search, retries included
 * @param embeddingTimeLimit longest wait for the embedding of a query
 * @param resultsMax most results of one search, at most {@link VectorIndex#LIMIT_MAX}
 * @param categoriesMax most categories that one search may name
 * @param textLengthMax most characters of a text, a label or a prompt template
 * @param labelsMax most labels of one classification
 * @param concurrentSearchesMax most searches carried out at a time; more are refused
 * @param standbyLagMax most records by which a standby copy may lag behind and still answer
 * @param peerMessageBytesMax most bytes of a message between instances
 */
public record SearchOptions(
    String self,
    Duration connectTimeLimit,
    Duration attemptTimeLimit,
    Duration timeLimit,
    Duration embeddingTimeLimit,
    int resultsMax,
    int categoriesMax,
    int textLengthMax,
    int labelsMax,
    int concurrentSearchesMax,
    long standbyLagMax,
    int peerMessageBytesMax) {
  /** A label in its template has at most twice as many characters, which the encoder must take. */
  private static final int TEXT_LENGTH_LIMIT = TextEncoder.CHARACTERS_MAX / 2;

  public SearchOptions {
    if (!self.matches("(\\[[0-9a-fA-F:.]+]|[^:/\\s]+):\\d{1,5}")) {
      throw new IllegalArgumentException(
          "semblance.advertised-address is \"%s\": it must be host:port, as other instances reach it"
              .formatted(self));
    }
    requirePositive("semblance.search.connect-time-limit", connectTimeLimit);
    requirePositive("semblance.search.attempt-time-limit", attemptTimeLimit);
    requirePositive("semblance.search.time-limit", timeLimit);
    requirePositive("semblance.embedding.time-limit", embeddingTimeLimit);
    requireRange("semblance.search.results-max", resultsMax, VectorIndex.LIMIT_MAX);
    requirePositive("semblance.search.categories-max", categoriesMax);
    requireRange("semblance.search.text-length-max", textLengthMax, TEXT_LENGTH_LIMIT);
    requireRange("semblance.search.labels-max", labelsMax, TextEncoder.TEXTS_MAX);
    requirePositive("semblance.search.concurrent-max", concurrentSearchesMax);
    requirePositive("semblance.search.peer-message-bytes-max", peerMessageBytesMax);
    if (standbyLagMax < 0) {
      throw new IllegalArgumentException(
          "semblance.search.standby-lag-max is %d: it must not be negative"
              .formatted(standbyLagMax));
    }
  }
}
