package io.semblance.store;

import io.semblance.vector.IndexRow;
import java.util.Optional;
import org.apache.kafka.streams.query.Query;

/**
 * Gets one row of a shard's index.
 *
 * @param id of the row
 */
public record RowQuery(String id) implements Query<Optional<IndexRow>> {}
