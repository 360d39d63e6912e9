package io.semblance.api;

import jakarta.ws.rs.QueryParam;
import java.util.List;
import org.eclipse.microprofile.openapi.annotations.parameters.Parameter;
import org.jspecify.annotations.Nullable;

/**
 * What a search's query parameters ask for, as they were sent.
 *
 * @param k most matches returned
 * @param threshold lowest similarity returned
 * @param relativeThreshold lowest share of the best match's similarity returned
 * @param tenant whose images are searched
 * @param categories only images of these; none means every category
 * @param model the name of the model that is searched by
 */
public record SearchWishes(
    @Parameter(description = "Most matches returned") @QueryParam("k") @Nullable String k,
    @Parameter(description = "Lowest similarity returned, -1 to 1") @QueryParam("threshold")
        @Nullable String threshold,
    @Parameter(description = "Lowest share of the best match's similarity returned, 0 to 1")
        @QueryParam("relativeThreshold")
        @Nullable String relativeThreshold,
    @Parameter(description = "Whose images are searched; the empty tenant by default")
        @QueryParam("tenant")
        @Nullable String tenant,
    @Parameter(description = "Only images of this category; may be repeated")
        @QueryParam("category")
        @Nullable List<String> categories,
    @Parameter(
            description =
                "The name of the model that is searched by; by default the one that near-duplicates"
                    + " are told by, for texts the first with a text tower, by id the first whose"
                    + " index holds it")
        @QueryParam("model")
        @Nullable String model) {}
