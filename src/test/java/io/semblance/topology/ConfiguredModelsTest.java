package io.semblance.topology;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.semblance.LogLines;
import io.semblance.embedding.EmbeddingResources;
import io.semblance.embedding.LoadedModel;
import io.semblance.embedding.TextOptions;
import io.semblance.embedding.model.InvalidModelException;
import io.smallrye.config.SmallRyeConfigBuilder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.assertj.core.util.Throwables;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ConfiguredModelsTest {
  private static final String VIT = "src/test/resources/models/vit-tiny";
  private static final String CLIP = "src/test/resources/models/clip-tiny";
  private static final String RESNET = "src/test/resources/models/resnet-tiny";
  private static final String RESNET_DIRECTORY = "semblance.search-models.resnet.directory";

  @TempDir Path folder;

  private static SemblanceConfiguration configuration(Map<String, String> properties) {
    Map<String, String> all = new HashMap<>(properties);
    all.putIfAbsent("semblance.model.directory", VIT);
    return new SmallRyeConfigBuilder()
        .addDiscoveredConverters()
        .withMapping(SemblanceConfiguration.class)
        .withDefaultValues(all)
        .build()
        .getConfigMapping(SemblanceConfiguration.class);
  }

  private static List<LoadedModel> load(Map<String, String> properties) {
    return new ConfiguredModels(
            configuration(properties),
            new TextOptions(1, Duration.ZERO, 1, 10),
            new SimpleMeterRegistry())
        .load();
  }

  @Test
  void shouldLoadTheModelForMatchingFirstAndTheOthersByName() {
    List<LoadedModel> models =
        load(
            Map.of(
                RESNET_DIRECTORY,
                RESNET,
                "semblance.search-models.copies.directory",
                "src/main/models/semblance-copy-160"));
    assertThat(models)
        .extracting(LoadedModel::name)
        .containsExactly("matching", "copies", "resnet");
    EmbeddingResources.closeAll(models);
  }

  @ParameterizedTest
  @ValueSource(strings = {"Clip", "clip_large", "-clip", "clip-", "matching", "größe"})
  void shouldRefuseANameThatIsNoneByThePropertyThatHasIt(String name) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> load(Map.of("semblance.search-models." + name + ".directory", RESNET)))
        .withMessageStartingWith("semblance.search-models." + name + ": ");
  }

  @Test
  void shouldRefuseAFolderThatThereIsNot() {
    Path nowhere = folder.resolve("nowhere");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> load(Map.of(RESNET_DIRECTORY, nowhere.toString())))
        .withMessageStartingWith(RESNET_DIRECTORY + " is \"" + nowhere + "\"");
  }

  @Test
  void shouldRefuseAModelWithoutAFolder() {
    assertThatThrownBy(() -> load(Map.of("semblance.search-models.resnet.device", "cpu")))
        .hasMessageContaining(RESNET_DIRECTORY);
  }

  @Test
  void shouldRefuseAFolderThatIsNoModel() {
    assertThatThrownBy(() -> load(Map.of(RESNET_DIRECTORY, folder.toString())))
        .isInstanceOf(InvalidModelException.class)
        .hasMessageContaining(folder.toString());
  }

  @ParameterizedTest
  @CsvSource({"device, tpu", "threads, -1", "numeric-format, float8", "engine, JAX"})
  void shouldNameThePropertyOfTheModelThatItIs(String property, String value) {
    String name = "semblance.search-models.resnet." + property;
    assertThatThrownBy(() -> load(Map.of(RESNET_DIRECTORY, RESNET, name, value)))
        .hasMessageContaining(name)
        .satisfies(failure ->
            assertThat(Throwables.getStackTrace(failure))
                .as("whichever cause is told")
                .doesNotContain("semblance.model."));
    assertThatThrownBy(() -> load(Map.of("semblance.model." + property, value)))
        .hasMessageContaining("semblance.model." + property);
  }

  @Test
  void shouldRefuseATextTowerWithoutItsTokenizerUnlessTextsAreNotWanted() throws IOException {
    Path clip = folder.resolve("clip");
    try (Stream<Path> files = Files.walk(Path.of(CLIP))) {
      for (Path file : files.filter(one -> !one.endsWith("tokenizer.json")).toList()) {
        Files.copy(file, clip.resolve(Path.of(CLIP).relativize(file)));
      }
    }
    Map<String, String> properties =
        Map.of("semblance.search-models.clip.directory", clip.toString());
    assertThatThrownBy(() -> load(properties))
        .isInstanceOf(InvalidModelException.class)
        .hasMessageContaining(clip.resolve("tokenizer.json") + " is missing")
        .hasMessageContaining("set semblance.search-models.clip.texts to false");

    Map<String, String> picturesAlone = new HashMap<>(properties);
    picturesAlone.put("semblance.search-models.clip.texts", "false");
    List<LoadedModel> models = load(picturesAlone);
    assertThat(models.getLast().texts()).isEmpty();
    EmbeddingResources.closeAll(models);
  }

  @Test
  void shouldRefuseOneModelUnderTwoNames() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> load(Map.of("semblance.search-models.vit.directory", VIT)))
        .withMessageContaining(
            "semblance.search-models.vit is the same model as \"matching\": leave it out");
  }

  @Test
  void shouldRefuseMoreModelsThanItsLimit() {
    Map<String, String> many = new HashMap<>();
    for (int i = 0; i <= ConfiguredModels.SEARCH_MODELS_MAX; i++) {
      many.put("semblance.search-models.m%d.directory".formatted(i), RESNET);
    }
    assertThatIllegalArgumentException()
        .isThrownBy(() -> load(many))
        .withMessageContaining("at most 8");
  }

  @Test
  void shouldTellOnceWhatIsInferredAndAThresholdOnlyOfTheModelThatMatches() {
    try (LogLines inferred = new LogLines("io.semblance.embedding.model.PackageReader");
        LogLines thresholds = new LogLines(ConfiguredModels.class.getName())) {
      EmbeddingResources.closeAll(
          load(
              Map.of(
                  "semblance.search-models.clip.directory",
                  "src/test/resources/models/clip-tiny")));
      assertThat(inferred.all())
          .filteredOn(line -> line.contains("clip-tiny"))
          .singleElement()
          .asString()
          .contains("taking image_embeds of onnx/vision_model.onnx")
          .doesNotContain("model.json");
      assertThat(thresholds.all())
          .singleElement()
          .asString()
          .contains("vit-tiny", "near-duplicates are told at 0.95");
    }
  }
}
