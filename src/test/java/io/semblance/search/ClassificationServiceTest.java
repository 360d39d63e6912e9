package io.semblance.search;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.semblance.embedding.model.LabelScale;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ClassificationServiceTest {
  private static final int LABELS_MAX = 3;
  private static final int TEXT_LENGTH_MAX = 20;

  @Test
  void shouldPutEachLabelIntoTheTemplate() {
    assertThat(new Labels(List.of("cat", "dog"), "a photo of a {}, a pet").texts())
        .containsExactly("a photo of a cat, a pet", "a photo of a dog, a pet");
  }

  @Test
  void shouldMakeProbabilitiesThatAddUpToOneWhereLabelsExcludeEachOther() {
    double[] probabilities =
        new FakeTextQueryEmbedder(LabelScale.Activation.SOFTMAX)
            .labelScale()
            .probabilities(new float[] {1, 0}, List.of(new float[] {1, 0}, new float[] {0, 1}));
    assertThat(probabilities[0]).isCloseTo(Math.exp(2) / (Math.exp(2) + 1), within(1e-9));
    assertThat(probabilities[0] + probabilities[1]).isCloseTo(1, within(1e-9));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "''         | a {}                  | invalid-label",
        "' '        | a {}                  | invalid-label",
        "a;b;c;d    | a {}                  | invalid-labels",
        "a;a        | a {}                  | invalid-labels",
        "a label of too many letters | {}   | invalid-label",
        "a          | a photo               | invalid-template",
        "a          | {} and {}             | invalid-template",
        "a          | a template too long {}| invalid-template"
      })
  void shouldRefuseLabelsAndTemplatesByName(String labels, String template, String code) {
    assertThatThrownBy(() ->
            new Labels(List.of(labels.split(";", -1)), template)
                .require(LABELS_MAX, TEXT_LENGTH_MAX))
        .isInstanceOfSatisfying(SearchException.class, e -> assertThat(e.code()).isEqualTo(code));
  }

  @Test
  void shouldNameModelAndRemedyWhereTheModelHasNoTexts() {
    SearchedModels models =
        new SearchedModels(List.of(SearchedModelsTest.model("matching", "copies", false)));
    assertThatThrownBy(() -> models.forTexts(null))
        .isInstanceOfSatisfying(
            SearchException.class,
            e -> {
              assertThat(e.reason()).isEqualTo(SearchException.Reason.UNSUPPORTED);
              assertThat(e.code()).isEqualTo("model-without-texts");
            })
        .hasMessageContaining("the model copies, version 7")
        .hasMessageContaining("semblance.model.directory");
  }
}
