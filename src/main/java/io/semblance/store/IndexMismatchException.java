package io.semblance.store;

import org.apache.kafka.streams.errors.StreamsException;

/**
 * The store's snapshot holds vectors of another model or dimension, which must not be mixed with
 * this one's (invariant 4). The message names both and what to do.
 */
public final class IndexMismatchException extends StreamsException {
  private static final long serialVersionUID = 1L;

  IndexMismatchException(String message) {
    super(message);
  }
}
