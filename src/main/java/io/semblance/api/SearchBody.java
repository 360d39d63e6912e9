package io.semblance.api;

import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.jspecify.annotations.Nullable;

/**
 * A search by vector, by the id of an indexed image or by text: exactly one of the three.
 *
 * @param vector as many components as the model's vectors have
 * @param id of an indexed image of the tenant
 * @param text what the images show
 * @param k most matches returned
 * @param threshold lowest similarity returned
 * @param relativeThreshold lowest share of the best match's similarity returned
 * @param tenant whose images are searched
 * @param categories only images of these; none means every category
 * @param model the name of the model that is searched by
 */
@Schema(
    description =
        "A search by vector, by the id of an indexed image or by text: exactly one of the three")
public record SearchBody(
    @Schema(description = "As many components as the model's vectors have")
        float @Nullable [] vector,
    @Schema(description = "The id of an indexed image", examples = "photo-1") @Nullable String id,
    @Schema(
            description = "What the images show; takes a model with a text tower",
            examples = "red leather boots")
        @Nullable String text,
    @Schema(description = "Most matches returned", examples = "10") @Nullable Integer k,
    @Schema(description = "Lowest similarity returned, -1 to 1", examples = "0.8")
        @Nullable Float threshold,
    @Schema(
            description = "Lowest share of the best match's similarity returned, 0 to 1",
            examples = "0.9")
        @Nullable Float relativeThreshold,
    @Schema(description = "Whose images are searched; the empty tenant by default")
        @Nullable String tenant,
    @Schema(description = "Only images of these categories; none means every one")
        @Nullable List<String> categories,
    @Schema(
            description =
                "The name of the model that is searched by; by default the one that near-duplicates"
                    + " are told by, for texts the first with a text tower, by id the first whose"
                    + " index holds it")
        @Nullable String model) {
  /** Returns whether it says in one way, and no other, what is searched for. */
  boolean hasOneQuery() {
    return Stream.of(vector, id, text).filter(Objects::nonNull).count() == 1;
  }
}
