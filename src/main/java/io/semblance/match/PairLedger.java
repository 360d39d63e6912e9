package io.semblance.match;

import io.semblance.event.PairId;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.stream.LongStream;
import org.apache.kafka.common.serialization.StringSerializer;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;
import org.jspecify.annotations.Nullable;

/**
 * Sees to it that each pair of images is alerted exactly once, without a message between the two
 * images' partitions.
 *
 * <p>Let p(X) be the partition of image X: there X lies in the index, there X's probe is gathered,
 * and there this ledger keeps what is known of X's pairs. The task of a partition does one thing
 * after the other, so that its entries have an order. A pair {X, Y} can be found twice, by X's
 * probe and by Y's probe. Two entries decide which of them alerts:
 *
 * <ul>
 *   <li>When Y's probe finds X in p(X), p(X) notes {@code FOUND}; if X's own alert has already
 *       named the pair ({@code ALERTED}), the report to Y says so and Y stays silent.
 *   <li>When X's probe is gathered in p(X) and has found Y, not said to be alerted: without a note
 *       {@code FOUND}, X alerts and notes {@code ALERTED}, which Y's probe will meet if it still
 *       comes. With the note, both sides know of each other, and the later upload alerts.
 * </ul>
 *
 * <p>Why none is lost and none is doubled: that both alert would need that each is gathered before
 * it is found by the other. But X is gathered only after its probe has found Y, and Y only after
 * its probe has found X: gather(X) &lt; found(X) &lt; gather(Y) &lt; found(Y) &lt; gather(X) is a
 * circle. That both stay silent would need that each sees the other's {@code ALERTED}, which is
 * written only by one that alerts, or that both sides decide differently who is the later upload;
 * they compare the same two times and ids.
 *
 * <p>Used by the stream thread of its task alone.
 */
final class PairLedger {
  private static final String FOUND = "F";
  private static final String ALERTED = "A";
  private static final char SEPARATOR = '\0';

  private final KeyValueStore<String, String> entries;
  private final LongSupplier now;

  /**
   * @param entries the task's store; a value is a mark and the time of its writing
   * @param now the time, in milliseconds since the epoch
   */
  PairLedger(KeyValueStore<String, String> entries, LongSupplier now) {
    this.entries = entries;
    this.now = now;
  }

  /**
   * Notes in p({@code imageId}) that another image's probe has found this one.
   *
   * @return whether this image's alert has already named the pair
   */
  boolean found(String imageId, String pairId) {
    String key = key(imageId, pairId);
    if (has(ALERTED, entries.get(key))) {
      return true;
    }
    put(key, FOUND);
    return false;
  }

  /**
   * Decides in p({@code imageId}) whether this image's alert names the pair that its own probe has
   * found.
   *
   * @param alertedByOther whether the other image's alert has already named the pair
   * @param laterUpload whether this image is the later upload of the two
   * @return true exactly once for each pair
   */
  boolean claim(String imageId, String pairId, boolean alertedByOther, boolean laterUpload) {
    if (alertedByOther) {
      return false;
    }
    String key = key(imageId, pairId);
    @Nullable String entry = entries.get(key);
    if (has(ALERTED, entry) || (has(FOUND, entry) && !laterUpload)) {
      return false;
    }
    put(key, ALERTED);
    return true;
  }

  /**
   * Forgets every pair noted before a time and, where more than {@code max} are left, the oldest.
   *
   * @param before in milliseconds since the epoch
   * @param max most pairs that are kept, but for those noted in the very millisecond of the limit
   */
  void prune(long before, int max) {
    LongStream.Builder times = LongStream.builder();
    forEach(entry -> times.add(time(entry)));
    long[] ascending = times.build().sorted().toArray();
    long oldestKept =
        ascending.length > max ? Math.max(before, ascending[ascending.length - max]) : before;
    List<String> keys = new ArrayList<>();
    forEach(entry -> {
      if (time(entry) < oldestKept) {
        keys.add(entry.key);
      }
    });
    keys.forEach(entries::delete);
  }

  private static long time(KeyValue<String, String> entry) {
    return Long.parseLong(entry.value.substring(1));
  }

  private void forEach(Consumer<KeyValue<String, String>> action) {
    try (KeyValueIterator<String, String> iterator = entries.all()) {
      iterator.forEachRemaining(action);
    }
  }

  /** Forgets every pair of a deleted image. */
  void forget(String imageId) {
    List<String> keys = new ArrayList<>();
    try (KeyValueIterator<String, String> iterator =
        entries.prefixScan(imageId + SEPARATOR, new StringSerializer())) {
      while (iterator.hasNext()) {
        KeyValue<String, String> entry = iterator.next();
        keys.add(entry.key);
      }
    }
    keys.forEach(entries::delete);
  }

  private void put(String key, String mark) {
    entries.put(key, mark + now.getAsLong());
  }

  private static boolean has(String mark, @Nullable String entry) {
    return entry != null && entry.startsWith(mark);
  }

  /** A key whose prefix is the image id; {@link PairId}s contain no separator, nor do image ids. */
  private static String key(String imageId, String pairId) {
    return imageId + SEPARATOR + pairId;
  }
}
