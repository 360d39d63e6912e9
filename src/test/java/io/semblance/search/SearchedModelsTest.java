package io.semblance.search;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.semblance.embedding.model.LabelScale;
import io.semblance.embedding.model.ModelDescription;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Which model a request means. */
class SearchedModelsTest {
  private final SearchedModels models =
      new SearchedModels(
          List.of(
              model("matching", "copies", false),
              model("art", "vit", false),
              model("clip", "clip-tiny", true),
              model("siglip", "siglip-tiny", true)));

  static SearchedModel model(String name, String id, boolean texts) {
    ModelDescription description = new ModelDescription(id, "7", "fingerprint of " + id, 2, 0.8f);
    ModelIndex index = new ModelIndex(name, description, "topic", "store", () -> 1);
    return new SearchedModel(
        index,
        new IndexShards(
            index,
            new FakeDirectory(1, List::of),
            new Peers(
                new LocalShards() {
                  @Override
                  public ShardReader reader(ModelIndex of) {
                    throw new AssertionError("nobody asks");
                  }

                  @Override
                  public InstanceStatus status() {
                    throw new AssertionError("nobody asks");
                  }
                },
                OptionsOfTests.SEARCH),
            OptionsOfTests.SEARCH),
        image -> {
          throw new AssertionError("nobody asks");
        },
        texts
            ? Optional.of(new FakeTextQueryEmbedder(LabelScale.Activation.SOFTMAX))
            : Optional.empty());
  }

  @Test
  void shouldTakeTheModelForMatchingUnlessAnotherIsNamed() {
    assertThat(models.named(null).name()).isEqualTo("matching");
    assertThat(models.named("art").name()).isEqualTo("art");
  }

  @Test
  void shouldTakeTheFirstWithATextTowerForTexts() {
    assertThat(models.forTexts(null).name()).isEqualTo("clip");
    assertThat(models.forTexts("siglip").name()).isEqualTo("siglip");
  }

  @Test
  void shouldNameTheModelsThatThereAre() {
    assertThatThrownBy(() -> models.named("dino"))
        .isInstanceOfSatisfying(
            SearchException.class, e -> assertThat(e.code()).isEqualTo("unknown-model"))
        .hasMessageContaining("matching, art, clip, siglip");
  }

  @Test
  void shouldNameTheModelsThatEmbedTexts() {
    assertThatThrownBy(() -> models.forTexts("art"))
        .isInstanceOfSatisfying(
            SearchException.class, e -> assertThat(e.code()).isEqualTo("model-without-texts"))
        .hasMessageContaining("the model vit, version 7")
        .hasMessageEndingWith("name one that embeds texts: clip, siglip");
  }
}
