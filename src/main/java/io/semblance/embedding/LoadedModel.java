package io.semblance.embedding;

import io.semblance.embedding.model.EmbeddingModel;
import io.semblance.embedding.model.ModelDescription;
import java.util.Optional;

/**
 * A model that is loaded, with its text tower where it has one.
 *
 * @param name by which requests, topics and meters know it
 * @param model its network of pictures
 * @param texts its text tower; empty if it has none, or is not to use it
 */
public record LoadedModel(String name, EmbeddingModel model, Optional<TextPipeline> texts)
    implements AutoCloseable {
  /**
   * The name of the model that near-duplicates are told by; the others have names of the user's.
   */
  public static final String MATCHING = "matching";

  /** Returns what identifies the model. */
  public ModelDescription description() {
    return model.description();
  }

  /** Closes the text tower, then the network; to be called once no pipeline uses them. */
  @Override
  public void close() {
    try (model;
        TextPipeline _ = texts.orElse(null)) {
      // Closed from the last to the first, each although another fails.
    }
  }
}
