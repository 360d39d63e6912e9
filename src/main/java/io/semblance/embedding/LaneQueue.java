package io.semblance.embedding;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * A queue of one list a lane, of which the interactive one is served first. Its length is bounded
 * by the pipeline's permits. Safe for use by several threads.
 *
 * @param <T> what waits
 */
final class LaneQueue<T> {
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition arrived = lock.newCondition();
  private final Map<Lane, Deque<T>> lanes = new EnumMap<>(Lane.class);
  private boolean closed;

  LaneQueue() {
    for (Lane lane : Lane.values()) {
      lanes.put(lane, new ArrayDeque<>());
    }
  }

  /** Adds {@code item}; returns false if the queue is closed. */
  boolean add(Lane lane, T item) {
    lock.lock();
    try {
      if (closed) {
        return false;
      }
      lane(lane).addLast(item);
      arrived.signal();
      return true;
    } finally {
      lock.unlock();
    }
  }

  /** Waits for an item and returns it; null once the queue is closed. */
  @Nullable T take() throws InterruptedException {
    List<T> items = take(1, 0);
    return items.isEmpty() ? null : items.getFirst();
  }

  /**
   * Waits for an item, then for up to {@code delayNanos} for more.
   *
   * @return at most {@code max} items, none once the queue is closed
   */
  List<T> take(int max, long delayNanos) throws InterruptedException {
    lock.lockInterruptibly();
    try {
      while (!closed) {
        if (size() == 0) {
          arrived.await();
          continue;
        }
        awaitMore(max, delayNanos);
        List<T> items = removeUpTo(max);
        if (!items.isEmpty()) { // else another thread has taken them during the delay
          return items;
        }
      }
      return List.of();
    } finally {
      lock.unlock();
    }
  }

  private void awaitMore(int max, long delayNanos) throws InterruptedException {
    long left = delayNanos;
    while (left > 0 && size() < max && !closed) {
      left = arrived.awaitNanos(left);
    }
  }

  private List<T> removeUpTo(int max) {
    List<T> items = new ArrayList<>(Math.min(max, size()));
    for (Lane lane : Lane.values()) {
      while (items.size() < max && !lane(lane).isEmpty()) {
        items.add(lane(lane).removeFirst());
      }
    }
    return items;
  }

  /** Ends every wait; later items are refused. */
  void close() {
    lock.lock();
    try {
      closed = true;
      lanes.values().forEach(Deque::clear);
      arrived.signalAll();
    } finally {
      lock.unlock();
    }
  }

  int size() {
    lock.lock();
    try {
      return lanes.values().stream().mapToInt(Deque::size).sum();
    } finally {
      lock.unlock();
    }
  }

  private Deque<T> lane(Lane lane) {
    Deque<T> items = lanes.get(lane);
    if (items == null) {
      throw new IllegalStateException("no lane " + lane);
    }
    return items;
  }
}
