package io.semblance.broker;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class TopicDeclarationsTest {
  private static final Path FOLDER = Path.of("topics");
  private static final List<String> NO_TOPICS = List.of("asyncapi.yaml", "kustomization.yaml");

  @Test
  void shouldReadEveryFileOfTheFolderThatDeclaresATopicAndNoOther() throws IOException {
    try (Stream<Path> files = Files.list(FOLDER)) {
      List<String> declaring =
          files
              .map(file -> file.getFileName().toString())
              .filter(file -> !NO_TOPICS.contains(file))
              .toList();

      assertThat(declaredFiles()).containsExactlyInAnyOrderElementsOf(declaring);
    }
    assertThat(NO_TOPICS).allMatch(file -> Files.exists(FOLDER.resolve(file)));
  }

  @Test
  void shouldListTheSameTopicsForKubernetes() throws IOException {
    JsonNode kustomization =
        new YAMLMapper().readTree(FOLDER.resolve("kustomization.yaml").toFile());
    List<String> resources = new ArrayList<>();
    kustomization.required("resources").forEach(file -> resources.add(file.asText()));

    assertThat(resources).containsExactlyElementsOf(declaredFiles());
  }

  @Test
  void shouldDeclareTheEmbeddingsOfFurtherModelsAsThoseForMatching() {
    List<TopicDeclaration> topics =
        TopicDeclarations.with(
            List.of("image-uploads", "image-embeddings-clip", "somebody-elses-topic"));

    assertThat(topics).startsWith(TopicDeclarations.all().toArray(TopicDeclaration[]::new));
    assertThat(topics.subList(TopicDeclarations.all().size(), topics.size()))
        .singleElement()
        .satisfies(further -> {
          assertThat(further.name()).isEqualTo("image-embeddings-clip");
          assertThat(further.named("image-embeddings")).isIn(TopicDeclarations.all());
        });
  }

  private static List<String> declaredFiles() {
    return TopicDeclarations.all().stream().map(topic -> topic.name() + ".yaml").toList();
  }
}
