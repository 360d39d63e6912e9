package io.semblance.embedding;

/** Which of the pipeline's queues an image waits in. */
public enum Lane {
  /** Searches: served ahead of the stream; refused with an error when full. */
  INTERACTIVE,
  /** Uploads from the topic: the submitter waits while the queue is full. */
  STREAM
}
