package io.semblance.embedding.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Golden vectors that another reference made are told from the network's own. */
class ReferenceRecipesTest {
  private static final Path IMAGES = Path.of("src/main/resources/demo");

  @TempDir private Path folder;

  private List<ModelCheck.Line> check(String recipe) throws IOException {
    TinyOnnx.write(folder, 1, 1);
    Files.writeString(
        folder.resolve("golden.json"),
        """
        {"family": "tiny", "recipes": {"%s": [{"file": "otters.jpg", "pixels_sha256": "00",
         "embedding": [1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]}]}}
        """
            .formatted(recipe));
    return ModelCheck.run(
        TestModels.options(folder, EngineSettings.ONNX_RUNTIME), Optional.of(IMAGES));
  }

  @Test
  void shouldNameThePicturesWhosePixelsAreOthers() throws IOException {
    List<ModelCheck.Line> lines = check("squash_8");
    assertThat(lines).noneMatch(ModelCheck.Line::holds);
    assertThat(lines)
        .extracting(ModelCheck.Line::subject)
        .containsExactly("pixels squash_8", "squash_8");
    assertThat(lines.getFirst().remark()).contains("otters.jpg");
    assertThat(lines.getLast().similarity()).isLessThan(1);
  }

  @Test
  void shouldNameTheRecipesThatAreKnown() {
    assertThatThrownBy(() -> check("centre_8"))
        .isInstanceOf(InvalidModelException.class)
        .hasMessageContaining("\"recipes\" has centre_8")
        .hasMessageContaining("squash_N or short_side_N");
  }
}
