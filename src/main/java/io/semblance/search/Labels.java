package io.semblance.search;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * The labels of a classification.
 *
 * @param names what a picture may be called, each but once
 * @param template what makes a caption of a label, which takes the place of {@link #PLACE} in it
 */
public record Labels(List<String> names, String template) {
  /** Where the label goes in a template. */
  public static final String PLACE = "{}";

  /** The template that CLIP's authors used. */
  public static final String TEMPLATE_DEFAULT = "a photo of a {}";

  public Labels {
    names = List.copyOf(names);
  }

  /** Returns the captions, in the order of the labels. */
  List<String> texts() {
    return names.stream().map(name -> template.replace(PLACE, name)).toList();
  }

  /**
   * Refuses labels that are none, too many, too long or the same.
   *
   * @throws SearchException naming which
   */
  void require(int labelsMax, int textLengthMax) {
    if (names.isEmpty() || names.size() > labelsMax) {
      throw SearchException.invalid(
          "invalid-labels", "%d labels: give 1 to %d".formatted(names.size(), labelsMax));
    }
    Set<String> seen = new LinkedHashSet<>();
    for (String name : names) {
      QueryText.require("label", name, textLengthMax);
      if (!seen.add(name)) {
        throw SearchException.invalid(
            "invalid-labels",
            "the label \"%s\" is given twice, which would share its probability between the two: give it once"
                .formatted(name));
      }
    }
    QueryText.require("template", template, textLengthMax);
    if (template.indexOf(PLACE) < 0 || template.indexOf(PLACE) != template.lastIndexOf(PLACE)) {
      throw SearchException.invalid(
          "invalid-template",
          "the template must have %s once, where the label goes: say \"%s\""
              .formatted(PLACE, TEMPLATE_DEFAULT));
    }
  }
}
