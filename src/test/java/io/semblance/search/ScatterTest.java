package io.semblance.search;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class ScatterTest {
  private static final Duration TIME_LIMIT = Duration.ofSeconds(5);
  private static final Duration ATTEMPT_TIME_LIMIT = Duration.ofMillis(300);

  private final List<String> warnings = Collections.synchronizedList(new ArrayList<>());
  private final List<String> asked = Collections.synchronizedList(new ArrayList<>());

  @Test
  void shouldAskEachOwnerOnce() {
    List<ShardAnswer<String>> answers =
        ask(
            directory(
                new Instance("a:1", true, Set.of(0, 1), Set.of(2, 3)),
                new Instance("b:1", false, Set.of(2, 3), Set.of(0, 1))),
            Set.of(0, 1, 2, 3),
            this::answerEverything);
    assertThat(answers).extracting(ShardAnswer::shard).containsExactly(0, 1, 2, 3);
    assertThat(answers).extracting(ShardAnswer::value).containsExactly("a:1", "a:1", "b:1", "b:1");
    assertThat(asked).containsExactlyInAnyOrder("a:1[0, 1]", "b:1[2, 3]");
  }

  @Test
  void shouldFallBackToTheStandbyOfAnOwnerThatDoesNotAnswer() {
    List<ShardAnswer<String>> answers =
        ask(
            directory(
                new Instance("a:1", true, Set.of(0), Set.of(1)),
                new Instance("b:1", false, Set.of(1), Set.of(0))),
            Set.of(0, 1),
            (instance, shards, limit) -> {
              if (instance.address().equals("b:1")) {
                throw new IOException("connection refused");
              }
              return answerEverything(instance, shards, limit);
            });
    assertThat(answers).extracting(ShardAnswer::active).containsExactly(true, false);
    assertThat(Coverage.of(2, answers)).isEqualTo(new Coverage(2, 2, List.of(), List.of(1)));
  }

  @Test
  void shouldRetryOnceAndThenSayWhichShardsAreMissing() {
    List<ShardAnswer<String>> answers =
        ask(
            directory(
                new Instance("a:1", true, Set.of(0), Set.of()),
                new Instance("b:1", false, Set.of(1, 2), Set.of())),
            Set.of(0, 1, 2),
            (instance, shards, limit) -> {
              if (instance.address().equals("b:1")) {
                asked.add("b:1");
                throw new IOException("connection refused");
              }
              return answerEverything(instance, shards, limit);
            });
    Coverage coverage = Coverage.of(3, answers);
    assertThat(coverage).isEqualTo(new Coverage(3, 1, List.of(1, 2), List.of()));
    assertThat(coverage.isIncomplete()).isTrue();
    assertThat(asked).filteredOn("b:1"::equals).hasSize(2);
  }

  @Test
  void shouldTakeTheAnswerOfARetry() {
    List<ShardAnswer<String>> answers =
        ask(
            directory(new Instance("b:1", false, Set.of(0), Set.of()), local()),
            Set.of(0),
            (instance, shards, limit) -> {
              if (asked.isEmpty()) {
                asked.add("first");
                throw new IOException("first call to a fresh instance");
              }
              return answerEverything(instance, shards, limit);
            });
    assertThat(answers).extracting(ShardAnswer::value).containsExactly("b:1");
  }

  @Test
  void shouldNotWaitForAnInstanceThatHangs() {
    long started = System.nanoTime();
    List<ShardAnswer<String>> answers =
        ask(
            directory(
                new Instance("a:1", true, Set.of(0), Set.of()),
                new Instance("b:1", false, Set.of(1), Set.of())),
            Set.of(0, 1),
            (instance, shards, limit) -> {
              if (instance.address().equals("b:1")) {
                Thread.sleep(Duration.ofMinutes(1));
              }
              return answerEverything(instance, shards, limit);
            });
    assertThat(answers).extracting(ShardAnswer::shard).containsExactly(0);
    assertThat(Duration.ofNanos(System.nanoTime() - started)).isLessThan(Duration.ofSeconds(4));
  }

  @Test
  void shouldCountAShardOnceWhenTwoInstancesClaimIt() {
    List<ShardAnswer<String>> answers =
        ask(
            directory(
                new Instance("a:1", true, Set.of(0, 1), Set.of()),
                new Instance("b:1", false, Set.of(1), Set.of())),
            Set.of(0, 1),
            // Each answers for every shard, asked or not, and some twice.
            (instance, shards, limit) ->
                List.of(
                    new ShardAnswer<>(0, true, instance.address()),
                    new ShardAnswer<>(1, true, instance.address()),
                    new ShardAnswer<>(1, true, instance.address()),
                    new ShardAnswer<>(7, true, instance.address())));
    assertThat(answers).extracting(ShardAnswer::shard).containsExactly(0, 1);
  }

  @Test
  void shouldFollowAShardThatMovesBetweenRounds() {
    List<Instance> before = List.of(new Instance("b:1", false, Set.of(0), Set.of()), local());
    List<Instance> after = List.of(new Instance("c:1", false, Set.of(0), Set.of()), local());
    ShardDirectory moving = new FakeDirectory(1, () -> asked.isEmpty() ? before : after);
    List<ShardAnswer<String>> answers =
        ask(
            moving,
            Set.of(0),
            (instance, shards, limit) -> {
              if (instance.address().equals("b:1")) {
                asked.add("b:1");
                throw new IOException("gone");
              }
              return answerEverything(instance, shards, limit);
            });
    assertThat(answers).extracting(ShardAnswer::value).containsExactly("c:1");
  }

  @Test
  void shouldWarnOfEachCauseOfAPartialAnswer() {
    ask(
        directory(
            new Instance("a:1", true, Set.of(0), Set.of()),
            new Instance("b:1", false, Set.of(1), Set.of()),
            new Instance("c:1", false, Set.of(2), Set.of())),
        Set.of(0, 1, 2),
        (instance, shards, limit) ->
            switch (instance.address()) {
              case "b:1" -> throw new IOException("it answers with status 429: searches are full");
              case "c:1" -> List.of();
              default -> answerEverything(instance, shards, limit);
            });
    assertThat(warnings)
        .anyMatch(warning -> warning.contains("b:1") && warning.contains("searches are full"))
        .anyMatch(warning -> warning.contains("c:1") && warning.contains("[2]"))
        .hasSize(2);
  }

  @Test
  void shouldNotWarnOfACompleteAnswer() {
    ask(
        directory(new Instance("a:1", true, Set.of(0), Set.of())),
        Set.of(0),
        this::answerEverything);
    assertThat(warnings).isEmpty();
  }

  @Test
  void shouldAskThisInstanceForAShardThatNobodyOwns() {
    List<ShardAnswer<String>> answers = ask(directory(local()), Set.of(0), this::answerEverything);
    assertThat(answers).extracting(ShardAnswer::value).containsExactly("self:1");
  }

  private List<ShardAnswer<String>> answerEverything(
      Instance instance, Set<Integer> shards, Duration limit) {
    asked.add(instance.address() + new java.util.TreeSet<>(shards));
    return shards.stream()
        .map(shard ->
            new ShardAnswer<>(shard, instance.active().contains(shard), instance.address()))
        .toList();
  }

  private static Instance local() {
    return new Instance("self:1", true, Set.of(), Set.of());
  }

  private static ShardDirectory directory(Instance... instances) {
    return new FakeDirectory(instances.length, () -> List.of(instances));
  }

  private List<ShardAnswer<String>> ask(
      ShardDirectory directory, Set<Integer> shards, Scatter.Question<String> question) {
    try (Scatter scatter =
        new Scatter(
            directory,
            TIME_LIMIT,
            ATTEMPT_TIME_LIMIT,
            new ShardWarnings(warnings::add, System::nanoTime))) {
      return scatter.ask(shards, question);
    }
  }
}
