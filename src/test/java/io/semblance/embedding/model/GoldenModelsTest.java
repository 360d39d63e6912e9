package io.semblance.embedding.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Every family of embedders against what its reference computed, with every engine. */
class GoldenModelsTest {
  private static final Path GOLDEN = Path.of("../shared/models/golden");
  private static final Path DATA = Path.of("../shared/data");

  private static List<ModelCheck.Line> check(Path directory) {
    List<ModelCheck.Line> lines =
        ModelCheck.run(
            new ModelOptions(directory, Optional.empty(), new InferenceDevice.Cpu(), 2),
            Optional.of(DATA));
    for (ModelCheck.Line line : lines) {
      System.out.printf(
          "%s | %s | %s | %s | %d | %.1e %s%n",
          directory.getFileName(),
          line.engine(),
          line.network(),
          line.subject(),
          line.compared(),
          line.deviation(),
          line.remark());
    }
    return lines;
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "resnet",
        "resnet-hf",
        "efficientnet",
        "efficientnet-hf",
        "mobilenetv3",
        "keras-mobilenetv2",
        "convnext",
        "vit",
        "dinov2",
        "vit-mae",
        "clip",
        "eva-clip",
        "siglip",
        "sentence-transformers-clip"
      })
  void shouldComputeWhatTheReferenceComputed(String family) {
    Path directory = GOLDEN.resolve(family).normalize();
    assumeThat(Files.exists(directory)).as("golden models are beside the project").isTrue();
    assertThat(check(directory)).isNotEmpty().allMatch(ModelCheck.Line::holds);
  }

  /** The tokenizer of its folder on the hub is the one that lies in clip. */
  @Test
  void shouldComputeWhatOpenClipComputedOfTextsToo(@TempDir Path folder) throws IOException {
    assumeThat(Files.exists(GOLDEN)).as("golden models are beside the project").isTrue();
    Path copy = TestModels.copy(GOLDEN.resolve("openclip"), folder);
    Files.copy(GOLDEN.resolve("clip/tokenizer.json"), copy.resolve("tokenizer.json"));
    assertThat(check(copy)).hasSize(5).allMatch(ModelCheck.Line::holds);
  }

  /** Its preprocessor_config.json does not tell the rounding of the crop. */
  @Test
  void shouldComputeWhatTheReferenceComputedWithRealWeights(@TempDir Path folder)
      throws IOException {
    Path directory = GOLDEN.resolveSibling("efficientnet-lite0-imagenet");
    assumeThat(Files.exists(directory)).as("golden models are beside the project").isTrue();
    Path copy = TestModels.copy(directory, folder);
    Files.writeString(
        copy.resolve("model.json"), "{\"preprocessing\": {\"cropRounding\": \"HALF_TO_EVEN\"}}");
    assertThat(check(copy)).isNotEmpty().allMatch(ModelCheck.Line::holds);
  }
}
