package io.semblance.store;

import java.util.Map;
import java.util.Optional;

/**
 * Embeddings of other models met in a shard's topic since the index was begun. It does not hold
 * them.
 *
 * @param count how many there were
 * @param model the model of the last of them; empty if there were none
 */
public record ForeignRecords(long count, Optional<String> model) {
  static final ForeignRecords NONE = new ForeignRecords(0, Optional.empty());

  private static final String COUNT = "foreign-records";
  private static final String MODEL = "foreign-model";

  /** Reads what {@link #toAttributes()} wrote. */
  static ForeignRecords fromAttributes(Map<String, String> attributes) {
    return new ForeignRecords(
        Long.parseLong(attributes.getOrDefault(COUNT, "0")),
        Optional.ofNullable(attributes.get(MODEL)));
  }

  /** Returns them as attributes of a snapshot. */
  Map<String, String> toAttributes() {
    return model.map(name -> Map.of(COUNT, Long.toString(count), MODEL, name)).orElseGet(Map::of);
  }

  /** Returns these and one more. */
  ForeignRecords plus(String another) {
    return new ForeignRecords(count + 1, Optional.of(another));
  }
}
