package io.semblance.cli.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A hub on this machine, whose repository is a small CLIP, and fetches from it. */
@Timeout(120)
abstract class HubFixture {
  static final Path CLIP = Path.of("src/test/resources/models/clip-tiny");
  static final String ID = "someone/model";
  static final String VISION = "onnx/vision_model.onnx";
  static final TransferLimits LIMITS =
      new TransferLimits(
          Duration.ofSeconds(5),
          Duration.ofSeconds(5),
          3,
          Duration.ofMillis(1),
          Duration.ofSeconds(2),
          3,
          Duration.ofSeconds(30));

  @TempDir Path folder;
  FakeHub hub;
  final Heard heard = new Heard();

  /** Remembers what it is told. */
  static final class Heard implements FetchListener {
    final List<FetchPlan> plans = new ArrayList<>();
    final List<String> files = new ArrayList<>();
    final List<String> pauses = new ArrayList<>();
    long transferred;

    @Override
    public void planned(FetchPlan plan) {
      plans.add(plan);
    }

    @Override
    public void transferred(String file, long bytes) {
      assertThat(bytes).isBetween(0L, plans.getLast().bytes());
    }

    @Override
    public void completed(String file, long size, long bytesTransferred) {
      files.add(file);
      transferred += bytesTransferred;
    }

    @Override
    public void pausing(String reason, Duration pause) {
      pauses.add(reason);
    }

    @Override
    public void waiting(Path directory) {}
  }

  @BeforeEach
  void startHub() throws IOException {
    hub = new FakeHub(ID, CLIP);
  }

  @AfterEach
  void stopHub() {
    hub.close();
  }

  Path out() {
    return folder.resolve("models/clip");
  }

  FetchRequest request() {
    return new FetchRequest(ID, "main", Optional.empty(), List.of(), out(), 1 << 30);
  }

  FetchPlan fetch(FetchRequest request) throws Exception {
    return fetch(request, LIMITS, Optional.empty());
  }

  FetchPlan fetch(FetchRequest request, TransferLimits limits, Optional<String> token)
      throws Exception {
    try (ModelFetch fetch = new ModelFetch(HubEndpoint.parse(hub.url()), token, limits, heard)) {
      return fetch.run(request);
    }
  }

  void fetchFails(String... parts) {
    assertThatThrownBy(() -> fetch(request()))
        .satisfies(failure -> assertThat(failure.getMessage()).contains(parts));
    assertThat(out()).doesNotExist();
  }

  static TransferLimits once() {
    return new TransferLimits(
        LIMITS.connectTimeLimit(),
        LIMITS.stallTimeLimit(),
        1,
        LIMITS.pauseMin(),
        LIMITS.pauseMax(),
        LIMITS.redirectsMax(),
        LIMITS.lockTimeLimit());
  }

  static byte[] content(String path) throws IOException {
    return Files.readAllBytes(CLIP.resolve(path));
  }

  static byte[] noise(long seed, int length) {
    byte[] bytes = new byte[length];
    new Random(seed).nextBytes(bytes);
    return bytes;
  }

  void shouldHaveFetchedAll() throws IOException {
    try (Stream<Path> walk = Files.walk(CLIP)) {
      for (Path file : walk.filter(Files::isRegularFile).toList()) {
        assertThat(out().resolve(CLIP.relativize(file))).hasSameBinaryContentAs(file);
      }
    }
    try (Stream<Path> beside = Files.list(out().getParent())) {
      assertThat(beside.map(one -> one.getFileName().toString()))
          .containsExactlyInAnyOrder("clip", ".clip.lock");
    }
  }
}
