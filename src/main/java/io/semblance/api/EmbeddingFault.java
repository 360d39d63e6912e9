package io.semblance.api;

import java.util.Optional;

/** Tells whether this instance can still embed images. */
@FunctionalInterface
public interface EmbeddingFault {
  /** Returns why it embeds none until it is restarted; empty while it does. */
  Optional<String> cause();
}
