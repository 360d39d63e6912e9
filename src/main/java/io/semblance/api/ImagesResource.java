package io.semblance.api;

import io.semblance.event.UploadEventReader;
import io.semblance.search.IndexedImage;
import io.semblance.search.SearchAnswer;
import io.semblance.search.SearchException;
import io.semblance.search.SearchService;
import io.semblance.search.StreamsAvailability;
import jakarta.inject.Inject;
import jakarta.ws.rs.BeanParam;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.HeaderParam;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.UriBuilder;
import java.io.InputStream;
import java.net.URI;
import java.util.UUID;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.enums.SchemaType;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.parameters.Parameter;
import org.eclipse.microprofile.openapi.annotations.parameters.RequestBody;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.jboss.resteasy.reactive.RestForm;
import org.jboss.resteasy.reactive.multipart.FileUpload;
import org.jspecify.annotations.Nullable;

/**
 * Uploads, looks up and deletes images. A request sees the images of its tenant alone: another's
 * are not found.
 */
@Path("/v1/images")
@Produces(MediaType.APPLICATION_JSON)
@Tag(name = "Images", description = "Uploads, looks up and deletes images")
@APIResponse(
    responseCode = "default",
    description = "A problem; 429 and 503 say after which time to try again",
    content =
        @Content(mediaType = Problem.MEDIA_TYPE, schema = @Schema(implementation = Problem.class)))
public class ImagesResource {
  private static final String TRACE_PARENT = "traceparent";
  private static final int TRACE_PARENT_LENGTH_MAX = 128;
  private static final String UPLOAD = "Upload an image";
  private static final String UPLOAD_HOW =
      "Puts the image, or a reference to it, into Kafka. It can be looked up and matched once it"
          + " has been embedded; one that cannot be decoded goes to the dead letters. A text (text/plain,"
          + " UTF-8) becomes a row beside the images', with a model that has a text tower, else the answer"
          + " is 422. The parameters may be fields of a form.";
  private static final String ID = "The image's id; made up if absent. A known id is replaced.";
  private static final String TENANT = "Whose image it is; the empty tenant by default";
  private static final String MODEL =
      "The name of the model whose index is asked; the first that holds the image by default";
  private static final String ACCEPTED = "Kafka has the event";

  private final SearchService search;
  private final StreamsAvailability availability;
  private final UploadProducer producer;
  private final RequestBodies bodies;
  private final RequestParameters parameters;

  @Inject
  ImagesResource(
      SearchService search,
      StreamsAvailability availability,
      UploadProducer producer,
      RequestBodies bodies,
      RequestParameters parameters) {
    this.search = search;
    this.availability = availability;
    this.producer = producer;
    this.bodies = bodies;
    this.parameters = parameters;
  }

  /** Uploads the image, or the text, that is the body. */
  @POST
  @Consumes({"image/*", MediaType.APPLICATION_OCTET_STREAM, MediaType.TEXT_PLAIN})
  @Operation(summary = UPLOAD, description = UPLOAD_HOW)
  @APIResponse(
      responseCode = "202",
      description = ACCEPTED,
      content = @Content(schema = @Schema(implementation = UploadReceipt.class)))
  public Response upload(
      @RequestBody(
              content =
                  @Content(
                      mediaType = "image/*",
                      schema = @Schema(type = SchemaType.STRING, format = "binary")))
          @Nullable InputStream body,
      @Parameter(description = ID) @QueryParam("id") @Nullable String id,
      @Parameter(description = TENANT) @QueryParam("tenant") @Nullable String tenant,
      @QueryParam("category") @Nullable String category,
      @Parameter(hidden = true) @HeaderParam(HttpHeaders.CONTENT_TYPE) @Nullable String contentType,
      @Parameter(hidden = true) @HeaderParam(TRACE_PARENT) @Nullable String traceParent) {
    UploadProducer.Origin origin = origin(tenant, category, contentType, traceParent);
    String imageId = newImageId(id, origin.tenant());
    return accepted(
        bodies.withUpload(
            body, isText(contentType), bytes -> producer.upload(imageId, bytes, origin)));
  }

  /** Uploads the image in the form field {@code image}. */
  @POST
  @Consumes(MediaType.MULTIPART_FORM_DATA)
  @Operation(summary = UPLOAD, description = UPLOAD_HOW)
  public Response uploadForm(
      @RestForm("image") @Nullable FileUpload image,
      @QueryParam("id") @Nullable String id,
      @QueryParam("tenant") @Nullable String tenant,
      @QueryParam("category") @Nullable String category,
      @Parameter(hidden = true) @HeaderParam(TRACE_PARENT) @Nullable String traceParent) {
    String contentType = image == null ? null : image.contentType();
    UploadProducer.Origin origin = origin(tenant, category, contentType, traceParent);
    String imageId = newImageId(id, origin.tenant());
    return accepted(
        bodies.withUpload(
            image, isText(contentType), bytes -> producer.upload(imageId, bytes, origin)));
  }

  /** Uploads a reference to an image. */
  @POST
  @Consumes(MediaType.APPLICATION_JSON)
  @Operation(summary = UPLOAD, description = UPLOAD_HOW)
  public Response uploadReference(
      @RequestBody(content = @Content(schema = @Schema(implementation = UploadBody.class)))
          @Nullable InputStream body,
      @Parameter(hidden = true) @HeaderParam(TRACE_PARENT) @Nullable String traceParent) {
    UploadBody upload = bodies.json(body, UploadBody.class);
    if (upload.dataref() == null) {
      throw ProblemException.badRequest(
          "invalid-dataref",
          "\"dataref\" is missing: give the image's URI, or send its bytes as image/jpeg or alike");
    }
    URI reference = parameters.dataReference(upload.dataref());
    UploadProducer.Origin origin = origin(upload.tenant(), upload.category(), null, traceParent);
    String imageId = newImageId(upload.id(), origin.tenant());
    return accepted(producer.upload(imageId, reference, origin));
  }

  /** Returns what the index knows of an image. */
  @GET
  @Path("{id}")
  @Operation(summary = "Look up an image", description = "Its metadata and, if asked, its vector")
  public IndexedImage image(
      @PathParam("id") String id,
      @Parameter(description = TENANT) @QueryParam("tenant") @Nullable String tenant,
      @Parameter(description = MODEL) @QueryParam("model") @Nullable String model,
      @Parameter(description = "Whether to return the vector too: true or false")
          @QueryParam("vector")
          @Nullable String vector) {
    return search.image(
        parameters.imageId(id),
        parameters.tenant(tenant),
        model,
        parameters.flag("vector", vector));
  }

  /** Has an image forgotten. */
  @DELETE
  @Path("{id}")
  @Operation(
      summary = "Delete an image",
      description =
          "It leaves the index once the deletion has been processed. An id that the index does not"
              + " hold is deleted too, since its upload may be under way.")
  @APIResponse(
      responseCode = "202",
      description = ACCEPTED,
      content = @Content(schema = @Schema(implementation = UploadReceipt.class)))
  public Response delete(
      @PathParam("id") String id,
      @Parameter(description = TENANT) @QueryParam("tenant") @Nullable String tenant,
      @Parameter(hidden = true) @HeaderParam(TRACE_PARENT) @Nullable String traceParent) {
    UploadProducer.Origin origin = origin(tenant, null, null, traceParent);
    String imageId = parameters.imageId(id);
    if (isTaken(imageId, origin.tenant())) {
      throw SearchException.notFound(imageId);
    }
    return Response.accepted(producer.delete(imageId, origin)).build();
  }

  /** Searches for near-duplicates of an image. */
  @GET
  @Path("{id}/matches")
  @Operation(
      summary = "Near-duplicates of an image",
      description =
          "As a search by its id; the threshold is that of the model whose index is searched, unless given")
  public SearchAnswer matches(@PathParam("id") String id, @BeanParam SearchWishes wishes) {
    return search.matches(parameters.imageId(id), parameters.search(wishes));
  }

  private UploadProducer.Origin origin(
      @Nullable String tenant,
      @Nullable String category,
      @Nullable String contentType,
      @Nullable String traceParent) {
    availability.requireReady();
    if (isText(contentType)) {
      search.requireTexts(); // else it would go to the dead letters, whatever it says
    }
    boolean traced = traceParent != null && traceParent.length() <= TRACE_PARENT_LENGTH_MAX;
    return new UploadProducer.Origin(
        parameters.tenant(tenant),
        parameters.category(category),
        contentType,
        traced ? traceParent : null);
  }

  private static boolean isText(@Nullable String contentType) {
    return contentType != null && UploadEventReader.isText(contentType);
  }

  /** An id names one image of all tenants: nobody may replace another tenant's. */
  private String newImageId(@Nullable String id, String tenant) {
    if (id == null) {
      return UUID.randomUUID().toString();
    }
    String imageId = parameters.imageId(id);
    if (isTaken(imageId, tenant)) {
      throw new ProblemException(
          Response.Status.CONFLICT.getStatusCode(),
          "id-taken",
          "this id cannot be used: choose another, or leave it out to have one made up");
    }
    return imageId;
  }

  private boolean isTaken(String imageId, String tenant) {
    return search.ownerOf(imageId).filter(owner -> !owner.equals(tenant)).isPresent();
  }

  private static Response accepted(UploadReceipt receipt) {
    UriBuilder location = UriBuilder.fromPath("/v1/images/{id}");
    if (!receipt.tenant().isEmpty()) {
      location.queryParam("tenant", "{tenant}");
    }
    return Response.accepted(receipt)
        .location(
            receipt.tenant().isEmpty()
                ? location.build(receipt.id())
                : location.build(receipt.id(), receipt.tenant()))
        .build();
  }
}
