package io.semblance.embedding.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.semblance.LogLines;
import io.semblance.embedding.model.ModelFamily.Source;
import io.semblance.embedding.model.NetworkFile.Kind;
import io.semblance.embedding.model.NetworkFile.Port;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NetworkSearchTest {
  private static final Path GOLDEN = Path.of("../shared/models/golden");
  private static final Port PIXELS = new Port("pixels", Kind.FLOAT32, List.of(-1L, 3L, 8L, 8L));
  private static final Port NOISE = new Port("noise", Kind.FLOAT32, List.of(-1L, 4L));

  private static NetworkFile network(String engine, String path, boolean random, Port... inputs) {
    return new NetworkFile(
        engine,
        path,
        null,
        List.of(inputs),
        List.of(new Port("vector", Kind.FLOAT32, List.of(-1L, 4L))),
        random);
  }

  private static String best(NetworkFile... files) {
    List<Source> sources = List.of(new Source("vector", Pooling.NONE));
    List<NetworkFile> reversed = new ArrayList<>(List.of(files)).reversed();
    String path = NetworkSearch.pictures(List.of(files), sources).orElseThrow().file().path();
    assertThat(NetworkSearch.pictures(reversed, sources).orElseThrow().file().path())
        .isEqualTo(path);
    return path;
  }

  @Test
  void shouldPreferWhatDrawsNothingThenFewInputsThenTensorFlowThenAUsualName() {
    NetworkFile named = network(EngineSettings.ONNX_RUNTIME, "model.onnx", false, PIXELS);
    NetworkFile other = network(EngineSettings.ONNX_RUNTIME, "other.onnx", false, PIXELS);
    NetworkFile random = network(EngineSettings.TENSORFLOW, "random", true, PIXELS);
    NetworkFile noisy = network(EngineSettings.TENSORFLOW, "noisy", false, PIXELS, NOISE);
    NetworkFile plain = network(EngineSettings.TENSORFLOW, "plain", false, PIXELS);
    assertThat(best(other, named)).isEqualTo("model.onnx");
    assertThat(best(other, noisy)).isEqualTo("other.onnx");
    assertThat(best(noisy, random)).isEqualTo("noisy");
    assertThat(best(named, plain)).isEqualTo("plain");
  }

  @ParameterizedTest
  @CsvSource({
    "vit, TensorFlow",
    "clip, TensorFlow",
    "resnet-hf, TensorFlow",
    "dinov2, OnnxRuntime"
  })
  void shouldRunTensorFlowWhereItGivesTheSameVector(String family, String engine) {
    assumeThat(Files.exists(GOLDEN)).as("golden models are beside the project").isTrue();
    assertThat(ModelPackage.read(GOLDEN.resolve(family), Optional.empty()).network().engine())
        .isEqualTo(engine);
  }

  @Test
  void shouldWarnWhereAnotherVectorTakesThePlaceOfTheReferences(@TempDir Path folder)
      throws IOException {
    assumeThat(Files.exists(GOLDEN)).as("golden models are beside the project").isTrue();
    Path clip = folder.resolve("clip");
    Files.createDirectories(clip);
    for (String file : List.of("config.json", "preprocessor_config.json")) {
      Files.copy(GOLDEN.resolve("clip").resolve(file), clip.resolve(file));
    }
    Path vision = TestModels.copy(GOLDEN.resolve("clip/tf_vision_model"), clip);
    try (LogLines log = new LogLines(PackageReader.class)) {
      ModelPackage model = ModelPackage.read(clip, Optional.empty());
      assertThat(model.networkPath()).isEqualTo(vision);
      assertThat(log.all())
          .anyMatch(line ->
              line.contains("no network that gives image_embeds")
                  && line.contains("vision_pooler_output takes its place")
                  && line.contains("texts cannot be compared"));
    }
  }
}
