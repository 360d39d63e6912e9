package io.semblance.search;

import io.semblance.embedding.PipelineClosedException;
import io.semblance.embedding.PipelineFullException;
import io.semblance.image.ImageRejectedException;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Waits for a query's embedding, and says in the client's words why there is none. */
final class EmbeddingWait {
  private static final Duration RETRY_AFTER = Duration.ofSeconds(2);

  private EmbeddingWait() {}

  /**
   * Waits for what {@code submission} submits to a pipeline; gives it up after {@code timeLimit}.
   *
   * @param what names it, such as {@code the query image}
   */
  static <T> T of(Supplier<? extends Future<T>> submission, String what, Duration timeLimit) {
    Future<T> submitted = null;
    try {
      submitted = submission.get();
      return submitted.get(timeLimit.toMillis(), TimeUnit.MILLISECONDS);
    } catch (PipelineFullException e) {
      throw new SearchException(
          SearchException.Reason.FULL,
          "embedding-full",
          String.valueOf(e.getMessage()),
          e.retryAfter());
    } catch (ExecutionException e) {
      throw failure(e.getCause(), what);
    } catch (TimeoutException e) {
      submitted.cancel(false);
      throw SearchException.unavailable(
          "embedding-timeout",
          "%s was not embedded within %s: the service is busy; try again"
              .formatted(what, timeLimit),
          RETRY_AFTER);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw stopping();
    }
  }

  private static RuntimeException failure(@Nullable Throwable cause, String what) {
    return switch (cause) {
      case ImageRejectedException rejected ->
          new SearchException(
              SearchException.Reason.IMAGE,
              "image-" + rejected.reason().name().toLowerCase(Locale.ROOT).replace('_', '-'),
              String.valueOf(rejected.getMessage()));
      case PipelineClosedException closed -> stopping();
      case null, default -> new IllegalStateException(what + " was not embedded", cause);
    };
  }

  private static SearchException stopping() {
    return SearchException.unavailable(
        "stopping", "this instance is stopping: ask another", RETRY_AFTER);
  }
}
