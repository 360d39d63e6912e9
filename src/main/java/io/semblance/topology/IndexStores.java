package io.semblance.topology;

import io.semblance.search.ModelIndex;
import io.semblance.store.EmbeddingRows;
import io.semblance.store.IndexStoreOptions;
import io.semblance.store.VectorIndexStoreBuilder;
import io.semblance.vector.IndexOptions;
import io.semblance.vector.VectorIndex;
import jakarta.inject.Singleton;
import org.apache.kafka.streams.state.StoreBuilder;

/** Makes the state store of each index, all as the configuration says. */
@Singleton
class IndexStores {
  private final SemblanceConfiguration.Index configuration;

  IndexStores(SemblanceConfiguration configuration) {
    this.configuration = configuration.index();
  }

  StoreBuilder<?> builder(ModelIndex index) {
    // The sooner it begins, the less first searches wait.
    VectorIndex.warmUp(index.model().dimension());
    return new VectorIndexStoreBuilder(
        index.store(),
        new IndexStoreOptions(
            new IndexOptions(index.model().dimension(), configuration.rowsPerSegment()),
            index.model().fingerprint(),
            configuration.snapshotIntervalMin(),
            configuration.snapshotChangesMin(),
            configuration.snapshotIntervalMax(),
            configuration.snapshotAgeMax(),
            configuration.preloadVectors()),
        rows(index));
  }

  /** Returns what makes rows of an index of its topic's records. */
  static EmbeddingRows rows(ModelIndex index) {
    return new EmbeddingRows(
        index.model().id(), index.model().fingerprint(), index.model().dimension(), index.codec());
  }
}
