package io.semblance.embedding;

import io.semblance.image.ImageFetcher;
import java.util.ArrayList;
import java.util.List;

/**
 * What embedding holds open, closed in the order of its use: a network that is closed inside a
 * forward pass takes the process with it, and a fetcher closed too early fails healthy uploads.
 *
 * @param pipeline closed first
 * @param fetcher closed after the pipeline that fetches with it
 * @param models closed last; the first is the one that near-duplicates are told by
 */
public record EmbeddingResources(
    EmbeddingPipeline pipeline, ImageFetcher fetcher, List<LoadedModel> models)
    implements AutoCloseable {
  public EmbeddingResources {
    models = List.copyOf(models);
  }

  @Override
  public void close() {
    List<AutoCloseable> inOrder = new ArrayList<>(List.of(pipeline, fetcher));
    inOrder.addAll(models);
    closeAll(inOrder);
  }

  /** Closes {@code resources} although {@code failure} is what is to be told. */
  public static void closeAll(List<? extends AutoCloseable> resources, RuntimeException failure) {
    try {
      closeAll(resources);
    } catch (IllegalStateException e) {
      failure.addSuppressed(e);
    }
  }

  /**
   * Closes all of {@code resources} in their order, each although another fails.
   *
   * @throws IllegalStateException if one failed
   */
  public static void closeAll(List<? extends AutoCloseable> resources) {
    List<Exception> failures = new ArrayList<>();
    for (AutoCloseable resource : resources) {
      try {
        resource.close();
      } catch (Exception e) {
        failures.add(e);
      }
    }
    if (!failures.isEmpty()) {
      IllegalStateException failure =
          new IllegalStateException("what embeds cannot be closed", failures.removeFirst());
      failures.forEach(failure::addSuppressed);
      throw failure;
    }
  }
}
