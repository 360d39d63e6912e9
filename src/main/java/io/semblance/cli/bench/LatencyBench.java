package io.semblance.cli.bench;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** Time from an upload to its embedding and to its alert, as consumers of committed records see. */
final class LatencyBench {
  private static final long PAUSE_MILLIS_MIN = 100;
  private static final long PAUSE_MILLIS_MAX = 250;

  /** How many originals are uploaded between one and its copy. */
  private static final int COPY_DISTANCE = 20;

  private final KafkaPath path;
  private final List<Photographs.Pair> photographs;
  private final Random random;
  private int runs;

  LatencyBench(KafkaPath path, List<Photographs.Pair> photographs, long seed) {
    this.path = path;
    this.photographs = photographs;
    random = new Random(seed);
  }

  /**
   * What was measured, in milliseconds.
   *
   * @param uploadsPerSecond the load; 0 for one upload at a time
   * @param embedding from every upload to its embedding
   * @param alert from every planted copy's upload to the alert naming it
   */
  record Result(double uploadsPerSecond, Distribution embedding, Distribution alert) {}

  /** An upload: when it was due and what it should lead to. */
  private record Upload(String id, long dueNanos, boolean copy) {}

  /** Uploads {@code pairs} photographs and their copies, one at a time with pauses between. */
  Result idle(int pairs) throws InterruptedException {
    int run = runs++;
    List<Upload> uploads = new ArrayList<>();
    for (int i = 0; i < pairs; i++) {
      for (boolean copy : new boolean[] {false, true}) {
        Thread.sleep(random.nextLong(PAUSE_MILLIS_MIN, PAUSE_MILLIS_MAX));
        Upload upload = new Upload(id(run, i, copy), System.nanoTime(), copy);
        send(run, i, copy);
        uploads.add(upload);
        path.embeddings.await(List.of(upload.id()), KafkaPath.TIME_LIMIT);
        if (copy) {
          path.alerts.await(List.of(upload.id()), KafkaPath.TIME_LIMIT);
        }
      }
    }
    return result(0, uploads);
  }

  /**
   * Uploads {@code pairs} photographs and their copies at random times, whether or not earlier ones
   * are done (a Poisson process). Each latency counts from when the upload was due.
   *
   * @param uploadsPerSecond on average
   */
  Result underLoad(int pairs, double uploadsPerSecond) throws InterruptedException {
    int run = runs++;
    List<Upload> uploads = new ArrayList<>();
    long due = System.nanoTime();
    for (int i = 0; i < pairs + COPY_DISTANCE; i++) {
      for (boolean copy : new boolean[] {false, true}) {
        int pair = copy ? i - COPY_DISTANCE : i;
        if (pair < 0 || pair >= pairs) {
          continue;
        }
        due += (long) (-Math.log(1 - random.nextDouble()) / uploadsPerSecond * 1e9);
        sleepUntil(due);
        send(run, pair, copy);
        uploads.add(new Upload(id(run, pair, copy), due, copy));
      }
    }
    path.embeddings.await(uploads.stream().map(Upload::id).toList(), KafkaPath.TIME_LIMIT);
    path.alerts.await(
        uploads.stream().filter(Upload::copy).map(Upload::id).toList(), KafkaPath.TIME_LIMIT);
    return result(uploadsPerSecond, uploads);
  }

  private static void sleepUntil(long nanos) {
    for (long left = nanos - System.nanoTime(); left > 0; left = nanos - System.nanoTime()) {
      LockSupport.parkNanos(left);
    }
  }

  private static String id(int run, int pair, boolean copy) {
    return "latency-%d-%d-%s".formatted(run, pair, copy ? "copy" : "original");
  }

  /** A tenant holds each scene once and its copy: the planted pairs are the only matches. */
  private void send(int run, int number, boolean copy) {
    Photographs.Pair pair = photographs.get(number % photographs.size());
    int lap = number / photographs.size();
    path.sender.send(
        id(run, number, copy),
        "latency-%d-%d-%d".formatted(run, lap, pair.group()),
        copy ? pair.copy() : pair.original());
  }

  private Result result(double uploadsPerSecond, List<Upload> uploads) {
    List<Double> embedding = new ArrayList<>();
    List<Double> alert = new ArrayList<>();
    for (Upload upload : uploads) {
      embedding.add(millis(upload.dueNanos(), path.embeddings.of(upload.id())));
      if (upload.copy()) {
        alert.add(millis(upload.dueNanos(), path.alerts.of(upload.id())));
      }
    }
    return new Result(uploadsPerSecond, Distribution.of(embedding), Distribution.of(alert));
  }

  private static double millis(long from, Arrivals.Arrival arrival) {
    return (arrival.seenNanos() - from) / (double) TimeUnit.MILLISECONDS.toNanos(1);
  }

  /** Returns how many pairs fill {@code time} at {@code uploadsPerSecond}, at least {@code min}. */
  static int pairs(double uploadsPerSecond, Duration time, int min) {
    return Math.max(min, (int) Math.ceil(uploadsPerSecond * time.toSeconds() / 2));
  }
}
