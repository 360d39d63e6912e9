package io.semblance.search;

import java.time.Duration;

/**
 * How searches are carried out, and their limits.
 *
 * @param self this instance as the others know it: the value of {@code application.server}, {@code
 *     host:port}
 * @param indexStore the name of the index's state store
 * @param connectTimeLimit longest wait for a connection to another instance
 * @param attemptTimeLimit longest wait for another instance's answer to one question
 * @param timeLimit longest time in which shards are asked for one search, retries included
 * @param embeddingTimeLimit longest wait for the embedding of a query image
 * @param resultsMax most results of one search
 * @param categoriesMax most categories that one search may name
 * @param concurrentSearchesMax most searches carried out at a time; more are refused
 * @param standbyLagMax most records by which a standby copy may lag behind and still answer
 * @param peerMessageBytesMax most bytes of a message between instances
 */
public record SearchOptions(
    String self,
    String indexStore,
    Duration connectTimeLimit,
    Duration attemptTimeLimit,
    Duration timeLimit,
    Duration embeddingTimeLimit,
    int resultsMax,
    int categoriesMax,
    int concurrentSearchesMax,
    long standbyLagMax,
    int peerMessageBytesMax) {

  public SearchOptions {
    if (!self.matches("(\\[[0-9a-fA-F:.]+]|[^:/\\s]+):\\d{1,5}")) {
      throw new IllegalArgumentException(
          "this instance's address is \"%s\": it must be host:port, as other instances reach it"
              .formatted(self));
    }
    requirePositive("connect-time-limit", connectTimeLimit);
    requirePositive("attempt-time-limit", attemptTimeLimit);
    requirePositive("time-limit", timeLimit);
    requirePositive("embedding-time-limit", embeddingTimeLimit);
    requirePositive("results-max", resultsMax);
    requirePositive("categories-max", categoriesMax);
    requirePositive("concurrent-searches-max", concurrentSearchesMax);
    requirePositive("peer-message-bytes-max", peerMessageBytesMax);
    if (standbyLagMax < 0) {
      throw new IllegalArgumentException(
          "semblance.search.standby-lag-max is %d: it must not be negative"
              .formatted(standbyLagMax));
    }
  }

  private static void requirePositive(String name, Duration value) {
    if (value.isNegative() || value.isZero()) {
      throw new IllegalArgumentException(
          "semblance.search.%s is %s: it must be longer than nothing".formatted(name, value));
    }
  }

  private static void requirePositive(String name, int value) {
    if (value < 1) {
      throw new IllegalArgumentException(
          "semblance.search.%s is %d: it must be at least 1".formatted(name, value));
    }
  }
}
