package io.semblance.api;

import jakarta.ws.rs.QueryParam;
import java.util.List;
import org.eclipse.microprofile.openapi.annotations.parameters.Parameter;
import org.jspecify.annotations.Nullable;

/**
 * What a classification's query parameters ask for, as they were sent.
 *
 * @param labels what the picture may be called
 * @param template what makes a caption of a label
 * @param model the name of the model that judges
 */
public record ClassifyWishes(
    @Parameter(description = "What the picture may be called; to be repeated") @QueryParam("label")
        @Nullable List<String> labels,
    @Parameter(
            description =
                "What makes a caption of a label, which takes the place of {}; a photo of a {} by default")
        @QueryParam("template")
        @Nullable String template,
    @Parameter(
            description =
                "The name of the model that judges; the first with a text tower by default")
        @QueryParam("model")
        @Nullable String model) {}
