package io.semblance.broker;

import java.util.Map;

/**
 * A topic as it is declared.
 *
 * @param name the topic's name
 * @param partitions how many partitions it has
 * @param replicas how many copies of each partition a cluster keeps
 * @param configuration the topic's settings
 */
public record TopicDeclaration(
    String name, int partitions, int replicas, Map<String, String> configuration) {
  public TopicDeclaration {
    configuration = Map.copyOf(configuration);
  }

  /** Returns the same of another name. */
  TopicDeclaration named(String other) {
    return new TopicDeclaration(other, partitions, replicas, configuration);
  }
}
