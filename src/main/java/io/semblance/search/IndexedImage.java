package io.semblance.search;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.time.Instant;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What the index knows of an image.
 *
 * @param imageId the image
 * @param tenant its tenant
 * @param category its category
 * @param uploadedAt when it was uploaded
 * @param eventId the CloudEvents id of its upload
 * @param source the CloudEvents source of its upload
 * @param attributes every extension attribute of its upload
 * @param contentHash hexadecimal SHA-256 of its bytes
 * @param width of the upright picture, in pixels
 * @param height of the upright picture, in pixels
 * @param lowInformation whether the picture carries no information and never matches
 * @param shard the shard that holds it
 * @param model the model that embedded it
 * @param vector its vector, where asked for
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record IndexedImage(
    String imageId,
    String tenant,
    String category,
    Instant uploadedAt,
    String eventId,
    String source,
    Map<String, String> attributes,
    String contentHash,
    int width,
    int height,
    boolean lowInformation,
    int shard,
    ModelSummary model,
    float @Nullable [] vector) {}
