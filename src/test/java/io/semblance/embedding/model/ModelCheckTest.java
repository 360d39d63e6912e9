package io.semblance.embedding.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.assertj.core.api.Assumptions.assumeThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.semblance.embedding.model.ModelCheck.Line;
import io.semblance.embedding.model.ModelCheck.Outcome;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ModelCheckTest {
  private static final Path IMAGES = Path.of("src/main/resources/demo");

  @TempDir private Path folder;

  private static List<Line> check(Path directory) {
    return check(directory, IMAGES);
  }

  private static List<Line> check(Path directory, Path images) {
    return ModelCheck.run(options(directory), Optional.of(images));
  }

  private static ModelOptions options(Path directory) {
    return new ModelOptions(directory, Optional.empty(), new InferenceDevice.Cpu(), 2);
  }

  private static List<String> subjects(List<Line> lines, Outcome outcome) {
    return lines.stream().filter(one -> one.outcome() == outcome).map(Line::subject).toList();
  }

  /** As a service does, and in its words. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"embedding\": \"nope\"}",
        "{\"networks\": [{\"engine\": \"OnnxRuntime\", \"path\": \"other.onnx\"}]}",
        "{\"networks\": [{\"engine\": \"OnnxRuntime\", \"path\": \"../../../etc/passwd\"}]}",
        "{\"networks\": [{\"engine\": \"OnnxRuntime\", \"path\": \"model.onnx\", \"output\": \"x\"}]}",
        "{\"dimension\": 47}",
        "{\"embeding\": \"avgpool\"}"
      })
  void shouldRefuseAManifestThatAServiceRefuses(String manifest) throws IOException {
    Path copy = TestModels.copy(TestModels.RESNET, folder);
    Files.writeString(copy.resolve("model.json"), manifest);
    String refused = message(() -> EmbeddingModels.load(options(copy)));
    assertThat(refused).contains(copy.toString());
    assertThat(message(() -> check(copy))).isEqualTo(refused);
  }

  private static String message(ThrowingCallable call) {
    Throwable failure = catchThrowable(call);
    assertThat(failure).isInstanceOf(InvalidModelException.class);
    return String.valueOf(failure.getMessage());
  }

  @Test
  void shouldCompareTheNetworkThatTheManifestNames() throws IOException {
    Path copy = TestModels.copy(TestModels.RESNET, folder);
    byte[] bytes = Files.readAllBytes(copy.resolve("model.onnx"));
    for (int i = bytes.length / 2; i < bytes.length / 2 + 400; i++) {
      bytes[i] = (byte) (i % 4 == 3 ? 0x3f : 7); // weights of another network
    }
    Files.write(copy.resolve("other.onnx"), bytes);
    Files.writeString(
        copy.resolve("model.json"),
        "{\"networks\": [{\"engine\": \"OnnxRuntime\", \"path\": \"other.onnx\"}]}");

    List<Line> lines = check(copy);

    assertThat(lines.getLast().network()).isEqualTo("other.onnx");
    assertThat(lines.getLast().outcome()).isEqualTo(Outcome.FAILS);
    assertThat(ModelCheck.outcome(lines)).isEqualTo(Outcome.FAILS);
  }

  @Test
  void shouldCompareTheVectorThatTheManifestChoosesAndListTheOthers() throws IOException {
    Path copy = TestModels.copy(TestModels.VIT, folder);
    Files.writeString(copy.resolve("model.json"), "{\"embedding\": \"mean\"}");

    List<Line> lines = check(copy);

    assertThat(subjects(lines, Outcome.HOLDS)).containsExactly("pixels", "mean");
    assertThat(subjects(lines, Outcome.NOT_CHECKED))
        .containsExactly("cls", "mean_patches", "pooler_output");
    assertThat(lines.getLast().remark()).contains("model.json chooses another vector");
    assertThat(ModelCheck.outcome(lines)).isEqualTo(Outcome.HOLDS);
  }

  @Test
  void shouldCompareThePreprocessingThatTheManifestChooses() throws IOException {
    Path copy = TestModels.copy(TestModels.CLIP, folder);
    Files.writeString(
        copy.resolve("model.json"), "{\"preprocessing\": {\"cropRounding\": \"HALF_TO_EVEN\"}}");
    assertThat(subjects(check(copy), Outcome.FAILS)).contains("pixels", "image_embeds");
    Files.writeString(copy.resolve("model.json"), "{\"matchThreshold\": 0.9}");
    assertThat(check(copy)).hasSize(5).allMatch(Line::holds);
  }

  @Test
  void shouldNotCompareTextsThatTheManifestMakesNoUseOf() throws IOException {
    Path copy = TestModels.copy(TestModels.CLIP, folder);
    Files.writeString(
        copy.resolve("model.json"),
        "{\"networks\": [{\"engine\": \"OnnxRuntime\", \"path\": \"onnx/vision_model.onnx\"}]}");
    List<Line> lines = check(copy);
    assertThat(subjects(lines, Outcome.HOLDS)).containsExactly("pixels", "image_embeds");
    assertThat(subjects(lines, Outcome.NOT_CHECKED)).containsExactly("texts");
    assertThat(ModelCheck.outcome(lines)).isEqualTo(Outcome.HOLDS);
  }

  @Test
  void shouldPassOverAnOutputThatNoNetworkHasUnlessThereIsNoOther() throws IOException {
    Path clip = TestModels.copy(TestModels.CLIP, folder.resolve("clip"));
    ObjectMapper mapper = new ObjectMapper();
    JsonNode golden = mapper.readTree(clip.resolve("golden.json").toFile());
    golden
        .get("images")
        .forEach(image ->
            ((ObjectNode) image.get("embeddings"))
                .set("another", image.get("embeddings").get("image_embeds")));
    mapper.writeValue(clip.resolve("golden.json").toFile(), golden);
    List<Line> lines = check(clip);
    assertThat(subjects(lines, Outcome.NOT_CHECKED)).containsExactly("another");
    assertThat(ModelCheck.outcome(lines)).isEqualTo(Outcome.HOLDS);

    Path resnet = TestModels.copy(TestModels.RESNET, folder.resolve("resnet"));
    TestModels.edit(resnet.resolve("golden.json"), "\"avgpool\"", "\"another\"");
    List<Line> nothing = check(resnet);
    assertThat(subjects(nothing, Outcome.NOT_CHECKED)).containsExactly("another");
    assertThat(ModelCheck.outcome(nothing)).isEqualTo(Outcome.NOT_CHECKED);
  }

  @Test
  void shouldRunAModelWithoutAReferenceAndSayThatNothingWasCompared() throws IOException {
    Path clip = TestModels.copy(TestModels.CLIP, folder.resolve("clip"));
    Files.delete(clip.resolve("golden.json"));
    List<Line> lines = check(clip);
    assertThat(subjects(lines, Outcome.NOT_CHECKED)).containsExactly("a picture", "a text");
    assertThat(lines).allMatch(line -> line.remark().contains("nothing was compared"));
    assertThat(ModelCheck.outcome(lines)).isEqualTo(Outcome.NOT_CHECKED);

    Path resnet = TestModels.copy(TestModels.RESNET, folder.resolve("resnet"));
    Files.delete(resnet.resolve("golden.json"));
    Files.writeString(resnet.resolve("model.json"), "{\"dimension\": 47}");
    assertThatThrownBy(() -> check(resnet))
        .isInstanceOf(InvalidModelException.class)
        .hasMessageContaining("\"dimension\"");
  }

  /** Its tokens come in another order each time: the means hold, and a class token does. */
  @Test
  void shouldCompareTheExportOfAMaskedAutoencoderThatIsRun() throws IOException {
    Path golden = Path.of("../shared/models/golden/vit-mae");
    assumeThat(Files.exists(golden)).as("golden models are beside the project").isTrue();
    Path copy = TestModels.copy(golden, folder);
    Files.writeString(
        copy.resolve("model.json"),
        "{\"networks\": [{\"engine\": \"OnnxRuntime\", \"path\": \"model.onnx\"}]}");
    List<Line> lines = check(copy, Path.of("../shared/data"));
    assertThat(lines)
        .filteredOn(line -> line.subject().equals("cls"))
        .singleElement()
        .satisfies(line -> assertThat(line.network()).isEqualTo("model.onnx"));
    assertThat(subjects(lines, Outcome.NOT_CHECKED)).containsExactly("mean", "mean_patches");
  }
}
