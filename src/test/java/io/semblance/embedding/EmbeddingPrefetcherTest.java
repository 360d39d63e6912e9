package io.semblance.embedding;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.semblance.event.Topics;
import io.semblance.image.FetchRules;
import io.semblance.image.ImageDecoder;
import io.semblance.image.ImageFetcher;
import io.semblance.image.ImageLimits;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class EmbeddingPrefetcherTest {
  private static final int STREAM_IMAGES_MAX = 4;
  private static final TopicPartition PARTITION = new TopicPartition(Topics.IMAGE_UPLOADS, 0);

  private final FakeModel model = FakeModel.held();
  private final ImageFetcher fetcher =
      new ImageFetcher(new FetchRules(Set.of(), 1 << 20, Duration.ofSeconds(1), 0));
  private final EmbeddingPipeline pipeline =
      new EmbeddingPipeline(
          model,
          fetcher,
          new ImageDecoder(ImageLimits.DEFAULT, true),
          new EmbeddingOptions(4, Duration.ZERO, STREAM_IMAGES_MAX, 1, 1, 1),
          new SimpleMeterRegistry());
  private final EmbeddingPrefetcher prefetcher = new EmbeddingPrefetcher(pipeline);

  @AfterEach
  void close() {
    model.release();
    pipeline.close();
    fetcher.close();
  }

  private static ConsumerRecord<byte[], byte[]> upload(int partition, long offset, int red) {
    return new ConsumerRecord<>(
        Topics.IMAGE_UPLOADS, partition, offset, "id".getBytes(UTF_8), Pictures.png(red));
  }

  private static float red(@Nullable CompletableFuture<ImageEmbedding> result) throws Exception {
    return Objects.requireNonNull(result).get(20, TimeUnit.SECONDS).vector()[0];
  }

  @Test
  void shouldHandOutEachResultOnceAndByItsOwnOffset() throws Exception {
    model.release();
    prefetcher.polled(upload(0, 10, 1));
    prefetcher.polled(upload(0, 11, 2));
    prefetcher.polled(upload(1, 10, 3));
    assertThat(red(prefetcher.take(PARTITION, 10))).isEqualTo(1);
    assertThat(prefetcher.take(PARTITION, 10)).isNull();
    assertThat(red(prefetcher.take(PARTITION, 11))).isEqualTo(2);
    assertThat(red(prefetcher.take(new TopicPartition(Topics.IMAGE_UPLOADS, 1), 10))).isEqualTo(3);
  }

  @Test
  void shouldHaveNothingForAnOffsetThatWasNotPolled() {
    assertThat(prefetcher.take(PARTITION, 5)).isNull();
    prefetcher.polled(upload(0, 6, 1));
    assertThat(prefetcher.take(PARTITION, 5)).isNull();
  }

  @Test
  void shouldForgetWhatLiesBeforeATakenOffset() throws Exception {
    model.release();
    prefetcher.polled(upload(0, 1, 1));
    prefetcher.polled(upload(0, 2, 2));
    assertThat(red(prefetcher.take(PARTITION, 2))).isEqualTo(2);
    assertThat(prefetcher.take(PARTITION, 1)).isNull();
  }

  @Test
  void shouldForgetAPartitionThatIsGivenUp() {
    prefetcher.polled(upload(0, 1, 1));
    prefetcher.forget(PARTITION);
    assertThat(prefetcher.take(PARTITION, 1)).isNull();
  }

  @Test
  void shouldSpendNothingOnThePartitionsThatAreGivenUp() throws Exception {
    prefetcher.polled(upload(1, 1, 9));
    model.awaitHeld();
    for (int offset = 0; offset < STREAM_IMAGES_MAX; offset++) { // the last waits for a place
      prefetcher.polled(upload(0, offset, offset));
    }
    prefetcher.forget(PARTITION);
    prefetcher.polled(upload(1, 2, 10));
    model.release();
    assertThat(red(prefetcher.take(new TopicPartition(Topics.IMAGE_UPLOADS, 1), 1))).isEqualTo(9);
    assertThat(red(prefetcher.take(new TopicPartition(Topics.IMAGE_UPLOADS, 1), 2))).isEqualTo(10);
    assertThat(model.batches).containsExactly(List.of(9), List.of(10));
  }

  @Test
  void shouldSubmitARecordOnceAlthoughItIsPolledAgain() throws Exception {
    prefetcher.polled(upload(0, 1, 1));
    model.awaitHeld();
    prefetcher.polled(upload(0, 1, 1));
    model.release();
    assertThat(red(prefetcher.take(PARTITION, 1))).isEqualTo(1);
    assertThat(model.batches).hasSize(1);
  }

  @Test
  void shouldNotKeepThePollWhileThePipelineIsFullAndHandOverLater() throws Exception {
    for (int offset = 0; offset < 3 * STREAM_IMAGES_MAX; offset++) {
      prefetcher.polled(upload(0, offset, offset)); // returns although nothing is embedded
    }
    assertThat(prefetcher.take(PARTITION, 0)).isNotNull().isNotDone();
    model.release();
    for (int offset = 1; offset < 3 * STREAM_IMAGES_MAX; offset++) {
      EmbeddingResult result = prefetcher.take(PARTITION, offset);
      if (result == null) { // its turn came before its place: the processor submits it then
        result = pipeline.submit(Pictures.source(offset), Lane.STREAM);
      }
      assertThat(red(result)).isEqualTo(offset);
    }
  }

  @Test
  void shouldIgnoreDeletionsBrokenRecordsAndOtherTopics() {
    byte[] key = "id".getBytes(UTF_8);
    prefetcher.polled(new ConsumerRecord<>(Topics.IMAGE_UPLOADS, 0, 1, key, null));
    prefetcher.polled(new ConsumerRecord<>(Topics.IMAGE_UPLOADS, 0, 2, null, new byte[1]));
    ConsumerRecord<byte[], byte[]> structured =
        new ConsumerRecord<>(Topics.IMAGE_UPLOADS, 0, 3, key, "{".getBytes(UTF_8));
    structured.headers().add("content-type", "application/cloudevents+json".getBytes(UTF_8));
    prefetcher.polled(structured);
    prefetcher.polled(new ConsumerRecord<>(Topics.MATCH_PROBES, 0, 4, key, new byte[1]));
    for (int offset = 1; offset <= 4; offset++) {
      assertThat(prefetcher.take(PARTITION, offset)).as("offset %d", offset).isNull();
    }
  }

  @Test
  void shouldServeSeveralStreamThreadsAtATime() throws Exception {
    model.release();
    long seed = System.nanoTime();
    System.out.println("seed " + seed);
    List<Throwable> failures = new ArrayList<>();
    List<Thread> threads = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      int partition = i;
      threads.add(
          Thread.ofPlatform()
              .start(() -> {
                try {
                  streamThread(partition, new Random(seed + partition));
                } catch (Throwable e) {
                  synchronized (failures) {
                    failures.add(e);
                  }
                }
              }));
    }
    for (Thread thread : threads) {
      thread.join();
    }
    assertThat(failures).isEmpty();
    await().until(() -> pipeline.trySubmit(Pictures.source(0), Lane.STREAM).isPresent());
  }

  /** Polls some uploads, processes them in turn, now and then from an earlier offset again. */
  private void streamThread(int number, Random random) throws Exception {
    TopicPartition partition = new TopicPartition(Topics.IMAGE_UPLOADS, number);
    long next = 0;
    while (next < 200) {
      long end = next + 1 + random.nextInt(12);
      for (long offset = next; offset < end; offset++) {
        prefetcher.polled(upload(number, offset, colour(number, offset)));
      }
      if (random.nextInt(10) == 0) {
        prefetcher.forget(partition); // as after a rebalance
      }
      for (; next < end; next++) {
        EmbeddingResult result = prefetcher.take(partition, next);
        if (result == null) {
          result = pipeline.submit(Pictures.source(colour(number, next)), Lane.STREAM);
        }
        assertThat(red(result)).isEqualTo(colour(number, next));
      }
    }
  }

  private static int colour(int partition, long offset) {
    return (int) ((partition * 61 + offset) % 240);
  }
}
