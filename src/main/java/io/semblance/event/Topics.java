package io.semblance.event;

/** Names of the topics; their policies are the Strimzi resources under {@code topics/}. */
public final class Topics {
  public static final String IMAGE_UPLOADS = "image-uploads";
  public static final String IMAGE_EMBEDDINGS = "image-embeddings";
  public static final String MATCH_PROBES = "match-probes";
  public static final String SHARD_MATCHES = "shard-matches";
  public static final String MATCH_ALERTS = "match-alerts";
  public static final String DEAD_LETTERS = "semblance-dead-letters";

  private static final String OF_SEARCH_MODEL = IMAGE_EMBEDDINGS + "-";

  private Topics() {}

  /** Returns the topic of the embeddings of a model for searches, declared as the other's is. */
  public static String imageEmbeddings(String searchModel) {
    return OF_SEARCH_MODEL + searchModel;
  }

  /** Returns whether a topic is that of a model for searches. */
  public static boolean isOfSearchModel(String topic) {
    return topic.startsWith(OF_SEARCH_MODEL);
  }
}
