package io.semblance.cli.bench;

import io.semblance.vector.SearchHit;
import io.semblance.vector.SearchResult;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.stream.LongStream;

/**
 * What the index must answer, found by scoring every row in plain Java: the canonical float32 inner
 * product, written anew from its definition so that it shares no code with the index.
 *
 * <p>There are 64 lanes. Lane l takes the elements l, l + 64, l + 128, … in ascending order, each
 * by one fused multiply-add starting from +0. Lanes 16 apart are added as (a + b) + (c + d), the 16
 * sums by halving.
 */
final class CanonicalScan {
  private static final int LANES = 64;
  private static final int ACCUMULATOR_LANES = 16;
  private static final int ROWS_AT_A_TIME = 4_096;

  /** Best first: by descending score, then ascending id. */
  private static final Comparator<Match> ORDER =
      Comparator.<Match>comparingDouble(Match::score).reversed().thenComparing(Match::id);

  private CanonicalScan() {}

  /**
   * A row with its score.
   *
   * @param row its number
   */
  record Match(long row, float score) {
    String id() {
      return CanonicalScan.id(row);
    }
  }

  /**
   * The answers for one query, in order.
   *
   * @param top the best rows
   * @param matches all rows that reach the threshold
   */
  record Answer(List<Match> top, List<Match> matches) {}

  /** Returns under which id a row is put into the index. */
  static String id(long row) {
    return "row-" + row;
  }

  /** Scores the file's rows against every query, on all cores. */
  static List<Answer> run(VectorFile rows, float[][] queries, int top, float threshold) {
    float[][] padded = new float[queries.length][];
    for (int i = 0; i < queries.length; i++) {
      padded[i] = padded(queries[i]);
    }
    List<List<Answer>> parts =
        LongStream.range(0, Math.ceilDiv(rows.count(), ROWS_AT_A_TIME))
            .parallel()
            .mapToObj(part -> part(rows, part * ROWS_AT_A_TIME, padded, top, threshold))
            .toList();
    List<Answer> answers = new ArrayList<>();
    for (int i = 0; i < queries.length; i++) {
      int query = i;
      answers.add(
          new Answer(
              parts.stream()
                  .flatMap(part -> part.get(query).top().stream())
                  .sorted(ORDER)
                  .limit(top)
                  .toList(),
              parts.stream()
                  .flatMap(part -> part.get(query).matches().stream())
                  .sorted(ORDER)
                  .toList()));
    }
    return answers;
  }

  private static List<Answer> part(
      VectorFile rows, long first, float[][] queries, int top, float threshold) {
    List<PriorityQueue<Match>> best = new ArrayList<>();
    List<List<Match>> matches = new ArrayList<>();
    for (int i = 0; i < queries.length; i++) {
      best.add(new PriorityQueue<>(ORDER.reversed()));
      matches.add(new ArrayList<>());
    }
    float[] row = padded(new float[rows.dimension()]);
    float[] lanes = new float[LANES];
    long end = Math.min(rows.count(), first + ROWS_AT_A_TIME);
    for (long number = first; number < end; number++) {
      rows.read(number, row);
      for (int i = 0; i < queries.length; i++) {
        float score = dot(queries[i], row, lanes);
        if (score >= threshold) {
          matches.get(i).add(new Match(number, score));
        }
        PriorityQueue<Match> kept = best.get(i);
        if (kept.size() < top || score >= kept.element().score()) {
          kept.add(new Match(number, score));
          if (kept.size() > top) {
            kept.remove();
          }
        }
      }
    }
    List<Answer> answers = new ArrayList<>();
    for (int i = 0; i < queries.length; i++) {
      answers.add(new Answer(List.copyOf(best.get(i)), matches.get(i)));
    }
    return answers;
  }

  private static float[] padded(float[] vector) {
    float[] padded = new float[Math.ceilDiv(vector.length, LANES) * LANES];
    System.arraycopy(vector, 0, padded, 0, vector.length);
    return padded;
  }

  /** Returns the canonical inner product of two padded vectors. */
  private static float dot(float[] query, float[] row, float[] lanes) {
    for (int lane = 0; lane < LANES; lane++) {
      lanes[lane] = 0;
    }
    for (int start = 0; start < row.length; start += LANES) {
      for (int lane = 0; lane < LANES; lane++) {
        lanes[lane] = Math.fma(row[start + lane], query[start + lane], lanes[lane]);
      }
    }
    for (int lane = 0; lane < ACCUMULATOR_LANES; lane++) {
      lanes[lane] =
          (lanes[lane] + lanes[lane + ACCUMULATOR_LANES])
              + (lanes[lane + 2 * ACCUMULATOR_LANES] + lanes[lane + 3 * ACCUMULATOR_LANES]);
    }
    for (int half = ACCUMULATOR_LANES / 2; half > 0; half /= 2) {
      for (int lane = 0; lane < half; lane++) {
        lanes[lane] += lanes[lane + half];
      }
    }
    return lanes[0];
  }

  /**
   * Returns whether a result is exactly {@code expected}, cut at {@code limit}: the same ids in the
   * same order with the same bits of their scores.
   */
  static boolean agrees(List<Match> expected, int limit, SearchResult result) {
    return result.truncated() == expected.size() > limit && agrees(expected, limit, result.hits());
  }

  /** The same for hits alone. */
  static boolean agrees(List<Match> expected, int limit, List<SearchHit> hits) {
    if (hits.size() != Math.min(expected.size(), limit)) {
      return false;
    }
    for (int i = 0; i < hits.size(); i++) {
      Match match = expected.get(i);
      SearchHit hit = hits.get(i);
      if (!match.id().equals(hit.id())
          || Float.floatToRawIntBits(match.score()) != Float.floatToRawIntBits(hit.score())) {
        return false;
      }
    }
    return true;
  }
}
