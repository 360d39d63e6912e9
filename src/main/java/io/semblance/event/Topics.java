package io.semblance.event;

/** Names of the topics; their policies are the Strimzi resources under {@code topics/}. */
public final class Topics {
  public static final String IMAGE_UPLOADS = "image-uploads";
  public static final String IMAGE_EMBEDDINGS = "image-embeddings";
  public static final String MATCH_PROBES = "match-probes";
  public static final String SHARD_MATCHES = "shard-matches";
  public static final String MATCH_ALERTS = "match-alerts";
  public static final String DEAD_LETTERS = "semblance-dead-letters";

  private Topics() {}
}
