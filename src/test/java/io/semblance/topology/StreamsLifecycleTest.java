package io.semblance.topology;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import org.apache.kafka.common.errors.TopicAuthorizationException;
import org.apache.kafka.streams.errors.StreamsException;
import org.junit.jupiter.api.Test;

class StreamsLifecycleTest {
  @Test
  void shouldPauseLongerFromFailureToFailureAndGiveUpInTheEnd() {
    ThreadReplacements replacements = new ThreadReplacements();
    Duration last = Duration.ZERO;
    for (int i = 0; i < ThreadReplacements.REPLACEMENTS_MAX; i++) {
      Optional<Duration> pause = replacements.next(i);
      assertThat(pause).isPresent();
      assertThat(pause.get()).isGreaterThanOrEqualTo(last).isLessThan(Duration.ofMinutes(1));
      last = pause.get();
    }

    assertThat(replacements.next(100)).isEmpty();
  }

  @Test
  void shouldForgetFailuresOfLongAgo() {
    ThreadReplacements replacements = new ThreadReplacements();
    for (int i = 0; i < ThreadReplacements.REPLACEMENTS_MAX; i++) {
      replacements.next(i);
    }

    assertThat(replacements.next(2 * ThreadReplacements.WINDOW.toNanos())).isPresent();
  }

  @Test
  void shouldNameTheRemedyOfAFullDiskAndOfAMissingPermission() {
    assertThat(
            StreamsLifecycle.explain(
                new StreamsException(new IOException("No space left on device"))))
        .contains("make room in semblance.state-directory");
    assertThat(
            StreamsLifecycle.explain(
                new StreamsException(new TopicAuthorizationException("image-uploads"))))
        .contains("principal");
  }
}
