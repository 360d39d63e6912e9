package io.semblance.embedding.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.semblance.embedding.model.ModelFiles.Reason;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class ModelFilesTest {
  private static ModelFiles choose(List<String> paths) {
    return ModelFiles.choose(paths, Optional.empty(), List.of());
  }

  @Test
  void shouldTakeTheNetworksInFloat32OfAnExportInManyFormats() {
    List<String> xenova =
        List.of(
            ".gitattributes",
            "README.md",
            "config.json",
            "merges.txt",
            "onnx/model.onnx",
            "onnx/model_fp16.onnx",
            "onnx/model_q4f16.onnx",
            "onnx/text_model.onnx",
            "onnx/text_model_quantized.onnx",
            "onnx/vision_model.onnx",
            "onnx/vision_model.onnx_data",
            "onnx/vision_model_bnb4.onnx",
            "onnx/vision_model_fp16.onnx_data",
            "preprocessor_config.json",
            "quantize_config.json",
            "special_tokens_map.json",
            "tokenizer.json",
            "tokenizer_config.json",
            "vocab.json");

    ModelFiles files = choose(xenova);

    assertThat(files.chosen())
        .containsExactly(
            "config.json",
            "onnx/text_model.onnx",
            "onnx/vision_model.onnx",
            "onnx/vision_model.onnx_data",
            "preprocessor_config.json",
            "special_tokens_map.json",
            "tokenizer.json",
            "tokenizer_config.json");
    assertThat(files.networks()).containsExactly("onnx/text_model.onnx", "onnx/vision_model.onnx");
    assertThat(files.both()).containsExactly("onnx/model.onnx");
    assertThat(files.withBoth().networks())
        .containsExactly("onnx/model.onnx", "onnx/text_model.onnx", "onnx/vision_model.onnx");
    assertThat(choose(List.of("onnx/model.onnx", "onnx/text_model.onnx")).networks())
        .contains("onnx/model.onnx");
    List<String> towers = List.of("onnx/text_model.onnx", "onnx/vision_model.onnx");
    List<String> around = new ArrayList<>(towers);
    around.addAll(List.of("model.onnx", "model.onnx_data", "other/model.onnx"));
    assertThat(choose(around).networks())
        .containsExactlyInAnyOrder(
            "onnx/text_model.onnx", "onnx/vision_model.onnx", "other/model.onnx");
    assertThat(choose(around).both()).containsExactly("model.onnx", "model.onnx_data");
    assertThat(files.leftOut().get(Reason.REDUCED)).hasSize(5);
    assertThat(files.leftOut().get(Reason.NOT_READ)).hasSize(5);
  }

  @Test
  void shouldTakeTheConfigurationOfModulesAndOfNetworksFolders() {
    assertThat(
            choose(
                    List.of(
                        "modules.json",
                        "0_CLIPModel/config.json",
                        "0_CLIPModel/preprocessor_config.json",
                        "0_CLIPModel/tokenizer.json",
                        "0_CLIPModel/model.safetensors",
                        "checkpoint-500/config.json",
                        "visual/model.onnx",
                        "visual/preprocessor_config.json",
                        "textual/model.onnx",
                        "textual/tokenizer.json",
                        "a/b/c/model.onnx"))
                .chosen())
        .containsExactly(
            "0_CLIPModel/config.json",
            "0_CLIPModel/preprocessor_config.json",
            "0_CLIPModel/tokenizer.json",
            "modules.json",
            "textual/model.onnx",
            "textual/tokenizer.json",
            "visual/model.onnx",
            "visual/preprocessor_config.json");
  }

  @Test
  void shouldTakeSavedModelsWhereThereIsNothingElseOrTheyAreAskedFor() {
    List<String> both =
        List.of(
            "config.json",
            "model.onnx",
            "tf/saved_model.pb",
            "tf/keras_metadata.pb",
            "tf/variables/variables.index",
            "tf/variables/variables.data-00000-of-00001",
            "tf/assets/vocabulary.txt",
            "tf/README.md",
            "tf_model.h5");
    List<String> savedModel =
        List.of(
            "config.json",
            "tf/assets/vocabulary.txt",
            "tf/keras_metadata.pb",
            "tf/saved_model.pb",
            "tf/variables/variables.data-00000-of-00001",
            "tf/variables/variables.index");
    assertThat(choose(both).chosen()).containsExactly("config.json", "model.onnx");
    assertThat(ModelFiles.choose(both, Optional.of("tensorflow"), List.of()).chosen())
        .isEqualTo(savedModel);
    assertThat(choose(both.stream().filter(one -> !one.equals("model.onnx")).toList()).chosen())
        .isEqualTo(savedModel);
    assertThatThrownBy(() -> ModelFiles.choose(both, Optional.of("Keras"), List.of()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("TensorFlow, OnnxRuntime, PyTorch");
  }

  @Test
  void shouldTakeEveryNetworkAndTheGoldenVectorsOfAPackage() {
    List<String> ours =
        List.of(
            "golden.json",
            "golden/kitten.png",
            "model.json",
            "model.onnx",
            "preprocessor_config.json",
            "saved_model/saved_model.pb",
            "saved_model/variables/variables.index");
    assertThat(choose(ours).chosen()).isEqualTo(ours);
    assertThat(choose(ours).leftOut()).isEmpty();
  }

  @Test
  void shouldTakeWhatIsNamedInThePlaceOfTheUsualNetworks() {
    List<String> paths =
        List.of(
            "config.json", "onnx/model.onnx", "onnx/model_fp16.onnx", "onnx/model_fp16.onnx_data");
    ModelFiles files =
        ModelFiles.choose(
            paths, Optional.empty(), List.of("*_fp16.onnx", "onnx/model_fp??.onnx_*"));
    assertThat(files.chosen())
        .containsExactly("config.json", "onnx/model_fp16.onnx", "onnx/model_fp16.onnx_data");
    assertThat(files.networks()).containsExactly("onnx/model_fp16.onnx");
    assertThat(ModelFiles.choose(paths, Optional.empty(), List.of("nothing")).networks()).isEmpty();
  }

  @Test
  void shouldTakeNetworksOfOtherNamesWhereNoneHasAUsualOne() {
    assertThat(choose(List.of("clip-vit.onnx", "decoder.onnx", "a_int8.onnx")).networks())
        .containsExactly("clip-vit.onnx", "decoder.onnx");
    assertThat(choose(List.of("README.md", "model.safetensors")).networks()).isEmpty();
  }

  @Test
  void shouldTakeTorchScriptOnlyForItsEngine() {
    List<String> paths =
        List.of("config.json", "model.onnx", "sscd_disc_mixup.torchscript.pt", "weights.pt");
    assertThat(choose(paths).networks()).containsExactly("model.onnx");
    assertThat(choose(paths).leftOut().get(Reason.OTHER_WEIGHTS)).hasSize(2);
    Optional<String> engine = Optional.of("pytorch");
    assertThat(ModelFiles.choose(paths, engine, List.of()).chosen())
        .containsExactly("config.json", "sscd_disc_mixup.torchscript.pt");
    assertThat(ModelFiles.choose(List.of("a.pt", "b.bin"), engine, List.of()).networks())
        .containsExactly("a.pt");
  }

  @Test
  void shouldTellTheFormatsOfTheChosenNetworks() {
    List<String> paths =
        List.of("model.onnx", "model_bnb4.onnx", "model_bf16.onnx", "model_fp16.onnx");
    assertThat(formats(paths, "*_fp16.onnx")).containsExactly(NumericFormat.FLOAT16);
    assertThat(formats(paths, "*_bnb4.onnx")).isEmpty();
    assertThat(formats(paths, "*"))
        .containsExactly(NumericFormat.FLOAT32, NumericFormat.BFLOAT16, NumericFormat.FLOAT16);
  }

  private static List<NumericFormat> formats(List<String> paths, String pattern) {
    return ModelFiles.choose(paths, Optional.empty(), List.of(pattern)).formats();
  }
}
