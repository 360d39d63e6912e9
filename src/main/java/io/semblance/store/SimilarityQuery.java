package io.semblance.store;

import io.semblance.vector.SearchRequest;
import io.semblance.vector.SearchResult;
import java.util.List;
import org.apache.kafka.streams.query.Query;

/**
 * Searches one shard's index; the answer has one result per request, in their order.
 *
 * @param requests scored together, in one pass, as of one moment
 */
public record SimilarityQuery(List<SearchRequest> requests) implements Query<List<SearchResult>> {
  public SimilarityQuery {
    requests = List.copyOf(requests);
  }
}
