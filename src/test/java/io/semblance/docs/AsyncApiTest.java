package io.semblance.docs;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import io.semblance.broker.TopicDeclaration;
import io.semblance.broker.TopicDeclarations;
import io.semblance.event.CloudEventHeaders;
import io.semblance.event.EmbeddingHeaders;
import io.semblance.event.EmbeddingMetadata;
import io.semblance.event.EventMetadata;
import io.semblance.event.EventTypes;
import io.semblance.event.ProbeHeaders;
import io.semblance.event.ShardReport;
import io.semblance.event.Topics;
import java.io.IOException;
import java.lang.reflect.RecordComponent;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.StreamSupport;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Keeps {@code topics/asyncapi.yaml}, the declared topics and the wire contract the same. */
class AsyncApiTest {
  private static final Path FILE = Path.of("topics", "asyncapi.yaml");
  private static final String CLEANUP_POLICY = "cleanup.policy";

  private static JsonNode document;

  @BeforeAll
  static void shouldBeReadable() throws IOException {
    document = new YAMLMapper().readTree(FILE.toFile());
  }

  @Test
  void shouldDescribeExactlyTheDeclaredTopics() {
    List<TopicDeclaration> described = new ArrayList<>();
    for (JsonNode channel : document.required("channels")) {
      JsonNode kafka = channel.at("/bindings/kafka");
      assertThat(kafka.required("topic")).isEqualTo(channel.required("address"));
      assertThat(kafka.required("bindingVersion").asText()).isEqualTo("0.5.0");
      described.add(
          new TopicDeclaration(
              kafka.required("topic").asText(),
              kafka.required("partitions").asInt(),
              kafka.required("replicas").asInt(),
              configuration(kafka.required("topicConfiguration"))));
    }

    assertThat(described)
        .containsExactlyInAnyOrderElementsOf(
            TopicDeclarations.with(List.of(Topics.imageEmbeddings("{model}"))));
  }

  @Test
  void shouldResolveEveryReference() {
    List<JsonNode> references = document.findValues("$ref");

    assertThat(document.required("asyncapi").asText()).isEqualTo("3.0.0");
    assertThat(references).hasSizeGreaterThan(20);
    for (JsonNode reference : references) {
      String target = reference.asText();
      if (target.startsWith("#")) {
        assertThat(document.at(target.substring(1)).isMissingNode()).as(target).isFalse();
      } else {
        assertThat(FILE.resolveSibling(target)).as(target).matches(Files::exists);
      }
    }
  }

  @Test
  void shouldWriteKeysOutBecauseBindingsAdmitNoReference() {
    List<JsonNode> keys = document.at("/components/messages").findValues("key");

    assertThat(keys).isNotEmpty().noneMatch(key -> key.has("$ref"));
  }

  @Test
  void shouldNameTheEventTypesThatAreReadAndWritten() {
    TreeSet<String> described = new TreeSet<>();
    document
        .at("/components/messages")
        .findValues("name")
        .forEach(it -> described.add(it.asText()));

    assertThat(described)
        .containsExactly(
            EventTypes.IMAGE_DELETED,
            EventTypes.IMAGE_EMBEDDED,
            EventTypes.IMAGE_MATCHED,
            EventTypes.IMAGE_UPLOADED);
  }

  @Test
  void shouldDescribeTheHeadersOfEmbeddings() {
    RecordHeaders headers = new RecordHeaders();
    EmbeddingHeaders.write(headers, EmbeddingHeaders.SOURCE, "photo-1", 256, metadata(false));

    assertThat(requiredHeaders("embeddingHeaders"))
        .isSubsetOf(names(headers))
        .contains(CloudEventHeaders.MODEL_FINGERPRINT, CloudEventHeaders.CAUSATION_ID);
    assertThat(names(headers)).isSubsetOf(describedHeaders("embeddingHeaders"));
  }

  @Test
  void shouldDescribeTheMarkOfPicturesWithoutInformation() {
    RecordHeaders headers = new RecordHeaders();
    EmbeddingHeaders.write(headers, EmbeddingHeaders.SOURCE, "photo-1", 256, metadata(true));

    assertThat(names(headers)).contains(CloudEventHeaders.LOW_INFORMATION);
    assertThat(names(headers)).isSubsetOf(describedHeaders("embeddingHeaders"));
  }

  @Test
  void shouldRequireExactlyTheHeadersThatAProbeAdds() {
    RecordHeaders headers = new RecordHeaders();
    new ProbeHeaders("1-17", 0.766f, 4).write(headers);

    TreeSet<String> added = new TreeSet<>(requiredHeaders("probeHeaders"));
    added.removeAll(requiredHeaders("embeddingHeaders"));
    assertThat(added).isEqualTo(names(headers));
  }

  @Test
  void shouldDescribeEveryFieldOfAShardReport() {
    JsonNode payload = document.at("/components/messages/shardReport/payload");

    assertThat(fields(payload)).isEqualTo(components(ShardReport.class));
    assertThat(fields(payload.at("/properties/matches/items")))
        .isEqualTo(components(ShardReport.Found.class));
  }

  private static EmbeddingMetadata metadata(boolean lowInformation) {
    EventMetadata upload =
        new EventMetadata(
            "e1", "/shop", Instant.EPOCH, Map.of("tenant", "acme", "category", "shoes"));
    return new EmbeddingMetadata(
        "model", "1", "f".repeat(64), "0".repeat(64), 832, 468, lowInformation, upload);
  }

  private static Map<String, String> configuration(JsonNode topicConfiguration) {
    Map<String, String> configuration = new HashMap<>();
    topicConfiguration
        .properties()
        .forEach(entry -> configuration.put(entry.getKey(), entry.getValue().asText()));
    List<String> policies =
        StreamSupport.stream(topicConfiguration.required(CLEANUP_POLICY).spliterator(), false)
            .map(JsonNode::asText)
            .toList();
    configuration.put(CLEANUP_POLICY, String.join(",", policies));
    return configuration;
  }

  private static TreeSet<String> requiredHeaders(String schema) {
    TreeSet<String> required = new TreeSet<>();
    for (JsonNode part : parts(schema)) {
      part.path("required").forEach(name -> required.add(name.asText()));
    }
    return required;
  }

  private static TreeSet<String> describedHeaders(String schema) {
    TreeSet<String> described = new TreeSet<>();
    for (JsonNode part : parts(schema)) {
      part.path("properties").fieldNames().forEachRemaining(described::add);
    }
    return described;
  }

  /** Returns a schema and, in turn, all that it is made of. */
  private static List<JsonNode> parts(String schema) {
    List<JsonNode> parts = new ArrayList<>();
    List<JsonNode> open = new ArrayList<>();
    open.add(document.at("/components/schemas").required(schema));
    while (!open.isEmpty()) {
      JsonNode part = open.removeLast();
      if (part.has("$ref")) {
        part = document.at(part.required("$ref").asText().substring(1));
      }
      parts.add(part);
      part.path("allOf").forEach(open::add);
    }
    return parts;
  }

  private static TreeSet<String> names(Iterable<Header> headers) {
    TreeSet<String> names = new TreeSet<>();
    headers.forEach(header -> names.add(header.key()));
    return names;
  }

  private static TreeSet<String> fields(JsonNode schema) {
    TreeSet<String> required = new TreeSet<>();
    schema.required("required").forEach(name -> required.add(name.asText()));
    TreeSet<String> properties = new TreeSet<>();
    schema.required("properties").fieldNames().forEachRemaining(properties::add);
    assertThat(properties).isEqualTo(required);
    return properties;
  }

  private static TreeSet<String> components(Class<? extends Record> type) {
    TreeSet<String> names = new TreeSet<>();
    Arrays.stream(type.getRecordComponents()).map(RecordComponent::getName).forEach(names::add);
    return names;
  }
}
