package io.semblance.search;

import io.semblance.embedding.ImageEmbedding;
import io.semblance.embedding.model.LabelScale;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Tells which of some labels fits a picture, by the model's text tower alone: nothing is trained.
 * Every call blocks until it has its answer. Safe for use by several threads.
 */
@Singleton
public final class ClassificationService {
  private static final Comparator<ClassificationAnswer.Label> MOST_PROBABLE_FIRST =
      Comparator.comparing(
              ClassificationAnswer.Label::probability, Comparator.<Double>reverseOrder())
          .thenComparing(ClassificationAnswer.Label::label);

  private final SearchService search;
  private final SearchedModels models;
  private final SearchOptions options;

  @Inject
  ClassificationService(SearchService search, SearchedModels models, SearchOptions options) {
    this.search = search;
    this.models = models;
    this.options = options;
  }

  /**
   * Classifies an image.
   *
   * @param image its bytes
   * @param model the name of the model that judges; null for the first with a text tower
   * @throws SearchException if the image or the labels cannot be used, or the model has no texts
   */
  public ClassificationAnswer classify(byte[] image, Labels labels, @Nullable String model) {
    Judge judge = judge(labels, model);
    List<float[]> captions = judge.texts().embed(labels.texts());
    ImageEmbedding embedding = judge.model().images().embed(image);
    return answer(
        embedding.vector(),
        labels,
        captions,
        judge,
        embedding.lowInformation(),
        new SearchAnswer.QueryImage(
            embedding.contentHash(), embedding.width(), embedding.height()));
  }

  /**
   * Classifies an indexed image.
   *
   * @throws SearchException as the other, or if {@code tenant} has no such image in the model's
   *     index
   */
  public ClassificationAnswer classify(
      String imageId, String tenant, Labels labels, @Nullable String model) {
    Judge judge = judge(labels, model);
    IndexedImage image = search.image(imageId, tenant, judge.model().name(), true);
    return answer(
        Objects.requireNonNull(image.vector(), "the vector that was asked for"),
        labels,
        judge.texts().embed(labels.texts()),
        judge,
        image.lowInformation(),
        new SearchAnswer.QueryImage(image.contentHash(), image.width(), image.height()));
  }

  /** A model that compares pictures with texts. */
  private record Judge(SearchedModel model, TextQueryEmbedder texts, LabelScale scale) {}

  private Judge judge(Labels labels, @Nullable String name) {
    labels.require(options.labelsMax(), options.textLengthMax());
    SearchedModel model = models.forTexts(name);
    TextQueryEmbedder texts = model.texts().orElseThrow();
    return new Judge(model, texts, texts.labelScale());
  }

  private static ClassificationAnswer answer(
      float[] image,
      Labels labels,
      List<float[]> captions,
      Judge judge,
      boolean lowInformation,
      SearchAnswer.QueryImage query) {
    double[] probabilities = judge.scale().probabilities(image, captions);
    List<String> compared = labels.texts();
    List<ClassificationAnswer.Label> answers = new ArrayList<>();
    for (int i = 0; i < probabilities.length; i++) {
      answers.add(
          new ClassificationAnswer.Label(
              labels.names().get(i),
              compared.get(i),
              probabilities[i],
              cosine(image, captions.get(i)),
              judge.texts().cuts(compared.get(i)) ? true : null));
    }
    answers.sort(MOST_PROBABLE_FIRST);
    return new ClassificationAnswer(
        answers,
        judge.scale().activation() == LabelScale.Activation.SOFTMAX,
        lowInformation,
        judge.model().summary(),
        query);
  }

  /** Of vectors of unit norm. */
  private static double cosine(float[] first, float[] second) {
    double sum = 0;
    for (int i = 0; i < first.length; i++) {
      sum += (double) first[i] * second[i];
    }
    return sum;
  }
}
