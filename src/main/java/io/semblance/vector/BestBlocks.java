package io.semblance.vector;

/** Finds the greatest of many bounds. */
final class BestBlocks {
  private BestBlocks() {}

  /**
   * Returns the positions of the {@code count} greatest of {@code bounds}, or of as many as are
   * above negative infinity, the greatest first.
   */
  static int[] of(float[] bounds, int count) {
    int[] heap = new int[count];
    int size = 0;
    for (int position = 0; position < bounds.length; position++) {
      float bound = bounds[position];
      if (bound == Float.NEGATIVE_INFINITY) {
        continue;
      }
      if (size < count) {
        heap[size] = position;
        siftUp(bounds, heap, size++);
      } else if (bound > bounds[heap[0]]) {
        heap[0] = position;
        siftDown(bounds, heap, size);
      }
    }
    int[] best = new int[size];
    for (int left = size; left > 0; left--) {
      best[left - 1] = heap[0];
      heap[0] = heap[left - 1];
      siftDown(bounds, heap, left - 1);
    }
    return best;
  }

  /** The least bound is at the root. */
  private static void siftUp(float[] bounds, int[] heap, int from) {
    int child = from;
    while (child > 0) {
      int parent = (child - 1) / 2;
      if (bounds[heap[child]] >= bounds[heap[parent]]) {
        return;
      }
      swap(heap, child, parent);
      child = parent;
    }
  }

  private static void siftDown(float[] bounds, int[] heap, int size) {
    int parent = 0;
    while (2 * parent + 1 < size) {
      int child = 2 * parent + 1;
      if (child + 1 < size && bounds[heap[child + 1]] < bounds[heap[child]]) {
        child++;
      }
      if (bounds[heap[parent]] <= bounds[heap[child]]) {
        return;
      }
      swap(heap, parent, child);
      parent = child;
    }
  }

  private static void swap(int[] heap, int a, int b) {
    int position = heap[a];
    heap[a] = heap[b];
    heap[b] = position;
  }
}
