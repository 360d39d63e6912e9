package io.semblance.match;

import io.semblance.event.JsonSerde;
import io.semblance.store.VectorIndexStore;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.state.StoreBuilder;
import org.apache.kafka.streams.state.Stores;

/** The matching task's state stores; their names appear in metrics and changelogs. */
public final class MatchStores {
  /** The shard's vectors. */
  public static final String INDEX = VectorIndexStore.NAME_PREFIX;

  static final String PAIRS = "pair-ledger";
  static final String PENDING_PROBES = "pending-probes";

  private MatchStores() {}

  /**
   * Returns the store of what is known of each image's pairs: see {@link PairLedger}. In memory: a
   * persistent store would make Kafka Streams discard the task's whole directory, and with it the
   * index, after a crash.
   */
  public static StoreBuilder<?> pairs() {
    return Stores.keyValueStoreBuilder(
        Stores.inMemoryKeyValueStore(PAIRS), Serdes.String(), Serdes.String());
  }

  /** Returns the store of the probes that wait for more shards' reports. */
  public static StoreBuilder<?> pendingProbes() {
    return Stores.keyValueStoreBuilder(
        Stores.inMemoryKeyValueStore(PENDING_PROBES),
        Serdes.String(),
        new JsonSerde<>(PendingProbe.class));
  }
}
