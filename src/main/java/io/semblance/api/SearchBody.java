package io.semblance.api;

import java.util.List;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.jspecify.annotations.Nullable;

/**
 * A search by vector or by the id of an indexed image: exactly one of the two.
 *
 * @param vector as many components as the model's vectors have
 * @param id of an indexed image of the tenant
 * @param k most matches returned
 * @param threshold lowest similarity returned
 * @param tenant whose images are searched
 * @param categories only images of these; none means every category
 */
@Schema(description = "A search by vector or by the id of an indexed image: exactly one of the two")
public record SearchBody(
    @Schema(description = "As many components as the model's vectors have")
        float @Nullable [] vector,
    @Schema(description = "The id of an indexed image", examples = "photo-1") @Nullable String id,
    @Schema(description = "Most matches returned", examples = "10") @Nullable Integer k,
    @Schema(description = "Lowest similarity returned, -1 to 1", examples = "0.8")
        @Nullable Float threshold,
    @Schema(description = "Whose images are searched; the empty tenant by default")
        @Nullable String tenant,
    @Schema(description = "Only images of these categories; none means every one")
        @Nullable List<String> categories) {}
