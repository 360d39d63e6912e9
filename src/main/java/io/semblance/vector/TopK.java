package io.semblance.vector;

import java.util.Arrays;
import java.util.Set;

/** The best rows found so far for one request: a heap whose root is the worst of them. */
final class TopK {
  private static final int CAPACITY_INITIAL = 16;

  private final int limit;
  private final float threshold;
  private final Set<String> excluded;
  private float[] scores = new float[CAPACITY_INITIAL];
  private String[] ids = new String[CAPACITY_INITIAL];
  private long[] sequences = new long[CAPACITY_INITIAL];
  private byte[][] payloads = new byte[CAPACITY_INITIAL][];
  private int size;
  private boolean truncated;

  TopK(SearchRequest request) {
    limit = request.limit();
    threshold = request.threshold();
    excluded = request.filter().excludedIds();
  }

  /** Considers the row in {@code slot}, whose canonical score is {@code score}. */
  void offer(Segment segment, int slot, float score) {
    if (!(score >= threshold)) {
      return;
    }
    if (size == limit && score < scores[0]) {
      truncated = true;
      return;
    }
    String id = segment.id(slot);
    if (excluded.contains(id)) {
      return;
    }
    if (size < limit) {
      add(id, score, segment.sequence(slot), segment.payload(slot));
      return;
    }
    truncated = true;
    if (isWorse(scores[0], ids[0], score, id)) {
      set(0, id, score, segment.sequence(slot), segment.payload(slot));
      sink(0);
    }
  }

  /** Returns what was found, best first. */
  SearchResult result(long sequence) {
    SearchHit[] hits = new SearchHit[size];
    for (int i = size - 1; i >= 0; i--) {
      hits[i] = new SearchHit(ids[0], scores[0], sequences[0], payloads[0].clone());
      size--;
      move(size, 0);
      sink(0);
    }
    return new SearchResult(Arrays.asList(hits), truncated, sequence);
  }

  private static boolean isWorse(float score, String id, float otherScore, String otherId) {
    int byScore = Float.compare(score, otherScore);
    return byScore < 0 || (byScore == 0 && id.compareTo(otherId) > 0);
  }

  private void add(String id, float score, long sequence, byte[] payload) {
    if (size == scores.length) {
      int capacity = Math.min(limit, size * 2);
      scores = Arrays.copyOf(scores, capacity);
      ids = Arrays.copyOf(ids, capacity);
      sequences = Arrays.copyOf(sequences, capacity);
      payloads = Arrays.copyOf(payloads, capacity);
    }
    set(size, id, score, sequence, payload);
    int child = size++;
    while (child > 0) {
      int parent = (child - 1) / 2;
      if (!isWorse(scores[child], ids[child], scores[parent], ids[parent])) {
        return;
      }
      swap(child, parent);
      child = parent;
    }
  }

  private void sink(int parent) {
    while (true) {
      int worst = parent;
      for (int child = 2 * parent + 1; child <= 2 * parent + 2 && child < size; child++) {
        if (isWorse(scores[child], ids[child], scores[worst], ids[worst])) {
          worst = child;
        }
      }
      if (worst == parent) {
        return;
      }
      swap(worst, parent);
      parent = worst;
    }
  }

  private void set(int at, String id, float score, long sequence, byte[] payload) {
    ids[at] = id;
    scores[at] = score;
    sequences[at] = sequence;
    payloads[at] = payload;
  }

  private void move(int from, int to) {
    set(to, ids[from], scores[from], sequences[from], payloads[from]);
  }

  private void swap(int a, int b) {
    String id = ids[a];
    float score = scores[a];
    long sequence = sequences[a];
    byte[] payload = payloads[a];
    move(b, a);
    set(b, id, score, sequence, payload);
  }
}
