package io.semblance.store;

import io.semblance.vector.SearchRequest;
import io.semblance.vector.SearchResult;
import java.util.List;
import org.apache.kafka.streams.query.Query;

/**
 * Asks a shard for the rows most similar to each of some vectors; answered in one pass over the
 * shard, results in the order of the requests.
 *
 * @param requests at least one
 */
public record SimilarityQuery(List<SearchRequest> requests) implements Query<List<SearchResult>> {
  public SimilarityQuery {
    requests = List.copyOf(requests);
  }
}
