package io.semblance.embedding.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.CodedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.MetaGraphDef;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.proto.SavedModel;

/** Exports that are damaged, contradict themselves, or would do harm. */
class UnsoundPackageTest {
  private static final String ONNX = EngineSettings.ONNX_RUNTIME;
  private static final String TENSORFLOW = EngineSettings.TENSORFLOW;

  @TempDir private Path folder;

  private static void shouldRefuse(Path directory, String engine, String... parts) {
    assertThatThrownBy(() -> EmbeddingModels.load(TestModels.options(directory, engine)).close())
        .isInstanceOf(InvalidModelException.class)
        .satisfies(failure -> assertThat(failure.getMessage()).contains(parts));
  }

  private static void cut(Path file) throws IOException {
    byte[] bytes = Files.readAllBytes(file);
    Files.write(file, Arrays.copyOf(bytes, bytes.length / 2));
  }

  @Test
  void shouldNameANetworkThatIsCut() throws IOException {
    Path resnet = TestModels.copy(TestModels.RESNET, folder.resolve("resnet"));
    cut(resnet.resolve("model.onnx"));
    shouldRefuse(resnet, ONNX, "model.onnx is damaged or cut", ONNX, "fetch it again");
    Path vit = TestModels.copy(TestModels.VIT, folder.resolve("vit"));
    cut(vit.resolve("tf_saved_model/saved_model.pb"));
    shouldRefuse(vit, TENSORFLOW, "saved_model.pb is damaged or cut", TENSORFLOW);
    Path weights = TestModels.copy(TestModels.VIT, folder.resolve("weights"));
    cut(weights.resolve("tf_saved_model/variables/variables.data-00000-of-00001"));
    shouldRefuse(weights, TENSORFLOW, "tf_saved_model", "damaged");
  }

  @Test
  void shouldNameTheWeightsOfASavedModelThatAreCutOrMissing() throws IOException {
    String data = "variables.data-00000-of-00001";
    Path cut = TestModels.copy(TestModels.VIT, folder.resolve("cut"));
    cut(cut.resolve("tf_saved_model/variables").resolve(data));
    shouldRefuse(cut, TENSORFLOW, data, "are damaged or cut", "fetch or export them again");
    assertThatThrownBy(() -> EmbeddingModels.load(TestModels.options(cut, TENSORFLOW)))
        .satisfies(failure -> assertThat(failure.getMessage()).doesNotContain("{{node", "\n"));
    for (String file : List.of(data, "variables.index")) {
      Path missing = TestModels.copy(TestModels.VIT, folder.resolve(file));
      Files.delete(missing.resolve("tf_saved_model/variables").resolve(file));
      shouldRefuse(missing, TENSORFLOW, "variables/" + file + " is missing", "fetch or export");
    }
    Path none = TestModels.copy(TestModels.VIT, folder.resolve("none"));
    Files.delete(none.resolve("tf_saved_model/variables").resolve(data));
    Files.delete(none.resolve("tf_saved_model/variables/variables.index"));
    shouldRefuse(none, TENSORFLOW, "variables.index is missing");
  }

  @Test
  void shouldRefuseTextsWithoutATokenizerNamingWhatHelps() throws IOException {
    Path clip = TestModels.copy(TestModels.CLIP, folder);
    Files.delete(clip.resolve("tokenizer.json"));
    EmbeddingModels.load(TestModels.options(clip, ONNX)).close();
    for (Consumer<ModelOptions> wanting :
        List.<Consumer<ModelOptions>>of(
            options -> EmbeddingModels.hasTexts(ModelPackage.read(options)),
            EmbeddingModels::loadText)) {
      assertThatThrownBy(() -> wanting.accept(TestModels.options(clip, ONNX)))
          .isInstanceOf(InvalidModelException.class)
          .hasMessageContaining("has a text tower")
          .hasMessageContaining(clip.resolve("tokenizer.json") + " is missing")
          .hasMessageContaining("\"text.tokenizer\" of model.json")
          .hasMessageContaining("semblance.model.texts to false");
    }

    Files.writeString(clip.resolve("model.json"), "{\"text\": {}}");
    shouldRefuse(clip, ONNX, "\"text\" is given", "tokenizer.json is missing", "text.tokenizer");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"{\"model\": {\"type\": \"BPE\"", "{}", "{\"model\": {\"type\": \"BPE\"}}"})
  void shouldNameATokenizerThatIsDamaged(String content) throws IOException {
    Path clip = TestModels.copy(TestModels.CLIP, folder);
    Files.writeString(clip.resolve("tokenizer.json"), content);
    assertThatThrownBy(() -> EmbeddingModels.loadText(TestModels.options(clip, ONNX)))
        .isInstanceOf(InvalidModelException.class)
        .hasMessageContaining("tokenizer.json");
  }

  @Test
  void shouldSayThatAModelHasNoTexts() {
    assertThatThrownBy(() -> EmbeddingModels.loadText(TestModels.options(TestModels.RESNET, ONNX)))
        .isInstanceOf(InvalidModelException.class)
        .hasMessageContaining("embeds pictures alone");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          vit-tiny    | config.json | "model_type": "vit" | "model_type": "swin" | "model_type" is "swin", a family that is not known | model.json
          vit-tiny    | config.json | "model_type": "vit" | "model_type": "vit_mae", "mask_ratio": 0.75 | "mask_ratio" is 0.75 | set it to 0
          resnet-tiny | config.json | "num_classes": 0 | "num_classes": 10 | "num_classes" is 10 | num_classes=0
          resnet-tiny | config.json | "crop_mode": "center" | "crop_mode": "border" | "pretrained_cfg.crop_mode" is border | config.json
          vit-tiny    | preprocessor_config.json | "height": 224 | "height": 192 | takes "pixel_values" of shape [-1, 3, 224, 224] | preprocessor_config.json
          """)
  void shouldNameWhatContradictsInAConfiguration(
      String model, String file, String from, String to, String message, String remedy)
      throws IOException {
    Path copy = TestModels.copy(Path.of("src/test/resources/models", model), folder);
    TestModels.edit(copy.resolve(file), from, to);
    assertThatThrownBy(() -> ModelPackage.read(copy, Optional.empty()))
        .isInstanceOf(InvalidModelException.class)
        .hasMessageContaining(message)
        .hasMessageContaining(remedy);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          {"family": "clip"} | "family" is clip, but
          {"embedding": "class_token"} | gives the vector [class_token]
          {"dimension": 47} | (1, 47): correct "output" or "dimension"
          {"networks": [{"engine": "TensorFlow", "path": "tf_saved_model", "pooling": "SPATIAL_MEAN"}]} | pooling SPATIAL_MEAN takes (N, D, height, width)
          {"networks": [{"engine": "TensorFlow", "path": "tf_saved_model", "output": "last_hidden_state"}]} | pooling NONE takes (N, D)
          {"networks": []} | "networks" names no network
          {"embeding": "cls"} | "embeding" is not known; known are [
          {"networks": [{"engine": "TensorFlow", "file": "tf_saved_model"}]} | "networks.file" is not known; known are [
          {"networks": [{"engine": "TensorFlow", "path": "tf_saved_model", "pooling": "MAX"}]} | "networks.pooling" is "MAX", but must be one of [
          {"dimension": "many"} | "dimension" is "many", but must be a whole number
          """)
  void shouldNameWhatContradictsInTheManifest(String manifest, String message) throws IOException {
    Path copy = TestModels.copy(TestModels.VIT, folder);
    Files.writeString(copy.resolve("model.json"), manifest);
    shouldRefuse(copy, TENSORFLOW, "model.json", message);
  }

  @Test
  void shouldNameWeightsThatAreNotThere() throws IOException {
    Path copy = TestModels.copy(TestModels.RESNET, folder);
    Path network = copy.resolve("model.onnx");
    Files.write(network, externalWeights("model.onnx_data", 4096));
    shouldRefuse(copy, ONNX, "model.onnx keeps weights in model.onnx_data, which is missing");
    Files.write(copy.resolve("model.onnx_data"), new byte[4095]);
    shouldRefuse(copy, ONNX, "needs 4096 bytes of model.onnx_data, which has 4095", "fetch it");
    Files.write(network, externalWeights("../../etc/passwd", 1));
    shouldRefuse(copy, ONNX, "outside its folder");
  }

  /** An ONNX file, as far as it is read before an engine does: one tensor and one output. */
  private static byte[] externalWeights(String location, int length) throws IOException {
    byte[] tensor =
        message(out -> {
          out.writeString(8, "w");
          out.writeByteArray(13, entry("location", location));
          out.writeByteArray(13, entry("length", Integer.toString(length)));
          out.writeEnum(14, 1);
        });
    byte[] graph =
        message(out -> {
          out.writeByteArray(5, tensor);
          out.writeByteArray(12, message(port -> port.writeString(1, "output")));
        });
    return message(out -> out.writeByteArray(7, graph));
  }

  private static byte[] entry(String key, String value) throws IOException {
    return message(out -> {
      out.writeString(1, key);
      out.writeString(2, value);
    });
  }

  private interface Writer {
    void write(CodedOutputStream out) throws IOException;
  }

  private static byte[] message(Writer writer) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    CodedOutputStream out = CodedOutputStream.newInstance(bytes);
    writer.write(out);
    out.flush();
    return bytes.toByteArray();
  }

  /** Every export writes files in its saver, which the signature does not run. */
  @ParameterizedTest
  @ValueSource(strings = {"WriteFile", "SaveV2", "PrintV2", "ReadFile", "EagerPyFunc"})
  void shouldRefuseASavedModelThatReachesOutOfItsNetwork(String operation) throws IOException {
    Path inFunction = TestModels.copy(TestModels.VIT, folder.resolve("function"));
    edit(
        inFunction,
        graph -> {
          String called =
              graph
                  .getSignatureDefOrThrow("serving_default")
                  .getOutputsMap()
                  .values()
                  .iterator()
                  .next()
                  .getName()
                  .split(":")[0];
          String function =
              graph.getGraphDef().getNodeList().stream()
                  .filter(node -> node.getName().equals(called))
                  .findFirst()
                  .orElseThrow()
                  .getAttrOrThrow("f")
                  .getFunc()
                  .getName();
          GraphDef.Builder nodes = graph.getGraphDefBuilder();
          nodes.getLibraryBuilder().getFunctionBuilderList().stream()
              .filter(one -> one.getSignature().getName().equals(function))
              .forEach(one -> one.addNodeDef(node(operation)));
        });
    shouldRefuse(inFunction, TENSORFLOW, "saved_model.pb", "\"serving_default\" runs " + operation);

    Path inGraph = TestModels.copy(TestModels.VIT, folder.resolve("graph"));
    edit(
        inGraph,
        graph -> {
          GraphDef.Builder nodes = graph.getGraphDefBuilder();
          nodes.addNode(node(operation));
          nodes.getNodeBuilderList().stream()
              .filter(one -> one.getOp().equals("StatefulPartitionedCall"))
              .forEach(one -> one.addInput("^harm"));
        });
    shouldRefuse(inGraph, TENSORFLOW, "saved_model.pb", operation + " (harm)");
  }

  private static NodeDef node(String operation) {
    return NodeDef.newBuilder().setName("harm").setOp(operation).build();
  }

  private static void edit(Path model, Consumer<MetaGraphDef.Builder> change) throws IOException {
    Path file = model.resolve("tf_saved_model/saved_model.pb");
    SavedModel.Builder saved;
    try (InputStream in = Files.newInputStream(file)) {
      saved = SavedModel.parseFrom(in).toBuilder();
    }
    change.accept(saved.getMetaGraphsBuilder(0));
    Files.write(file, saved.build().toByteArray());
  }

  @ParameterizedTest
  @ValueSource(strings = {ONNX, TENSORFLOW})
  void shouldKeepWhatIsNoNumberToItsOwnPicture(String engine) {
    Path model = engine.equals(ONNX) ? TestModels.RESNET : TestModels.VIT;
    try (EmbeddingModel network = EmbeddingModels.load(TestModels.options(model, engine))) {
      int samples = network.recipe().samples();
      ByteBuffer batch = TestModels.inputs(network, 3);
      FloatBuffer values = batch.asFloatBuffer();
      for (int i = 0; i < 3 * samples; i++) {
        values.put(i, i / samples == 1 ? Float.NaN : (i % 97) / 97f);
      }
      float[][] together = network.embed(batch, 3);
      ByteBuffer alone = TestModels.inputs(network, 1);
      alone.asFloatBuffer().put(0, values, 0, samples);
      float[] expected = network.embed(alone, 1)[0];
      assertThat(together[0]).containsExactly(expected, Offset.offset(1e-5f));
      assertThat(together[1]).contains(Float.NaN);
      assertThat(List.of(together[2])).allMatch(vector -> Float.isFinite(vector[0]));
    }
  }
}
