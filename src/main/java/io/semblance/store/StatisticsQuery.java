package io.semblance.store;

import io.semblance.vector.IndexStatistics;
import org.apache.kafka.streams.query.Query;

/** Asks a shard what it holds. */
public record StatisticsQuery() implements Query<IndexStatistics> {}
