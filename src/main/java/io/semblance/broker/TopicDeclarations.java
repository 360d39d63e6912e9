package io.semblance.broker;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import io.semblance.event.Topics;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The declared topics: Strimzi {@code KafkaTopic} resources of the folder {@code topics/}, which
 * the build copies into the application. There is no second declaration of them.
 */
public final class TopicDeclarations {
  private static final String FOLDER = "/topics/";
  private static final String STRIMZI = "kafka.strimzi.io/";
  private static final List<String> FILES =
      List.of(
          "image-uploads.yaml",
          "image-embeddings.yaml",
          "match-probes.yaml",
          "shard-matches.yaml",
          "match-alerts.yaml",
          "semblance-dead-letters.yaml");

  private TopicDeclarations() {}

  /** Returns every declared topic, in the order in which data flows. */
  public static List<TopicDeclaration> all() {
    List<TopicDeclaration> topics = new ArrayList<>();
    for (String file : FILES) {
      topics.add(read(file));
    }
    return List.copyOf(topics);
  }

  /**
   * Returns the declared topics and those of further models' embeddings, which are declared as
   * {@code image-embeddings} is but for their names.
   *
   * @param names of topics that are wanted, of which the declared ones need not be named
   */
  public static List<TopicDeclaration> with(List<String> names) {
    List<TopicDeclaration> topics = new ArrayList<>(all());
    TopicDeclaration embeddings =
        topics.stream()
            .filter(topic -> topic.name().equals(Topics.IMAGE_EMBEDDINGS))
            .findFirst()
            .orElseThrow();
    for (String name : names) {
      if (Topics.isOfSearchModel(name)) {
        topics.add(embeddings.named(name));
      }
    }
    return List.copyOf(topics);
  }

  private static TopicDeclaration read(String file) {
    try (InputStream in = TopicDeclarations.class.getResourceAsStream(FOLDER + file)) {
      if (in == null) {
        throw new IllegalStateException(
            "topics/%s is not in the application: build it again".formatted(file));
      }
      return topic(file, new YAMLMapper().readTree(in));
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read topics/" + file, e);
    }
  }

  private static TopicDeclaration topic(String file, JsonNode resource) {
    if (!resource.path("apiVersion").asText().startsWith(STRIMZI)
        || !resource.path("kind").asText().equals("KafkaTopic")) {
      throw new IllegalStateException("topics/%s is no Strimzi KafkaTopic".formatted(file));
    }
    Map<String, String> configuration = new HashMap<>();
    resource
        .path("spec")
        .path("config")
        .properties()
        .forEach(entry -> configuration.put(entry.getKey(), entry.getValue().asText()));
    return new TopicDeclaration(
        resource.path("metadata").path("name").asText(),
        resource.path("spec").path("partitions").asInt(),
        resource.path("spec").path("replicas").asInt(),
        configuration);
  }
}
