package io.semblance.api;

import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.jspecify.annotations.Nullable;

/**
 * An upload by reference.
 *
 * @param id of the image; made up if absent
 * @param dataref where its bytes are
 * @param tenant whose image it is
 * @param category of the image
 */
@Schema(description = "An upload by reference")
public record UploadBody(
    @Schema(description = "The image's id; made up if absent", examples = "photo-1")
        @Nullable String id,
    @Schema(
            description = "Where the bytes are; the service must be configured to allow the host",
            examples = "https://images.example/photo-1.jpg")
        @Nullable String dataref,
    @Schema(description = "Whose image it is; the empty tenant by default") @Nullable String tenant,
    @Nullable String category) {}
