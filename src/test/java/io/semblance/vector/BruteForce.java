package io.semblance.vector;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.Set;

/** The index's contract, written down as simply as possible; and rows to test it with. */
final class BruteForce {
  static final SearchFilter ALL = new SearchFilter("", Set.of(), Set.of());

  /** A row as put under a sequence number. */
  record Stored(IndexRow row, long sequence) {}

  /** What a hit is compared by. */
  record Found(String id, int scoreBits, long sequence) {}

  private BruteForce() {}

  static List<Found> search(Collection<Stored> rows, SearchRequest request) {
    List<SearchHit> hits = matching(rows, request);
    return hits.stream().limit(request.limit()).map(BruteForce::found).toList();
  }

  static boolean isTruncated(Collection<Stored> rows, SearchRequest request) {
    return matching(rows, request).size() > request.limit();
  }

  static List<Found> found(SearchResult result) {
    return result.hits().stream().map(BruteForce::found).toList();
  }

  private static Found found(SearchHit hit) {
    return new Found(hit.id(), Float.floatToRawIntBits(hit.score()), hit.sequence());
  }

  private static List<SearchHit> matching(Collection<Stored> rows, SearchRequest request) {
    SearchFilter filter = request.filter();
    List<SearchHit> hits = new ArrayList<>();
    for (Stored stored : rows) {
      IndexRow row = stored.row();
      float score = dot(request.vector(), row.vector());
      if (row.searchable()
          && row.tenant().equals(filter.tenant())
          && (filter.categories().isEmpty() || filter.categories().contains(row.category()))
          && !filter.excludedIds().contains(row.id())
          && stored.sequence() > request.afterSequence()
          && score >= request.threshold()) {
        hits.add(new SearchHit(row.id(), score, stored.sequence(), row.payload()));
      }
    }
    hits.sort(Comparator.comparingDouble((SearchHit h) -> -h.score()).thenComparing(SearchHit::id));
    return hits;
  }

  /** The canonical sum, straight from its definition: 64 lanes, four accumulators, halving. */
  static float dot(float[] a, float[] b) {
    float[] lanes = new float[64];
    for (int i = 0; i < a.length; i++) {
      lanes[i % 64] = Math.fma(b[i], a[i], lanes[i % 64]);
    }
    float[] sums = new float[16];
    for (int lane = 0; lane < 16; lane++) {
      sums[lane] = (lanes[lane] + lanes[lane + 16]) + (lanes[lane + 32] + lanes[lane + 48]);
    }
    for (int half = 8; half > 0; half /= 2) {
      for (int lane = 0; lane < half; lane++) {
        sums[lane] += sums[lane + half];
      }
    }
    return sums[0];
  }

  static float[] unitVector(int dimension, Random random) {
    float[] vector = new float[dimension];
    double squares = 0;
    for (int i = 0; i < dimension; i++) {
      vector[i] = (float) random.nextGaussian();
      squares += vector[i] * (double) vector[i];
    }
    for (int i = 0; i < dimension; i++) {
      vector[i] /= (float) Math.sqrt(squares);
    }
    return vector;
  }

  static IndexRow row(String id, float[] vector) {
    return new IndexRow(
        id, vector, "", "", id.getBytes(java.nio.charset.StandardCharsets.UTF_8), true);
  }

  static SearchRequest top(int limit, float[] query) {
    return new SearchRequest(query, limit, Float.NEGATIVE_INFINITY, ALL, 0);
  }

  /** Codes an index by axes that are as good as any for answers, if not for speed; awaits them. */
  static void code(VectorIndex index, Random random) throws InterruptedException {
    int dimension = index.options().dimension();
    float[][] sample = new float[50][];
    for (int i = 0; i < sample.length; i++) {
      sample[i] = unitVector(dimension, random);
    }
    index.codebooks().adopt(Codebook.ofCoordinates(dimension, sample, index.kernels().projector()));
    if (!index.awaitCodes(Duration.ofSeconds(60))) {
      throw new IllegalStateException("the rows were not coded in time");
    }
  }
}
