package io.semblance.search;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The answer to a classification.
 *
 * @param labels most probable first
 * @param exclusive whether the labels exclude each other and their probabilities add up to 1, as
 *     with CLIP; else each is judged by itself, as with SigLIP: several may fit, or none
 * @param lowInformation whether the picture carries no information (one colour, or nearly), so that
 *     the probabilities say little
 * @param model the model that judged
 * @param query the picture
 */
public record ClassificationAnswer(
    List<Label> labels,
    boolean exclusive,
    boolean lowInformation,
    ModelSummary model,
    SearchAnswer.QueryImage query) {
  public ClassificationAnswer {
    labels = List.copyOf(labels);
  }

  /**
   * A label.
   *
   * @param label as it was given
   * @param text what the picture was compared with: the label in the template
   * @param probability 0 to 1
   * @param similarity cosine of the picture's vector and the text's
   * @param textTruncated true where the model sees the beginning of the text alone; else absent
   */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  public record Label(
      String label,
      String text,
      double probability,
      double similarity,
      @Nullable Boolean textTruncated) {}
}
