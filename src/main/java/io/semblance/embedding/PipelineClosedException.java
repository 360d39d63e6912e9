package io.semblance.embedding;

/** The pipeline has been closed; the image was not embedded. */
public final class PipelineClosedException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  PipelineClosedException() {
    super("the embedding pipeline is closed");
  }
}
