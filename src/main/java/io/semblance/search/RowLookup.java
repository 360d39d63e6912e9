package io.semblance.search;

import io.semblance.event.EmbeddingMetadata;
import io.semblance.vector.IndexRow;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

/**
 * Finds an image's row by its id. What the matching index does not hold can only be a text, which
 * is in the index of every model with a text tower: those are asked at the same time. Safe for use
 * by several threads.
 */
final class RowLookup {
  private static final Logger LOG = System.getLogger(RowLookup.class.getName());

  private final SearchedModels models;

  RowLookup(SearchedModels models) {
    this.models = models;
  }

  /** A row, and where it was found. */
  record FoundRow(SearchedModel model, IndexRow row, int shard) {
    EmbeddingMetadata metadata() {
      return model.index().codec().decode(row.payload());
    }
  }

  /** What an index answers: perhaps a row, or why it does not answer. */
  private record Answer(Optional<FoundRow> found, @Nullable SearchException failure) {}

  /**
   * Returns an image's row.
   *
   * @param model the name of the model whose index is asked; null for the first that holds it
   * @throws SearchException if there is no such model, or no index that answers has the row and one
   *     does not answer
   */
  Optional<FoundRow> find(String imageId, @Nullable String model) {
    if (model != null) {
      return ask(models.named(model), imageId);
    }
    Optional<FoundRow> picture = ask(models.matching(), imageId);
    if (picture.isPresent()) {
      return picture;
    }
    List<Answer> answers = texts(imageId);
    Optional<FoundRow> text = first(answers);
    if (text.isEmpty()) {
      for (Answer answer : answers) {
        if (answer.failure() != null) {
          throw answer.failure();
        }
      }
    }
    return text;
  }

  /**
   * As {@link #find}, but an index for searches that does not answer is taken not to hold the row:
   * uploads and deletions must not wait for it.
   *
   * @throws SearchException if the matching index does not answer
   */
  Optional<FoundRow> findKnown(String imageId) {
    Optional<FoundRow> picture = ask(models.matching(), imageId);
    return picture.isPresent() ? picture : first(texts(imageId));
  }

  private static Optional<FoundRow> first(List<Answer> answers) {
    return answers.stream().flatMap(answer -> answer.found().stream()).findFirst();
  }

  private List<Answer> texts(String imageId) {
    List<SearchedModel> asked = models.beyondMatching();
    if (asked.isEmpty()) {
      return List.of();
    }
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<Answer>> pending =
          asked.stream().map(model -> threads.submit(() -> tryToAsk(model, imageId))).toList();
      return pending.stream().map(RowLookup::answer).toList();
    }
  }

  private static Answer answer(Future<Answer> pending) {
    try {
      return pending.get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return new Answer(
          Optional.empty(),
          SearchException.unavailable(
              "interrupted", "the request was interrupted: try again", IndexShards.RETRY_AFTER));
    } catch (ExecutionException e) {
      throw new IllegalStateException("an index cannot be asked for a row", e.getCause());
    }
  }

  private static Answer tryToAsk(SearchedModel model, String imageId) {
    try {
      return new Answer(ask(model, imageId), null);
    } catch (SearchException e) {
      LOG.log(Level.DEBUG, "the index of {0} does not answer: {1}", model.name(), e.getMessage());
      return new Answer(Optional.empty(), e);
    }
  }

  private static Optional<FoundRow> ask(SearchedModel model, String imageId) {
    ShardAnswer<Optional<IndexRow>> answer = model.shards().row(imageId);
    return answer.value().map(row -> new FoundRow(model, row, answer.shard()));
  }
}
