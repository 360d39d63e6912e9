package io.semblance.search;

import io.semblance.embedding.ImageEmbedding;
import io.semblance.embedding.model.LabelScale;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;

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
  private final QueryEmbedder images;
  private final TextQueryEmbedder texts;
  private final SearchOptions options;

  @Inject
  ClassificationService(
      SearchService search, QueryEmbedder images, TextQueryEmbedder texts, SearchOptions options) {
    this.search = search;
    this.images = images;
    this.texts = texts;
    this.options = options;
  }

  /**
   * Classifies an image.
   *
   * @param image its bytes
   * @throws SearchException if the image or the labels cannot be used, or the model has no texts
   */
  public ClassificationAnswer classify(byte[] image, Labels labels) {
    LabelScale scale = scale(labels);
    List<float[]> captions = texts.embed(labels.texts());
    ImageEmbedding embedding = images.embed(image);
    return answer(
        embedding.vector(),
        labels,
        captions,
        scale,
        embedding.lowInformation(),
        new SearchAnswer.QueryImage(
            embedding.contentHash(), embedding.width(), embedding.height()));
  }

  /**
   * Classifies an indexed image.
   *
   * @throws SearchException as the other, or if {@code tenant} has no such image
   */
  public ClassificationAnswer classify(String imageId, String tenant, Labels labels) {
    LabelScale scale = scale(labels);
    IndexedImage image = search.image(imageId, tenant, true);
    return answer(
        Objects.requireNonNull(image.vector(), "the vector that was asked for"),
        labels,
        texts.embed(labels.texts()),
        scale,
        image.lowInformation(),
        new SearchAnswer.QueryImage(image.contentHash(), image.width(), image.height()));
  }

  private LabelScale scale(Labels labels) {
    labels.require(options.labelsMax(), options.textLengthMax());
    return texts.labelScale();
  }

  private ClassificationAnswer answer(
      float[] image,
      Labels labels,
      List<float[]> captions,
      LabelScale scale,
      boolean lowInformation,
      SearchAnswer.QueryImage query) {
    double[] probabilities = scale.probabilities(image, captions);
    List<String> compared = labels.texts();
    List<ClassificationAnswer.Label> answers = new ArrayList<>();
    for (int i = 0; i < probabilities.length; i++) {
      answers.add(
          new ClassificationAnswer.Label(
              labels.names().get(i),
              compared.get(i),
              probabilities[i],
              cosine(image, captions.get(i))));
    }
    answers.sort(MOST_PROBABLE_FIRST);
    return new ClassificationAnswer(
        answers,
        scale.activation() == LabelScale.Activation.SOFTMAX,
        lowInformation,
        search.model(),
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
