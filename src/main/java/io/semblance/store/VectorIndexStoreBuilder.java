package io.semblance.store;

import java.util.Map;
import org.apache.kafka.streams.state.StoreBuilder;

/**
 * Builds the shard of each task, for {@code Topology.addReadOnlyStateStore}: the topic of the
 * embeddings is the store's log, so that there is no second one.
 */
public final class VectorIndexStoreBuilder implements StoreBuilder<VectorIndexStore> {
  private final String name;
  private final String topic;
  private final EmbeddingRows rows;
  private final StoreOptions options;
  private boolean logged = true;

  /**
   * @param name the store's name
   * @param topic the topic of the embeddings
   * @param rows turns its records into rows
   */
  public VectorIndexStoreBuilder(
      String name, String topic, EmbeddingRows rows, StoreOptions options) {
    this.name = name;
    this.topic = topic;
    this.rows = rows;
    this.options = options;
  }

  @Override
  public VectorIndexStore build() {
    return new VectorIndexStore(name, topic, rows, options);
  }

  @Override
  public StoreBuilder<VectorIndexStore> withCachingEnabled() {
    return this; // vectors are not cached
  }

  @Override
  public StoreBuilder<VectorIndexStore> withCachingDisabled() {
    return this;
  }

  @Override
  public StoreBuilder<VectorIndexStore> withLoggingEnabled(Map<String, String> config) {
    logged = true;
    return this;
  }

  @Override
  public StoreBuilder<VectorIndexStore> withLoggingDisabled() {
    logged = false; // Kafka Streams asks for it: the source topic is the log
    return this;
  }

  @Override
  public Map<String, String> logConfig() {
    return Map.of();
  }

  @Override
  public boolean loggingEnabled() {
    return logged;
  }

  @Override
  public String name() {
    return name;
  }
}
