package io.semblance.embedding.model;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import ai.djl.engine.Engine;
import io.semblance.image.ImageRecipe;
import io.semblance.image.Resampling;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TorchScriptFileTest {
  private static final String PICTURES = "x: Tensor) -> Tensor";

  @TempDir private Path folder;

  /** As torch.jit.save writes it, without weights. */
  private Path write(String name, String forward, String body) throws IOException {
    String code =
        """
        class Trunk(Module):
          def forward(self: __torch__.models.Trunk,
            y: Tensor) -> Tuple[Tensor, Tensor]:
            return (y, y)
        class Net(Module):
          training : bool
          def forward(self: __torch__.models.Net,
            %s:
            %s
            return x
        class Head(Module):
          def forward(self: __torch__.models.Head) -> int:
            return 1
        """
            .formatted(forward, body);
    return archive(
        name,
        Map.of(
            "data.pkl", "\u0080\u0002c__torch__.models\nNet\nq", "code/__torch__/models.py", code));
  }

  private Path archive(String name, Map<String, String> entries) throws IOException {
    Path file = folder.resolve(name);
    try (ZipOutputStream out = new ZipOutputStream(Files.newOutputStream(file))) {
      for (Map.Entry<String, String> entry : new LinkedHashMap<>(entries).entrySet()) {
        out.putNextEntry(new ZipEntry("net/" + entry.getKey()));
        out.write(entry.getValue().getBytes(ISO_8859_1));
      }
    }
    return file;
  }

  private static NetworkFile read(Path file) {
    return TorchScriptFile.read(file, file.getFileName().toString()).orElseThrow();
  }

  @Test
  void shouldTakePicturesOfAnySizeIntoTheOnlyTensor() throws IOException {
    NetworkFile network = read(write("net.pt", PICTURES, "y = x"));
    assertThat(network.engine()).isEqualTo("PyTorch");
    assertThat(network.pictures().orElseThrow().name()).isEqualTo("x");
    assertThat(NetworkFile.layout(network.pictures().orElseThrow()))
        .contains(ImageRecipe.Layout.NCHW);
    assertThat(network.outputNames()).containsExactly(TorchScriptFile.OUTPUT);
  }

  @Test
  void shouldNotTakePicturesIntoOneOfSeveralInputs() throws IOException {
    NetworkFile network =
        read(write("net.pt", "image: Tensor, text: Tensor) -> Tuple[Tensor, Tensor]", "x = image"));
    assertThat(network.pictures()).isEmpty();
    assertThat(network.inputNames()).containsExactly("image", "text");
    assertThat(network.outputNames()).containsExactly("Tuple[Tensor, Tensor]");
  }

  @ParameterizedTest
  @ValueSource(strings = {"torch.save(x, \"f\")", "x = torch.from_file(\"f\")", "print(x)"})
  void shouldRefuseCodeThatReachesOutOfTheNetwork(String call) throws IOException {
    Path file = write("net.pt", PICTURES, call);
    assertThatThrownBy(() -> read(file))
        .isInstanceOf(InvalidModelException.class)
        .hasMessageContaining("net.pt: its code (net/code/__torch__/models.py) calls")
        .hasMessageContaining("export it without");
  }

  @Test
  void shouldNameAnArchiveThatIsCut() throws IOException {
    Path file = write("net.pt", PICTURES, "y = x");
    byte[] bytes = Files.readAllBytes(file);
    Files.write(file, Arrays.copyOf(bytes, bytes.length / 2));
    assertThatThrownBy(() -> read(file))
        .isInstanceOf(InvalidModelException.class)
        .hasMessageContaining("net.pt is damaged or cut")
        .hasMessageContaining("fetch it again");
  }

  @Test
  void shouldPassOverWeightsAlone() throws IOException {
    assertThat(TorchScriptFile.read(archive("a.pt", Map.of("data.pkl", "\u0080\u0002}q")), "a.pt"))
        .isEmpty();
    Path old = Files.write(folder.resolve("b.pt"), new byte[] {(byte) 0x80, 2, (byte) 0x8a});
    assertThat(TorchScriptFile.read(old, "b.pt")).isEmpty();
    TinyOnnx.write(folder, 1, 1);
    assertThat(ModelPackage.read(folder, Optional.empty()).network().path())
        .isEqualTo("model.onnx");
  }

  @Test
  void shouldKnowSscdByTheNameOfItsFile() throws IOException {
    write("sscd_disc_mixup.torchscript.pt", PICTURES, "y = x");
    ModelPackage model = ModelPackage.read(folder, Optional.empty());
    assertThat(model.network().engine()).isEqualTo(EngineSettings.PYTORCH);
    assertThat(model.recipe().geometry()).isEqualTo(new ImageRecipe.Geometry.Squash());
    assertThat(model.recipe().width()).isEqualTo(320);
    assertThat(model.recipe().resampling()).isEqualTo(Resampling.BILINEAR);
  }

  @Test
  void shouldTakeAnotherPreprocessingThanTheReferenceOfSscdWhereOneIsDescribed()
      throws IOException {
    write("net.pt", PICTURES, "y = x");
    assertThatThrownBy(() -> ModelPackage.read(folder, Optional.empty()))
        .isInstanceOf(InvalidModelException.class)
        .hasMessageContaining("preprocessor_config.json is missing");
    Files.writeString(folder.resolve("model.json"), "{\"family\": \"sscd\"}");
    assertThat(ModelPackage.read(folder, Optional.empty()).recipe().width()).isEqualTo(320);
    Files.writeString(
        folder.resolve("preprocessor_config.json"),
        """
        {"size": {"height": 288, "width": 288}, "resample": 2,
         "image_mean": [0.5, 0.5, 0.5], "image_std": [0.5, 0.5, 0.5]}
        """);
    assertThat(ModelPackage.read(folder, Optional.empty()).recipe().width()).isEqualTo(288);
  }

  @Test
  void shouldSayHowToBuildWithTheEngine() throws IOException {
    write("sscd_disc_mixup.torchscript.pt", PICTURES, "y = x");
    EngineSettings.prepare(0);
    assumeThat(Engine.getAllEngines())
        .as("a build without -Ppytorch")
        .doesNotContain(EngineSettings.PYTORCH);
    assertThatThrownBy(
            () -> EmbeddingModels.load(TestModels.options(folder, EngineSettings.PYTORCH)))
        .isInstanceOf(InvalidModelException.class)
        .hasMessageContaining("sscd_disc_mixup.torchscript.pt is TorchScript")
        .hasMessageContaining("-Ppytorch");
  }

  @Test
  void shouldReadNoMoreCodeThanTheLimitWhateverTheArchiveTells() throws IOException {
    Path file = write("net.pt", PICTURES, "#".repeat(17 << 20));
    byte[] bytes = Files.readAllBytes(file);
    ByteBuffer archive = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    for (int at = 0; at < bytes.length - 28; at++) {
      if (archive.getInt(at) == 0x02014b50 && archive.getInt(at + 24) > 16 << 20) {
        archive.putInt(at + 24, 10); // the size by the list at the archive's end
      }
    }
    Files.write(file, bytes);
    assertThatThrownBy(() -> read(file))
        .isInstanceOf(InvalidModelException.class)
        .hasMessageContaining("net/code/__torch__/models.py has more than 16777216 bytes");
  }

  @ParameterizedTest
  @ValueSource(strings = {"print(x)", "cut"})
  void shouldTakeAnotherNetworkWhereATorchScriptIsUnsound(String body) throws IOException {
    Path file = write("net.pt", PICTURES, body);
    if (body.equals("cut")) {
      byte[] bytes = Files.readAllBytes(file);
      Files.write(file, Arrays.copyOf(bytes, bytes.length / 2));
    }
    assertThatThrownBy(() -> ModelPackage.read(folder, Optional.empty()))
        .isInstanceOf(InvalidModelException.class)
        .hasMessageContaining("net.pt");
    TinyOnnx.write(folder, 1, 1);
    assertThat(ModelPackage.read(folder, Optional.empty()).network().path())
        .isEqualTo("model.onnx");
    assertThat(ModelPackage.read(folder, Optional.of("OnnxRuntime")).network().path())
        .isEqualTo("model.onnx");
    assertThatThrownBy(() -> ModelPackage.read(folder, Optional.of("PyTorch")))
        .isInstanceOf(InvalidModelException.class)
        .hasMessageContaining("net.pt");
  }

  @Test
  void shouldPreferTheOnnxFileOfAnSscdWhichEveryBuildRuns() throws IOException {
    write("sscd_disc_mixup.torchscript.pt", PICTURES, "y = x");
    TinyOnnx.write(folder, 1, 1);
    Files.writeString(folder.resolve("model.json"), "{\"family\": \"sscd\"}");
    assertThat(ModelPackage.read(folder, Optional.empty()).network().engine())
        .isEqualTo(EngineSettings.ONNX_RUNTIME);
    assertThat(ModelPackage.read(folder, Optional.of("PyTorch")).network().output())
        .isEqualTo(TorchScriptFile.OUTPUT);
  }
}
