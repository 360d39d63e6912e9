package io.semblance.search;

import java.io.IOException;
import java.lang.System.Logger;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * Puts one question to many shards, wherever they are, and counts each shard's answer once.
 *
 * <p>In rounds: each unanswered shard is asked of its owner, then of its standby copies, then of
 * each once again; the directory is read anew for each round, since shards move. This instance is
 * asked on the caller's thread, the others at the same time on virtual threads. Safe for use by
 * several threads.
 */
final class Scatter implements AutoCloseable {
  private static final Logger LOG = System.getLogger(Scatter.class.getName());
  private static final int ATTEMPTS_MAX = 2;
  private static final Duration RETRY_PAUSE = Duration.ofMillis(100);

  /** Why there is no answer, where time ran out: the same words each time, to be warned of once. */
  static final String TOO_LATE = "it does not answer in time";

  /** A question to some shards of one instance. */
  @FunctionalInterface
  interface Question<T> {
    List<ShardAnswer<T>> ask(Instance instance, Set<Integer> shards, Duration timeLimit)
        throws IOException, InterruptedException;
  }

  private record Attempt(String address, int shard) {}

  private record Round(Map<Instance, Set<Integer>> shardsByInstance, boolean onlyRetries) {}

  private final ShardDirectory directory;
  private final Duration timeLimit;
  private final Duration attemptTimeLimit;
  private final ShardWarnings warnings;
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();

  Scatter(ShardDirectory directory, Duration timeLimit, Duration attemptTimeLimit) {
    this(directory, timeLimit, attemptTimeLimit, ShardWarnings.to(LOG));
  }

  Scatter(
      ShardDirectory directory,
      Duration timeLimit,
      Duration attemptTimeLimit,
      ShardWarnings warnings) {
    this.directory = directory;
    this.timeLimit = timeLimit;
    this.attemptTimeLimit = attemptTimeLimit;
    this.warnings = warnings;
  }

  /** Returns the answers of those of {@code shards} that answered in time, ascending by shard. */
  <T> List<ShardAnswer<T>> ask(Set<Integer> shards, Question<T> question) {
    long deadline = System.nanoTime() + timeLimit.toNanos();
    Map<Integer, ShardAnswer<T>> answers = new TreeMap<>();
    Map<Attempt, Integer> attempts = new HashMap<>();
    Set<String> failed = new HashSet<>();
    try {
      while (answers.size() < shards.size()) {
        Set<Integer> open = new TreeSet<>(shards);
        open.removeAll(answers.keySet());
        Round round = nextRound(open, attempts);
        if (round.onlyRetries()) {
          Thread.sleep(RETRY_PAUSE);
          round = nextRound(open, attempts);
        }
        long left = deadline - System.nanoTime();
        if (round.shardsByInstance().isEmpty() || left <= 0) {
          break;
        }
        long limit = Math.min(left, attemptTimeLimit.toNanos());
        count(round, attempts);
        askRound(round.shardsByInstance(), question, Duration.ofNanos(limit), answers, failed);
      }
      attempts.keySet().removeIf(attempt -> failed.contains(attempt.address()));
      warnOfMissing(shards, answers.keySet(), attempts.keySet());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    return List.copyOf(answers.values());
  }

  /** An instance may answer without error, but not for all the shards that it is asked of. */
  private void warnOfMissing(Set<Integer> wanted, Set<Integer> answered, Set<Attempt> attempts) {
    Map<String, Set<Integer>> missingByAddress = new TreeMap<>();
    for (Attempt attempt : attempts) {
      if (wanted.contains(attempt.shard()) && !answered.contains(attempt.shard())) {
        missingByAddress
            .computeIfAbsent(attempt.address(), address -> new TreeSet<>())
            .add(attempt.shard());
      }
    }
    missingByAddress.forEach((address, shards) ->
        warnings.warn(address, "it holds no copy of shards %s that is ready".formatted(shards)));
  }

  private static void count(Round round, Map<Attempt, Integer> attempts) {
    round
        .shardsByInstance()
        .forEach((instance, shards) ->
            shards.forEach(
                shard -> attempts.merge(new Attempt(instance.address(), shard), 1, Integer::sum)));
  }

  private <T> void askRound(
      Map<Instance, Set<Integer>> shardsByInstance,
      Question<T> question,
      Duration limit,
      Map<Integer, ShardAnswer<T>> answers,
      Set<String> failed)
      throws InterruptedException {
    Map<Instance, Future<List<ShardAnswer<T>>>> pending = new HashMap<>();
    shardsByInstance.forEach((instance, shards) -> {
      if (!instance.local()) {
        pending.put(instance, threads.submit(() -> question.ask(instance, shards, limit)));
      }
    });
    long deadline = System.nanoTime() + limit.toNanos();
    for (Map.Entry<Instance, Set<Integer>> asked : shardsByInstance.entrySet()) {
      if (asked.getKey().local()) {
        try {
          keep(question.ask(asked.getKey(), asked.getValue(), limit), asked.getValue(), answers);
        } catch (IOException e) {
          failed.add(asked.getKey().address());
          warnings.warn(asked.getKey().address(), reason(e));
        }
      }
    }
    try {
      for (Map.Entry<Instance, Future<List<ShardAnswer<T>>>> asked : pending.entrySet()) {
        Instance instance = asked.getKey();
        try {
          List<ShardAnswer<T>> got =
              asked.getValue().get(deadline - System.nanoTime(), TimeUnit.NANOSECONDS);
          keep(got, Set.copyOf(shardsByInstance.getOrDefault(instance, Set.of())), answers);
        } catch (ExecutionException e) {
          failed.add(instance.address());
          warnings.warn(instance.address(), reason(e.getCause()));
        } catch (TimeoutException e) {
          failed.add(instance.address());
          warnings.warn(instance.address(), TOO_LATE);
        }
      }
    } finally {
      pending.values().forEach(future -> future.cancel(true));
    }
  }

  private static String reason(@Nullable Throwable cause) {
    return cause instanceof IOException
        ? String.valueOf(cause.getMessage())
        : String.valueOf(cause);
  }

  /** Keeps one answer a shard, and none that nobody asked for. */
  private static <T> void keep(
      List<ShardAnswer<T>> got, Set<Integer> asked, Map<Integer, ShardAnswer<T>> answers) {
    for (ShardAnswer<T> answer : got) {
      if (asked.contains(answer.shard())) {
        answers.putIfAbsent(answer.shard(), answer);
      }
    }
  }

  @Override
  public void close() {
    threads.shutdownNow();
  }

  /** Chooses whom to ask for each shard. */
  private Round nextRound(Set<Integer> open, Map<Attempt, Integer> attempts) {
    List<Instance> instances = directory.instances();
    Map<Instance, Set<Integer>> shardsByInstance = new HashMap<>();
    boolean onlyRetries = true;
    for (int shard : open) {
      @Nullable Instance chosen = null;
      int fewest = ATTEMPTS_MAX;
      for (Instance candidate : candidates(instances, shard)) {
        int made = attempts.getOrDefault(new Attempt(candidate.address(), shard), 0);
        if (made < fewest) {
          chosen = candidate;
          fewest = made;
        }
      }
      if (chosen != null) {
        shardsByInstance.computeIfAbsent(chosen, instance -> new TreeSet<>()).add(shard);
        onlyRetries &= fewest > 0;
      }
    }
    return new Round(shardsByInstance, onlyRetries && !shardsByInstance.isEmpty());
  }

  /** The owner first, then copies, this instance's before others; this instance for no-one's. */
  private static List<Instance> candidates(List<Instance> instances, int shard) {
    List<Instance> candidates = new ArrayList<>();
    instances.stream().filter(i -> i.active().contains(shard)).forEach(candidates::add);
    instances.stream()
        .filter(i -> i.standby().contains(shard) && !candidates.contains(i))
        .sorted((a, b) -> Boolean.compare(b.local(), a.local()))
        .forEach(candidates::add);
    instances.stream()
        .filter(i -> i.local() && candidates.isEmpty())
        .findFirst()
        .ifPresent(candidates::add);
    return candidates;
  }
}
