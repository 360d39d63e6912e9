package io.semblance.store;

import org.apache.kafka.streams.query.Query;

/** Gets the counts of a shard's index and snapshots. */
public record StatisticsQuery() implements Query<StoreStatistics> {}
