package io.semblance.topology;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.semblance.embedding.model.ModelDescription;
import io.semblance.search.ModelIndex;
import io.semblance.search.ModelIndexes;
import io.semblance.vector.IndexDirectory;
import io.semblance.vector.IndexOptions;
import io.semblance.vector.IndexRow;
import io.semblance.vector.PendingSnapshot;
import io.semblance.vector.VectorIndex;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Indexes that another model made are refused before the streams start. */
class StateCheckTest {
  private static final ModelDescription COPY =
      new ModelDescription("copy", "1", "a".repeat(64), 2, 0.8f);
  private static final ModelDescription CLIP =
      new ModelDescription("clip", "1", "b".repeat(64), 2, 0.9f);
  private static final ModelDescription SIGLIP =
      new ModelDescription("siglip", "1", "c".repeat(64), 2, 0.9f);

  @TempDir Path tasks;

  private static ModelIndexes indexes(ModelDescription matching, ModelDescription further) {
    return new ModelIndexes(
        List.of(
            new ModelIndex("matching", matching, "image-embeddings", "vector-index", () -> 2),
            new ModelIndex(
                "texts", further, "image-embeddings-texts", "vector-index-texts", () -> 2)));
  }

  private Path write(String store, Map<String, String> attributes) throws IOException {
    Path directory = tasks.resolve(store);
    Files.createDirectories(directory.getParent());
    try (VectorIndex index = VectorIndex.open(new IndexOptions(2, 64), directory)) {
      index.put(new IndexRow("a", new float[] {1, 0}, "", "", new byte[0], true));
      try (PendingSnapshot snapshot = index.prepareSnapshot(attributes)) {
        snapshot.write();
      }
    }
    return directory;
  }

  private Path write(String store, ModelDescription model) throws IOException {
    return write(store, Map.of("model-id", model.id(), "model-fingerprint", model.fingerprint()));
  }

  @Test
  void shouldAcceptIndexesOfTheModelsThatAreRun() throws IOException {
    write("1_0/vector-index", COPY);
    write("2_1/vector-index-texts", CLIP);
    write("3_0/vector-index-former", SIGLIP);
    Files.createDirectories(tasks.resolve("0_0"));
    Files.writeString(tasks.resolve("kafka-streams-process-metadata"), "{}");

    assertThatCode(() -> StateCheck.requireSameModels(tasks, indexes(COPY, CLIP)))
        .doesNotThrowAnyException();
    assertThatCode(() -> StateCheck.requireSameModels(tasks.resolve("none"), indexes(COPY, CLIP)))
        .doesNotThrowAnyException();
  }

  @Test
  void shouldNameBothModelsThePropertiesAndTheDirectoriesOfAllShards() throws IOException {
    write("1_1/vector-index", COPY);

    assertThatIllegalArgumentException()
        .isThrownBy(() -> StateCheck.requireSameModels(tasks, indexes(SIGLIP, CLIP)))
        .withMessageStartingWith("semblance.model.directory chooses model siglip (fingerprint ccc")
        .withMessageContaining("holds vectors of model copy (fingerprint aaa")
        .withMessageContaining("(semblance.model.directory, .engine and .numeric-format)")
        .withMessageContaining(
            "delete " + tasks.resolve("*").resolve("vector-index") + ", all shards")
        .withMessageContaining("have to be uploaded again");
  }

  @Test
  void shouldNameThePropertyOfAModelForSearches() throws IOException {
    write("1_0/vector-index", COPY);
    write("2_0/vector-index-texts", CLIP);

    assertThatIllegalArgumentException()
        .isThrownBy(() -> StateCheck.requireSameModels(tasks, indexes(COPY, SIGLIP)))
        .withMessageStartingWith("semblance.search-models.texts.directory chooses model siglip")
        .withMessageContaining("delete " + tasks.resolve("*").resolve("vector-index-texts") + ", ");
  }

  @Test
  void shouldNameAModelByItsFingerprintWhereASnapshotKnowsNoMore() throws IOException {
    write("1_0/vector-index", Map.of("model-fingerprint", "d".repeat(64)));

    assertThatIllegalArgumentException()
        .isThrownBy(() -> StateCheck.requireSameModels(tasks, indexes(COPY, CLIP)))
        .withMessageContaining("holds vectors of a model (fingerprint ddd");
  }

  @Test
  void shouldLeaveSnapshotsThatCannotBeReadToTheStore() throws IOException {
    Path directory = write("1_0/vector-index", SIGLIP);
    Files.writeString(IndexDirectory.manifestOf(directory), "torn");

    assertThatCode(() -> StateCheck.requireSameModels(tasks, indexes(COPY, CLIP)))
        .doesNotThrowAnyException();
  }
}
