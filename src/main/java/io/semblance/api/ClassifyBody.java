package io.semblance.api;

import java.util.List;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.jspecify.annotations.Nullable;

/**
 * A classification of an indexed image.
 *
 * @param id of an indexed image of the tenant
 * @param labels what the picture may be called
 * @param template what makes a caption of a label
 * @param tenant whose image it is
 * @param model the name of the model that judges
 */
@Schema(description = "A classification of an indexed image")
public record ClassifyBody(
    @Schema(description = "The id of an indexed image", examples = "photo-1") @Nullable String id,
    @Schema(description = "What the picture may be called, each but once")
        @Nullable List<String> labels,
    @Schema(
            description = "What makes a caption of a label, which takes the place of {}",
            examples = "a photo of a {}")
        @Nullable String template,
    @Schema(description = "Whose image it is; the empty tenant by default") @Nullable String tenant,
    @Schema(
            description =
                "The name of the model that judges; the first with a text tower by default")
        @Nullable String model) {}
