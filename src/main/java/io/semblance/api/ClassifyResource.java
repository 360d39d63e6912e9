package io.semblance.api;

import io.semblance.search.ClassificationAnswer;
import io.semblance.search.ClassificationService;
import io.semblance.search.Labels;
import jakarta.inject.Inject;
import jakarta.ws.rs.BeanParam;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import java.io.InputStream;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.enums.SchemaType;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.parameters.RequestBody;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.jboss.resteasy.reactive.RestForm;
import org.jboss.resteasy.reactive.multipart.FileUpload;
import org.jspecify.annotations.Nullable;

/** Tells which of some labels fits an image. */
@Path("/v1/classify")
@Produces(MediaType.APPLICATION_JSON)
@Tag(name = "Classification", description = "Tells which of some labels fits an image")
@APIResponse(
    responseCode = "200",
    description = "The labels, most probable first",
    content = @Content(schema = @Schema(implementation = ClassificationAnswer.class)))
@APIResponse(
    responseCode = "default",
    description = "A problem; 429 and 503 say after which time to try again",
    content =
        @Content(mediaType = Problem.MEDIA_TYPE, schema = @Schema(implementation = Problem.class)))
public class ClassifyResource {
  private static final String WHAT = "Which of some labels fits an image";
  private static final String HOW =
      "Each label is put into the template, and its vector compared with the image's; the model's"
          + " own temperature makes probabilities of it. Takes a model with a text tower, else the"
          + " answer is 422. The parameters may be fields of a form.";

  private final ClassificationService classification;
  private final RequestBodies bodies;
  private final RequestParameters parameters;

  @Inject
  ClassifyResource(
      ClassificationService classification, RequestBodies bodies, RequestParameters parameters) {
    this.classification = classification;
    this.bodies = bodies;
    this.parameters = parameters;
  }

  /** Classifies the indexed image that a JSON body names. */
  @POST
  @Consumes(MediaType.APPLICATION_JSON)
  @Operation(summary = WHAT, description = HOW)
  public ClassificationAnswer byId(
      @RequestBody(content = @Content(schema = @Schema(implementation = ClassifyBody.class)))
          @Nullable InputStream body) {
    ClassifyBody wanted = bodies.json(body, ClassifyBody.class);
    if (wanted.id() == null) {
      throw ProblemException.badRequest(
          "invalid-id",
          "\"id\" is missing: name an indexed image, or send an image as image/jpeg or alike");
    }
    return classification.classify(
        parameters.imageId(wanted.id()),
        parameters.tenant(wanted.tenant()),
        parameters.labels(wanted.labels(), wanted.template()),
        wanted.model());
  }

  /** Classifies the image that is the body. */
  @POST
  @Consumes({"image/*", MediaType.APPLICATION_OCTET_STREAM})
  @Operation(summary = WHAT, description = HOW)
  public ClassificationAnswer byImage(
      @RequestBody(
              content =
                  @Content(
                      mediaType = "image/*",
                      schema = @Schema(type = SchemaType.STRING, format = "binary")))
          @Nullable InputStream body,
      @BeanParam ClassifyWishes wishes) {
    Labels labels = parameters.labels(wishes.labels(), wishes.template());
    return bodies.withImage(body, bytes -> classification.classify(bytes, labels, wishes.model()));
  }

  /** Classifies the image in the form field {@code image}. */
  @POST
  @Consumes(MediaType.MULTIPART_FORM_DATA)
  @Operation(summary = WHAT, description = HOW)
  public ClassificationAnswer byForm(
      @RestForm("image") @Nullable FileUpload image, @BeanParam ClassifyWishes wishes) {
    Labels labels = parameters.labels(wishes.labels(), wishes.template());
    return bodies.withImage(image, bytes -> classification.classify(bytes, labels, wishes.model()));
  }
}
