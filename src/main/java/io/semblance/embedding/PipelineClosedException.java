package io.semblance.embedding;

/** The pipeline has been closed; the image was not embedded. */
public final class PipelineClosedException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private static final String MESSAGE = "the embedding pipeline is closed";

  PipelineClosedException() {
    super(MESSAGE);
  }

  PipelineClosedException(Throwable cause) {
    super(MESSAGE, cause);
  }
}
