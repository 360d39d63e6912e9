package io.semblance.crash;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.apache.kafka.common.utils.Utils;
import org.jspecify.annotations.Nullable;

/**
 * What is uploaded, in which order, and what must come of it. One picture of eight is uploaded a
 * second time, encoded anew, under an id of another partition, soon after the first or right behind
 * it; one upload of fifty cannot be decoded; one picture of thirty is deleted some time later.
 */
final class UploadPlan {
  /** Partitions of {@code image-uploads}. */
  private static final int PARTITIONS = 4;

  private static final int COPY_EVERY = 8;
  private static final int DELETE_EVERY = 30;
  private static final int UNDECODABLE_EVERY = 50;

  /** Most uploads between a picture and its copy or deletion. */
  private static final int DISTANCE_MAX = 40;

  /**
   * One record.
   *
   * @param image draws the image when it is sent; gives null to delete
   */
  record Step(String imageId, Supplier<byte @Nullable []> image) {}

  private final SyntheticPictures pictures;
  private final SplittableRandom random;
  private final List<Step> steps = new ArrayList<>();
  private final Set<String> decodable = new LinkedHashSet<>();
  private final Set<String> undecodable = new LinkedHashSet<>();
  private final Set<String> deleted = new LinkedHashSet<>();
  private final Map<String, String> originalOfCopy = new LinkedHashMap<>();

  /** Draws a plan of {@code uploads} uploads, deletions not counted. */
  UploadPlan(int uploads, long seed) {
    pictures = new SyntheticPictures(seed);
    random = new SplittableRandom(seed);
    NavigableMap<Double, Step> later = new TreeMap<>();
    int drawn = 0;
    for (int next = 0; drawn < uploads; next++) {
      int number = next;
      takeDue(later, number);
      String id = "picture-" + number;
      drawn++;
      if (number % UNDECODABLE_EVERY == UNDECODABLE_EVERY - 1) {
        undecodable.add(id);
        steps.add(new Step(id, undecodable(number)));
        continue;
      }
      decodable.add(id);
      steps.add(new Step(id, () -> pictures.original(number)));
      if (number % COPY_EVERY == 0 && drawn < uploads) {
        String copy = idOfOtherPartition(id);
        drawn++;
        decodable.add(copy);
        originalOfCopy.put(copy, id);
        later.put(due(number), new Step(copy, copy(number)));
      } else if (number % DELETE_EVERY == 1) {
        deleted.add(id);
        later.put(due(number), new Step(id, () -> null));
      }
    }
    takeDue(later, Double.MAX_VALUE);
  }

  private void takeDue(NavigableMap<Double, Step> later, double until) {
    while (!later.isEmpty() && later.firstKey() <= until) {
      steps.add(later.pollFirstEntry().getValue());
    }
  }

  private double due(int number) {
    int distance = random.nextBoolean() ? 1 : 1 + random.nextInt(DISTANCE_MAX);
    return number + distance - random.nextDouble(0.5);
  }

  private Supplier<byte @Nullable []> copy(int number) {
    return random.nextBoolean() ? () -> pictures.png(number) : () -> pictures.jpeg(number);
  }

  /** Noise, a torn JPEG or a torn PNG. */
  private Supplier<byte @Nullable []> undecodable(int number) {
    byte[] noise = new byte[500];
    random.nextBytes(noise);
    noise[0] = 'x';
    return switch (random.nextInt(3)) {
      case 0 -> () -> noise;
      case 1 -> () -> Arrays.copyOf(pictures.original(number), 300);
      default -> () -> Arrays.copyOf(pictures.png(number), 200);
    };
  }

  private static String idOfOtherPartition(String id) {
    for (int i = 0; ; i++) {
      String candidate = id + "-copy-" + i;
      if (partition(candidate) != partition(id)) {
        return candidate;
      }
    }
  }

  /** As Kafka's own partitioner does it. */
  private static int partition(String id) {
    return Utils.toPositive(Utils.murmur2(id.getBytes(UTF_8))) % PARTITIONS;
  }

  List<Step> steps() {
    return steps;
  }

  Set<String> decodable() {
    return decodable;
  }

  Set<String> undecodable() {
    return undecodable;
  }

  Set<String> deleted() {
    return deleted;
  }

  /** Ids of copies and of what they are copies of, always in another partition. */
  Map<String, String> originalOfCopy() {
    return originalOfCopy;
  }
}
