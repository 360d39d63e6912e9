package io.semblance.embedding;

import java.util.List;
import java.util.function.BiConsumer;
import java.util.function.Function;

/** Finds out what fails a batch. */
final class BatchHalving {
  private BatchHalving() {}

  /**
   * Attempts a batch and, where that fails, its halves, until what fails it stands alone.
   *
   * @param attempt returns what delivers the results of all; whatever it throws, errors too, may be
   *     the fault of one: out of memory, a native fault
   * @param alone is told of each one that fails by itself, and how
   */
  static <T> void run(
      List<T> batch, Function<List<T>, Runnable> attempt, BiConsumer<T, Throwable> alone) {
    Runnable delivery;
    try {
      delivery = attempt.apply(batch);
    } catch (Throwable e) {
      if (batch.size() == 1) {
        alone.accept(batch.getFirst(), e);
        return;
      }
      int half = batch.size() / 2;
      run(batch.subList(0, half), attempt, alone);
      run(batch.subList(half, batch.size()), attempt, alone);
      return;
    }
    delivery.run();
  }
}
