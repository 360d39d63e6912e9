package io.semblance.crash;

import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Kills and starts processes while uploads are being processed: each event comes when its share of
 * the uploads is done, and the producer may always be some way ahead of it, so that there is work
 * at hand when it strikes.
 */
final class Chaos {
  private static final Duration PROGRESS_TIME_LIMIT = Duration.ofMinutes(10);
  private static final int DELAY_MAX_MILLIS = 1500;

  /** What can happen. */
  enum Event {
    /** SIGKILL of an instance, which is started again. */
    KILL,
    /** SIGKILL of the broker, which is started again on the same port and data. */
    KILL_BROKER,
    /** The second instance comes. */
    JOIN,
    /** The second instance goes by SIGTERM. */
    LEAVE,
    /** The second instance goes by SIGKILL. */
    LEAVE_BY_KILL
  }

  private static final String FIRST = "a";
  private static final String SECOND = "b";

  private final Cluster cluster;
  private final SplittableRandom random;
  private final List<Event> events;
  private final long total;
  private final long ahead;
  private final AtomicLong allowance = new AtomicLong();
  private int kills;
  private int brokerKills;
  private int slowStops;

  /**
   * @param kills SIGKILLs of instances, at least 1
   * @param total records that will be uploaded
   */
  Chaos(Cluster cluster, int kills, long total, long seed) {
    this.cluster = cluster;
    this.random = new SplittableRandom(seed);
    this.total = total;
    this.ahead = Math.max(40, total / 12);
    events = new ArrayList<>(List.of(Event.JOIN, Event.LEAVE, Event.JOIN, Event.LEAVE_BY_KILL));
    for (int i = 1; i < kills; i++) {
      events.add(random.nextInt(events.size() + 1), Event.KILL);
    }
    events.add(1 + random.nextInt(events.size()), Event.KILL_BROKER);
    allowance.set(ahead);
  }

  /** How many records the producer may have sent by now. */
  AtomicLong allowance() {
    return allowance;
  }

  /** Lets everything happen, one after the other; ends with the first instance running. */
  void run() throws InterruptedException {
    cluster.start(FIRST);
    cluster.awaitReady(FIRST);
    for (int i = 0; i < events.size(); i++) {
      long due = total * (i + 1) / (events.size() + 2);
      allowance.set(due + ahead);
      awaitProgress(due);
      TimeUnit.MILLISECONDS.sleep(random.nextInt(DELAY_MAX_MILLIS));
      allowance.set(due + 2 * ahead);
      say(events.get(i), due);
      strike(events.get(i));
    }
    allowance.set(Long.MAX_VALUE);
  }

  private void say(Event event, long due) {
    System.out.printf(Locale.ROOT, "crash test: %s after %d of %d records%n", event, due, total);
  }

  private void awaitProgress(long due) {
    await()
        .atMost(PROGRESS_TIME_LIMIT)
        .pollInterval(Duration.ofMillis(200))
        .until(() -> {
          cluster.requireAlive();
          return cluster.progress() >= due;
        });
  }

  private void strike(Event event) throws InterruptedException {
    switch (event) {
      case KILL -> {
        List<String> running = cluster.running();
        String victim = running.get(random.nextInt(running.size()));
        cluster.kill(victim);
        kills++;
        TimeUnit.MILLISECONDS.sleep(random.nextInt(DELAY_MAX_MILLIS));
        cluster.start(victim);
      }
      case KILL_BROKER -> {
        cluster.killBroker();
        brokerKills++;
        TimeUnit.MILLISECONDS.sleep(random.nextInt(DELAY_MAX_MILLIS));
        cluster.startBroker();
      }
      case JOIN -> {
        cluster.start(SECOND);
        cluster.awaitReady(SECOND);
      }
      case LEAVE -> {
        if (!cluster.terminate(SECOND)) {
          slowStops++;
        }
      }
      case LEAVE_BY_KILL -> {
        cluster.kill(SECOND);
        kills++;
      }
    }
  }

  int kills() {
    return kills;
  }

  int brokerKills() {
    return brokerKills;
  }

  /** SIGTERMs that were not obeyed in time. */
  int slowStops() {
    return slowStops;
  }
}
