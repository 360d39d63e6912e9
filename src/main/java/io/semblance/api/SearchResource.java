package io.semblance.api;

import io.semblance.search.SearchAnswer;
import io.semblance.search.SearchParameters;
import io.semblance.search.SearchQuery;
import io.semblance.search.SearchService;
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

/** Searches by image, text, vector or id. */
@Path("/v1/search")
@Produces(MediaType.APPLICATION_JSON)
@Tag(name = "Search", description = "Finds images that have been seen before")
@APIResponse(
    responseCode = "200",
    description = "The matches, best first. partial says whether shards are missing.",
    content = @Content(schema = @Schema(implementation = SearchAnswer.class)))
@APIResponse(
    responseCode = "default",
    description = "A problem; 429 and 503 say after which time to try again",
    content =
        @Content(mediaType = Problem.MEDIA_TYPE, schema = @Schema(implementation = Problem.class)))
public class SearchResource {
  private static final String WHAT = "Search by image, text, vector or id";
  private static final String HOW =
      "The images of one tenant that are most similar to the image in the body, to a text, to a"
          + " vector or to an indexed image. A picture without information gets the verdict"
          + " LOW_INFORMATION. A text takes a model with a text tower, else the answer is 422. The"
          + " parameters may be fields of a form.";

  private final SearchService search;
  private final RequestBodies bodies;
  private final RequestParameters parameters;

  @Inject
  SearchResource(SearchService search, RequestBodies bodies, RequestParameters parameters) {
    this.search = search;
    this.bodies = bodies;
    this.parameters = parameters;
  }

  /** Searches by the vector, the id or the text that a JSON body holds. */
  @POST
  @Consumes(MediaType.APPLICATION_JSON)
  @Operation(summary = WHAT, description = HOW)
  public SearchAnswer byJson(
      @RequestBody(content = @Content(schema = @Schema(implementation = SearchBody.class)))
          @Nullable InputStream body) {
    SearchBody wanted = bodies.json(body, SearchBody.class);
    SearchParameters checked =
        parameters.search(
            wanted.k(),
            wanted.threshold(),
            wanted.relativeThreshold(),
            wanted.tenant(),
            wanted.categories(),
            wanted.model());
    if (wanted.hasOneQuery()) {
      float[] vector = wanted.vector();
      if (vector != null) {
        return search.search(new SearchQuery.ByVector(vector), checked);
      }
      String id = wanted.id();
      if (id != null) {
        return search.search(new SearchQuery.ById(parameters.imageId(id)), checked);
      }
      String text = wanted.text();
      if (text != null) {
        return search.search(new SearchQuery.ByText(text), checked);
      }
    }
    throw ProblemException.badRequest(
        "invalid-query", "the body must have one of \"vector\", \"id\" and \"text\", and only one");
  }

  /** Searches by the image that is the body. */
  @POST
  @Consumes({"image/*", MediaType.APPLICATION_OCTET_STREAM})
  @Operation(summary = WHAT, description = HOW)
  public SearchAnswer byImage(
      @RequestBody(
              content =
                  @Content(
                      mediaType = "image/*",
                      schema = @Schema(type = SchemaType.STRING, format = "binary")))
          @Nullable InputStream body,
      @BeanParam SearchWishes wishes) {
    SearchParameters checked = parameters.search(wishes);
    return bodies.withImage(body, bytes -> search.search(new SearchQuery.ByImage(bytes), checked));
  }

  /** Searches by the image in the form field {@code image}, or by that in {@code text}. */
  @POST
  @Consumes(MediaType.MULTIPART_FORM_DATA)
  @Operation(summary = WHAT, description = HOW)
  public SearchAnswer byForm(
      @RestForm("image") @Nullable FileUpload image,
      @RestForm("text") @Nullable String text,
      @BeanParam SearchWishes wishes) {
    SearchParameters checked = parameters.search(wishes);
    if (text == null) {
      return bodies.withImage(
          image, bytes -> search.search(new SearchQuery.ByImage(bytes), checked));
    }
    if (image != null) {
      throw ProblemException.badRequest(
          "invalid-query", "the form has both \"image\" and \"text\": send one of them");
    }
    return search.search(new SearchQuery.ByText(text), checked);
  }
}
