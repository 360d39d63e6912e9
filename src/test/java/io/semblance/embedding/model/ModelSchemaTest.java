package io.semblance.embedding.model;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.networknt.schema.InputFormat;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SpecVersion;
import com.networknt.schema.ValidationMessage;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ModelSchemaTest {
  private static final Path DOCUMENT = Path.of("docs/models.md");

  private static String schema() throws IOException {
    try (InputStream in =
        Objects.requireNonNull(ModelSchemaTest.class.getResourceAsStream("/model.schema.json"))) {
      return new String(in.readAllBytes(), UTF_8);
    }
  }

  private static Set<ValidationMessage> validate(String json) throws IOException {
    return JsonSchemaFactory.getInstance(SpecVersion.VersionFlag.V202012)
        .getSchema(schema())
        .validate(json, InputFormat.JSON);
  }

  @Test
  void shouldAcceptTheDefaultModelAndTheExampleOfTheDocument(@TempDir Path folder)
      throws IOException {
    assertThat(validate(Files.readString(TestModels.DEFAULT.resolve("model.json")))).isEmpty();
    Matcher example =
        Pattern.compile("```json\n(.*?)```", Pattern.DOTALL).matcher(Files.readString(DOCUMENT));
    assertThat(example.find()).isTrue();
    assertThat(validate(example.group(1))).isEmpty();
    Files.writeString(folder.resolve("model.json"), example.group(1));
    assertThat(ModelManifest.read(folder).embedding()).isEqualTo("mean_patches");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"goldn\": {}}",
        "{\"family\": \"resnot\"}",
        "{\"networks\": []}",
        "{\"networks\": [{\"path\": \"model.onnx\"}]}",
        "{\"dimension\": 0}",
        "{\"matchThreshold\": 1.5}",
        "{\"text\": {\"temperature\": 0}}",
        "{\"preprocessing\": {\"cropRounding\": \"UP\"}}"
      })
  void shouldRefuseWhatTheReaderRefuses(String json, @TempDir Path folder) throws IOException {
    assertThat(validate(json)).isNotEmpty();
    Files.writeString(folder.resolve("model.json"), json);
    assertThat(
            org.assertj.core.api.Assertions.catchThrowable(
                () -> HubConfiguration.read(folder, ModelManifest.read(folder))))
        .isInstanceOf(InvalidModelException.class)
        .hasMessageContaining("model.json");
  }

  @Test
  void shouldNameEveryChoiceThatTheReaderKnows() throws IOException {
    JsonNode properties = new ObjectMapper().readTree(schema()).path("properties");
    assertThat(texts(properties.path("family").path("enum")))
        .containsExactlyElementsOf(ModelFamily.allTypes());
    assertThat(
            texts(
                properties
                    .path("networks")
                    .path("items")
                    .path("properties")
                    .path("pooling")
                    .path("enum")))
        .containsExactlyElementsOf(Arrays.stream(Pooling.values()).map(Enum::name).toList());
    String document = Files.readString(DOCUMENT);
    for (ModelFamily family : ModelFamily.values()) {
      for (String name : family.embeddingNames()) {
        assertThat(document).contains("`%s`".formatted(name));
      }
    }
    assertThat(document).contains(texts(properties.path("text").path("properties")));
  }

  private static List<String> texts(JsonNode node) {
    List<String> texts = new ArrayList<>();
    if (node.isObject()) {
      node.fieldNames().forEachRemaining(texts::add);
    } else {
      node.forEach(one -> texts.add(one.asText()));
    }
    return texts;
  }
}
