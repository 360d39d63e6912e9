package io.semblance.api;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.everyItem;
import static org.hamcrest.Matchers.hasSize;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.QuarkusTestProfile;
import io.quarkus.test.junit.TestProfile;
import io.restassured.http.ContentType;
import io.restassured.path.json.JsonPath;
import io.restassured.response.Response;
import io.semblance.EmbeddedBrokerResource;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The whole service with a tiny CLIP: its answers are those that the reference computed. */
@QuarkusTest
@QuarkusTestResource(EmbeddedBrokerResource.class)
@TestProfile(TextSearchIT.WithClip.class)
class TextSearchIT {
  private static final Path MODEL = Path.of("src/test/resources/models/clip-tiny");
  private static final Path PHOTOGRAPHS = Path.of("src/main/resources/demo");
  private static final Duration PATIENCE = Duration.ofSeconds(90);
  private static final double VECTOR_TOLERANCE = 1e-3;
  private static final double PROBABILITY_TOLERANCE = 1e-3;

  /** A service that runs the committed CLIP. */
  public static final class WithClip implements QuarkusTestProfile {
    @Override
    public Map<String, String> getConfigOverrides() {
      return Map.of("semblance.model.directory", MODEL.toString());
    }
  }

  private final JsonNode golden = golden();

  private static JsonNode golden() {
    try {
      return new ObjectMapper().readTree(MODEL.resolve("golden.json").toFile());
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Uploads the golden photographs, of which another test may have uploaded some already. */
  @BeforeEach
  void shouldIndexThePhotographs() throws IOException {
    await()
        .atMost(PATIENCE)
        .untilAsserted(() -> given().get("/q/health/ready").then().statusCode(200));
    for (String file : photographs()) {
      given()
          .contentType("image/jpeg")
          .body(Files.readAllBytes(PHOTOGRAPHS.resolve(file)))
          .post("/v1/images?category=photo&id={id}", file)
          .then()
          .statusCode(202);
    }
    for (String file : photographs()) {
      await()
          .atMost(PATIENCE)
          .untilAsserted(() -> given().get("/v1/images/{id}", file).then().statusCode(200));
    }
  }

  private List<String> photographs() {
    List<String> files = new ArrayList<>();
    golden.path("images").forEach(image -> files.add(image.path("file").asText()));
    return files;
  }

  /** Returns the reference's similarity of a text to each photograph. */
  private Map<String, Double> expected(JsonNode text) {
    Map<String, Double> similarities = new HashMap<>();
    for (JsonNode image : golden.path("images")) {
      similarities.put(
          image.path("file").asText(),
          cosine(image.at("/embeddings/image_embeds/vector"), text.path("vector")));
    }
    return similarities;
  }

  private static double cosine(JsonNode first, JsonNode second) {
    double product = 0;
    double firstSquares = 0;
    double secondSquares = 0;
    for (int i = 0; i < first.size(); i++) {
      product += first.path(i).asDouble() * second.path(i).asDouble();
      firstSquares += Math.pow(first.path(i).asDouble(), 2);
      secondSquares += Math.pow(second.path(i).asDouble(), 2);
    }
    return product / Math.sqrt(firstSquares * secondSquares);
  }

  private static Response search(Map<String, ?> body) {
    return given().contentType(ContentType.JSON).body(body).post("/v1/search");
  }

  @Test
  void shouldFindPhotographsByTextInTheOrderOfTheReference() {
    for (int i = 0; i < 4; i++) {
      JsonNode text = golden.path("text").path(i);
      Map<String, Double> expected = expected(text);
      JsonPath answer =
          search(
                  Map.of(
                      "text", text.path("text").asText(), "k", 10, "categories", List.of("photo")))
              .then()
              .statusCode(200)
              .body("verdict", equalTo("MATCHES"))
              .body("partial", equalTo(false))
              .extract()
              .jsonPath();
      List<String> found = answer.getList("matches.imageId");
      assertThat(found)
          .containsExactlyElementsOf(
              expected.keySet().stream()
                  .sorted(Comparator.comparing(expected::get).reversed())
                  .toList());
      for (int j = 0; j < found.size(); j++) {
        assertThat(answer.getDouble("matches[%d].similarity".formatted(j)))
            .isCloseTo(
                Objects.requireNonNull(expected.get(found.get(j))), within(VECTOR_TOLERANCE));
      }
    }
  }

  @Test
  void shouldCutWhatIsFarBelowTheBest() {
    String text = golden.at("/text/0/text").asText();
    List<Double> all =
        search(Map.of("text", text, "categories", List.of("photo")))
            .jsonPath()
            .getList("matches.similarity", Double.class);
    float share = 0.95f;
    double lowest = all.getFirst() - (1 - share) * Math.abs(all.getFirst());
    List<Double> expected = all.stream().filter(one -> one >= lowest).toList();
    search(Map.of("text", text, "relativeThreshold", share, "categories", List.of("photo")))
        .then()
        .statusCode(200)
        .body("matches", hasSize(expected.size()));
    given()
        .multiPart("text", text)
        .post("/v1/search?relativeThreshold=1&category=photo")
        .then()
        .statusCode(200)
        .body("matches", hasSize(1));
    given()
        .multiPart("text", text)
        .multiPart("k", "2")
        .multiPart("category", "photo")
        .post("/v1/search")
        .then()
        .statusCode(200)
        .body("matches", hasSize(2));
  }

  @Test
  void shouldGiveTheProbabilitiesOfTheReference() throws IOException {
    JsonNode zeroShot = golden.path("zero_shot");
    List<String> labels = new ArrayList<>();
    zeroShot.path("labels").forEach(label -> labels.add(label.asText()));
    String template = zeroShot.path("template").asText();
    for (int i = 0; i < zeroShot.path("images").size(); i++) {
      String file = zeroShot.path("images").path(i).asText();
      JsonNode expected = zeroShot.path("probabilities").path(i);
      for (Response response :
          List.of(
              given()
                  .contentType("image/jpeg")
                  .queryParam("label", labels)
                  .queryParam("template", template)
                  .body(Files.readAllBytes(PHOTOGRAPHS.resolve(file)))
                  .post("/v1/classify"),
              given()
                  .multiPart("image", PHOTOGRAPHS.resolve(file).toFile())
                  .multiPart("label", labels.getFirst())
                  .multiPart("template", template)
                  .queryParam("label", labels.subList(1, labels.size()))
                  .post("/v1/classify"),
              given()
                  .contentType(ContentType.JSON)
                  .body(Map.of("id", file, "labels", labels, "template", template))
                  .post("/v1/classify"))) {
        JsonPath answer =
            response
                .then()
                .statusCode(200)
                .body("exclusive", equalTo(true))
                .body("lowInformation", equalTo(false))
                .body("labels", hasSize(labels.size()))
                .extract()
                .jsonPath();
        List<Double> probabilities = answer.getList("labels.probability", Double.class);
        assertThat(probabilities).isSortedAccordingTo(Comparator.reverseOrder());
        for (int j = 0; j < labels.size(); j++) {
          String label = answer.getString("labels[%d].label".formatted(j));
          assertThat(probabilities.get(j))
              .as(label)
              .isCloseTo(
                  expected.path(labels.indexOf(label)).asDouble(), within(PROBABILITY_TOLERANCE));
        }
      }
    }
  }

  @Test
  void shouldFindUploadedTextsByPicture() throws IOException {
    Map<String, Double> expected = new HashMap<>();
    JsonNode picture = golden.at("/images/0/embeddings/image_embeds/vector");
    for (int i = 0; i < 4; i++) {
      String id = "caption-" + i;
      JsonNode text = golden.path("text").path(i);
      expected.put(id, cosine(picture, text.path("vector")));
      given()
          .contentType("text/plain; charset=UTF-8")
          .body(text.path("text").asText().getBytes(StandardCharsets.UTF_8))
          .post("/v1/images?category=captions&id={id}", id)
          .then()
          .statusCode(202);
    }
    for (String id : expected.keySet()) {
      await()
          .atMost(PATIENCE)
          .untilAsserted(() ->
              given()
                  .get("/v1/images/{id}", id)
                  .then()
                  .statusCode(200)
                  .body("attributes.mediatype", equalTo("text/plain"))
                  .body("lowInformation", equalTo(false)));
    }
    JsonPath answer =
        given()
            .contentType("image/jpeg")
            .body(Files.readAllBytes(PHOTOGRAPHS.resolve(photographs().getFirst())))
            .post("/v1/search?category=captions")
            .then()
            .statusCode(200)
            .body("matches.mediaType", everyItem(equalTo("text/plain")))
            .extract()
            .jsonPath();
    List<String> found = answer.getList("matches.imageId");
    assertThat(found)
        .containsExactlyElementsOf(
            expected.keySet().stream()
                .sorted(Comparator.comparing(expected::get).reversed())
                .toList());
    assertThat(answer.getDouble("matches[0].similarity"))
        .isCloseTo(
            Objects.requireNonNull(expected.get(found.getFirst())), within(VECTOR_TOLERANCE));
  }

  @Test
  void shouldRefuseWhatCannotBeCompared() throws IOException {
    problem(search(Map.of("text", " ")), "invalid-text");
    problem(search(Map.of("text", 5)), "invalid-json");
    problem(
        given().contentType(ContentType.JSON).body("{\"text\": \"\\ud800\"}").post("/v1/search"),
        "invalid-json");
    problem(given().contentType("text/plain").body(new byte[0]).post("/v1/images"), "text-empty");
    problem(
        given().multiPart("image", "a.txt", new byte[0], "text/plain").post("/v1/images"),
        "text-empty");
    problem(search(Map.of("text", "x".repeat(1001))), "invalid-text");
    problem(given().multiPart("text", "ä".repeat(1001)).post("/v1/search"), "invalid-text");
    problem(
        given()
            .multiPart("text", "x")
            .multiPart("image", "a.jpg", new byte[] {1}, "image/jpeg")
            .post("/v1/search"),
        "invalid-query");
    problem(classify(Map.of("labels", List.of("a"))), "invalid-id");
    problem(classify(Map.of("id", "saturn.jpg")), "invalid-labels");
    problem(classify(Map.of("id", "saturn.jpg", "labels", List.of("a", "a"))), "invalid-labels");
    problem(
        classify(Map.of("id", "saturn.jpg", "labels", List.of("a"), "template", "a photo")),
        "invalid-template");
  }

  private static Response classify(Map<String, ?> body) {
    return given().contentType(ContentType.JSON).body(body).post("/v1/classify");
  }

  private static void problem(Response response, String code) {
    response
        .then()
        .statusCode(400)
        .contentType(containsString(Problem.MEDIA_TYPE))
        .body("code", equalTo(code));
  }
}
