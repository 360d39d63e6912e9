package io.semblance.store;

import java.util.Map;
import org.apache.kafka.streams.state.StoreBuilder;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Builds {@link VectorIndexStore}s, one per task. For {@code Topology.addReadOnlyStateStore}, whose
 * source topic is the store's log: there is no changelog of its own and no cache.
 */
public final class VectorIndexStoreBuilder implements StoreBuilder<VectorIndexStore> {
  private static final Logger LOG = LoggerFactory.getLogger(VectorIndexStoreBuilder.class);

  private final String name;
  private final IndexStoreOptions options;
  private final EmbeddingRowDecoder decoder;
  private final ForeignWarnings foreignWarnings = new ForeignWarnings(LOG::warn, System::nanoTime);

  /**
   * Describes a store.
   *
   * @param name of the store, also the directory under the task's state directory
   * @param options shared by all shards
   * @param decoder shared by all shards and their threads, so it must be thread-safe
   */
  public VectorIndexStoreBuilder(
      String name, IndexStoreOptions options, EmbeddingRowDecoder decoder) {
    this.name = name;
    this.options = options;
    this.decoder = decoder;
  }

  @Override
  public VectorIndexStore build() {
    return new VectorIndexStore(name, options, decoder, foreignWarnings);
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public StoreBuilder<VectorIndexStore> withCachingEnabled() {
    throw new UnsupportedOperationException("the vector index store has no cache");
  }

  @Override
  public StoreBuilder<VectorIndexStore> withCachingDisabled() {
    return this;
  }

  @Override
  public StoreBuilder<VectorIndexStore> withLoggingEnabled(Map<String, String> config) {
    throw new UnsupportedOperationException(
        "the vector index store has no changelog of its own; add it with addReadOnlyStateStore");
  }

  @Override
  public StoreBuilder<VectorIndexStore> withLoggingDisabled() {
    return this;
  }

  @Override
  public Map<String, String> logConfig() {
    return Map.of();
  }

  @Override
  public boolean loggingEnabled() {
    return false;
  }
}
