package io.semblance.embedding;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.awaitility.Awaitility.await;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.semblance.image.FetchRules;
import io.semblance.image.ImageDecoder;
import io.semblance.image.ImageFetcher;
import io.semblance.image.ImageLimits;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class EmbeddingResourcesTest {
  @Test
  void shouldCloseTheNetworkOnlyAfterTheForwardPassInProgress() throws Exception {
    FakeModel model = FakeModel.held();
    ImageFetcher fetcher =
        new ImageFetcher(new FetchRules(Set.of(), 1 << 20, Duration.ofSeconds(1), 0));
    EmbeddingPipeline pipeline =
        new EmbeddingPipeline(
            model,
            fetcher,
            new ImageDecoder(ImageLimits.DEFAULT, true),
            new EmbeddingOptions(1, Duration.ZERO, 2, 1, 1, 1),
            new SimpleMeterRegistry());
    EmbeddingResources resources =
        new EmbeddingResources(
            pipeline,
            fetcher,
            List.of(new LoadedModel(LoadedModel.MATCHING, model, Optional.empty())));
    CompletableFuture<ImageEmbedding> running = pipeline.submit(Pictures.source(7), Lane.STREAM);
    model.awaitHeld();

    Thread closer = Thread.ofPlatform().start(resources::close);
    await().until(() -> closer.getState() == Thread.State.TIMED_WAITING);
    assertThat(model.closed).as("closed inside a forward pass").isFalse();
    model.release();
    closer.join();

    assertThat(running.get(20, TimeUnit.SECONDS).vector()[0]).isEqualTo(7);
    assertThat(model.closed).isTrue();
    assertThat(catchThrowable(() -> pipeline.submit(Pictures.source(1), Lane.STREAM).join()))
        .hasCauseInstanceOf(PipelineClosedException.class);
  }
}
