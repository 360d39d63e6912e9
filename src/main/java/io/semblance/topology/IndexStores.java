package io.semblance.topology;

import io.semblance.embedding.model.ModelDescription;
import io.semblance.search.ModelIndex;
import io.semblance.search.Settings;
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
    return new VectorIndexStoreBuilder(index.store(), options(index.model()), rows(index));
  }

  IndexStoreOptions options(ModelDescription model) {
    Settings.requireMultiple(
        "semblance.index.rows-per-segment",
        configuration.rowsPerSegment(),
        IndexOptions.ROWS_PER_BLOCK,
        IndexOptions.ROWS_PER_SEGMENT_MAX);
    return new IndexStoreOptions(
        new IndexOptions(model.dimension(), configuration.rowsPerSegment()),
        model.id(),
        model.fingerprint(),
        configuration.snapshotIntervalMin(),
        configuration.snapshotChangesMin(),
        configuration.snapshotIntervalMax(),
        configuration.snapshotAgeMax(),
        configuration.preloadVectors());
  }

  /** Returns what makes rows of an index of its topic's records. */
  static EmbeddingRows rows(ModelIndex index) {
    return new EmbeddingRows(
        index.model().id(), index.model().fingerprint(), index.model().dimension(), index.codec());
  }
}
