package io.semblance.store;

import io.semblance.vector.IndexRow;
import java.util.Optional;
import org.apache.kafka.streams.query.Query;

/**
 * Asks a shard for the row of one image.
 *
 * @param imageId the image
 */
public record RowQuery(String imageId) implements Query<Optional<IndexRow>> {}
