package io.semblance.api;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.contains;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.everyItem;
import static org.hamcrest.Matchers.greaterThan;
import static org.hamcrest.Matchers.hasItem;
import static org.hamcrest.Matchers.hasItems;
import static org.hamcrest.Matchers.hasSize;
import static org.hamcrest.Matchers.matchesPattern;
import static org.hamcrest.Matchers.not;
import static org.hamcrest.Matchers.notNullValue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.quarkus.runtime.StartupEvent;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.RestAssured;
import io.restassured.http.ContentType;
import io.restassured.response.Response;
import io.restassured.specification.RequestSpecification;
import io.semblance.EmbeddedBrokerResource;
import jakarta.enterprise.inject.spi.BeanManager;
import jakarta.inject.Inject;
import java.awt.image.BufferedImage;
import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import javax.imageio.ImageIO;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The HTTP interface of the whole service, over a real broker. */
@QuarkusTest
@QuarkusTestResource(EmbeddedBrokerResource.class)
class ServiceIT {
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final long SEED = 20260131;

  /** The default of semblance.api.alert-clients-max. */
  private static final int ALERT_CLIENTS_MAX = 32;

  private static final String[] SEARCH_PARAMETERS = {
    "k", "threshold", "relativeThreshold", "tenant", "category", "model"
  };

  @Inject BeanManager beans;

  @BeforeAll
  static void shouldShowAnswersThatAreNotAsExpected() {
    RestAssured.enableLoggingOfRequestAndResponseIfValidationFails();
  }

  @BeforeEach
  void shouldBecomeReady() {
    await()
        .atMost(PATIENCE)
        .untilAsserted(() -> given().get("/q/health/ready").then().statusCode(200));
  }

  @Test
  void shouldFindAnUploadedImageByItselfItsIdAndItsVector() throws IOException {
    String id = upload(picture(1), "", null);
    String other = upload(picture(1), "", null);
    given()
        .contentType("image/png")
        .body(picture(1))
        .post("/v1/search?k=2&threshold=0.9")
        .then()
        .statusCode(200)
        .body("verdict", equalTo("MATCHES"))
        .body("partial", equalTo(false))
        .body("shards.answered", equalTo(4))
        .body("matches.imageId", hasItem(id))
        .body("matches.exactBytes", hasItem(true));
    given()
        .get("/v1/images/{id}/matches", id)
        .then()
        .statusCode(200)
        .body("matches.imageId", hasItem(other))
        .body("matches.imageId", not(hasItem(id)));
    Response known = given().get("/v1/images/{id}?vector=true", id);
    assertThat(known.jsonPath().getInt("width")).isEqualTo(96);
    Object vector = known.jsonPath().get("vector");
    given()
        .contentType(ContentType.JSON)
        .body(Map.of("vector", vector, "k", 3, "threshold", 0.9))
        .post("/v1/search")
        .then()
        .statusCode(200)
        .body("matches.imageId", hasItem(id));
  }

  @Test
  void shouldTakeAFormForUploadAndSearch() throws IOException {
    String id = UUID.randomUUID().toString();
    given()
        .multiPart("image", "a.png", picture(3), "image/png")
        .post("/v1/images?id={id}", id)
        .then()
        .statusCode(202)
        .body("id", equalTo(id))
        .body("offset", notNullValue());
    awaitIndexed(id, "");
    given()
        .multiPart("image", "a.png", picture(3), "image/png")
        .post("/v1/search?k=1")
        .then()
        .statusCode(200)
        .body("matches.imageId", hasSize(1));
  }

  @Test
  void shouldReadTheFieldsOfAFormAsParameters() throws IOException {
    String id = UUID.randomUUID().toString();
    form(14)
        .multiPart("id", id)
        .multiPart("tenant", "form")
        .multiPart("category", "shoes")
        .post("/v1/images")
        .then()
        .statusCode(202)
        .body("id", equalTo(id))
        .body("tenant", equalTo("form"));
    awaitIndexed(id, "form");
    form(14)
        .multiPart("tenant", "form")
        .multiPart("category", "boots")
        .multiPart("category", "shoes")
        .post("/v1/search?k=1")
        .then()
        .statusCode(200)
        .body("matches.imageId", contains(id));
    form(14)
        .multiPart("tenant", "form")
        .multiPart("category", "boots")
        .post("/v1/search")
        .then()
        .statusCode(200)
        .body("matches", hasSize(0));
  }

  @Test
  void shouldRefuseEveryParameterThatItDoesNotRead() throws IOException {
    for (Response unknown :
        List.of(
            given().contentType("image/png").body(picture(7)).post("/v1/images?tenan=acme"),
            form(7).multiPart("tenan", "acme").post("/v1/images"),
            form(7).multiPart("tenan", "acme").post("/v1/search"),
            form(7).multiPart("labels", "a").post("/v1/classify"),
            form(7).multiPart("text", "a.txt", picture(7)).post("/v1/images"),
            given().contentType(ContentType.JSON).body("{}").post("/v1/search?tenant=acme"),
            given().contentType(ContentType.JSON).body("{}").post("/v1/images?id=a"),
            given().get("/v1/images/some-id?Tenant=acme"),
            given().get("/v1/images/some-id/matches?limit=1"),
            given().delete("/v1/images/some-id?tenan=acme"),
            given().get("/v1/alerts?since=2026-01-31T12:00:00Z"),
            given().get("/v1/status?tenant=acme"))) {
      problem(unknown, 400, "unknown-parameter");
    }
    given()
        .get("/v1/images/some-id?tenan=acme")
        .then()
        .body(
            "detail", equalTo("there is no parameter \"tenan\": there are model, tenant, vector"));
    problem(
        form(7).multiPart("tenant", "a.txt", new byte[1]).post("/v1/images"), 400, "invalid-form");
  }

  @Test
  void shouldRefuseAParameterThatIsGivenTwice() throws IOException {
    for (Response repeated :
        List.of(
            given().get("/v1/images/some-id?tenant=acme&tenant=other"),
            form(7).multiPart("tenant", "acme").post("/v1/images?tenant=other"),
            form(7).multiPart("tenant", "acme").multiPart("tenant", "a").post("/v1/images"),
            form(7).multiPart("image", "b.png", picture(8), "image/png").post("/v1/images"))) {
      problem(repeated, 400, "repeated-parameter");
    }
  }

  private static RequestSpecification form(int number) throws IOException {
    return given().multiPart("image", "a.png", picture(number), "image/png");
  }

  @Test
  void shouldHideImagesFromOtherTenants() throws IOException {
    String id = upload(picture(4), "acme", null);
    given().get("/v1/images/{id}?tenant=acme", id).then().statusCode(200);
    for (String path : new String[] {"/v1/images/{id}", "/v1/images/{id}/matches"}) {
      given().get(path, id).then().statusCode(404).body("code", equalTo("image-not-found"));
      given().get(path + "?tenant=other", id).then().statusCode(404);
    }
    given().delete("/v1/images/{id}?tenant=other", id).then().statusCode(404);
    given()
        .contentType(ContentType.JSON)
        .body(Map.of("id", id))
        .post("/v1/search")
        .then()
        .statusCode(404);
    given()
        .contentType("image/png")
        .body(picture(4))
        .post("/v1/search?threshold=0.9&tenant=other")
        .then()
        .statusCode(200)
        .body("verdict", equalTo("NO_MATCHES"));
    given()
        .contentType("image/png")
        .body(picture(5))
        .post("/v1/images?tenant=other&id={id}", id)
        .then()
        .statusCode(409)
        .body("code", equalTo("id-taken"));
  }

  @Test
  void shouldDeleteAnImage() throws IOException {
    String id = upload(picture(6), "", null);
    given().delete("/v1/images/{id}", id).then().statusCode(202).body("id", equalTo(id));
    await()
        .atMost(PATIENCE)
        .untilAsserted(() -> given().get("/v1/images/{id}", id).then().statusCode(404));
  }

  @Test
  void shouldDeleteAnImageWhoseUploadIsUnderWay() throws IOException {
    String marker = UUID.randomUUID().toString();
    String id = UUID.randomUUID().toString();
    given()
        .contentType("image/png")
        .body(picture(11))
        .post("/v1/images?id={id}", id)
        .then()
        .statusCode(202);
    given().delete("/v1/images/{id}", id).then().statusCode(202).body("id", equalTo(id));
    given()
        .contentType("image/png")
        .body(picture(11))
        .post("/v1/images?id={id}", marker)
        .then()
        .statusCode(202);
    awaitIndexed(marker, "");
    await()
        .atMost(PATIENCE)
        .untilAsserted(() -> given().get("/v1/images/{id}", id).then().statusCode(404));
    given().delete("/v1/images/{id}", "never-seen").then().statusCode(202);
  }

  @Test
  void shouldSayThatAFlatPictureCarriesNoInformation() throws IOException {
    BufferedImage flat = new BufferedImage(96, 96, BufferedImage.TYPE_INT_RGB);
    given()
        .contentType("image/png")
        .body(png(flat))
        .post("/v1/search")
        .then()
        .statusCode(200)
        .body("verdict", equalTo("LOW_INFORMATION"))
        .body("matches", hasSize(0));
  }

  @Test
  void shouldAnswerEveryFailureWithAProblemDocument() throws IOException {
    problem(given().get("/v1/nothing"), 404, "not-found");
    problem(given().get("/v1/images/unknown-id"), 404, "image-not-found");
    problem(given().put("/v1/search"), 405, "method-not-allowed");
    problem(
        given().contentType(ContentType.TEXT).body("x").post("/v1/search"),
        415,
        "unsupported-media-type");
    problem(
        image("no image at all".getBytes(StandardCharsets.UTF_8)), 415, "image-unsupported-format");
    problem(image(java.util.Arrays.copyOf(picture(7), 200)), 422, "image-corrupt");
    problem(image(new byte[0]), 400, "image-empty");
    problem(image(new byte[21 * 1024 * 1024]), 413, "image-too-many-bytes");
    problem(
        given().contentType("image/png").body(picture(7)).post("/v1/search?k=x"), 400, "invalid-k");
    problem(
        given().contentType("image/png").body(picture(7)).post("/v1/search?k=0"), 400, "invalid-k");
    problem(json("{\"vector\":[1,2]}"), 400, "invalid-vector");
    problem(json("{\"vector\":[1],\"id\":\"a\"}"), 400, "invalid-query");
    problem(json("{\"text\":\"boots\",\"id\":\"a\"}"), 400, "invalid-query");
    problem(json("{}"), 400, "invalid-query");
    problem(json("{\"id\":\"a\",\"relativeThreshold\":2}"), 400, "invalid-relative-threshold");
    problem(
        given().contentType("image/png").body(picture(7)).post("/v1/search?relativeThreshold=x"),
        400,
        "invalid-relative-threshold");
    problem(json("{\"vektor\":[1,2]}"), 400, "invalid-json");
    problem(json("{"), 400, "invalid-json");
    problem(given().multiPart("tenant", "acme").post("/v1/search"), 400, "image-field-missing");
    problem(given().get("/v1/images/{id}", "x".repeat(600)), 400, "invalid-id");
    problem(given().get("/v1/images/some-id?vector=1"), 400, "invalid-vector");
    problem(given().get("/v1/alerts?from=yesterday"), 400, "invalid-from");
    problem(
        given()
            .contentType(ContentType.JSON)
            .body("{\"dataref\":\"file:///etc/passwd\"}")
            .post("/v1/images"),
        400,
        "invalid-dataref");
    problem(
        given().contentType(ContentType.JSON).body("{}").post("/internal/v1/shards/search"),
        400,
        "model-mismatch");
  }

  @Test
  void shouldSayThatTheDefaultModelHasNoTextsAndWhatHelps() throws IOException {
    problem(json("{\"text\":\"red boots\"}"), 422, "model-without-texts");
    problem(given().multiPart("text", "red boots").post("/v1/search"), 422, "model-without-texts");
    problem(
        given().contentType("image/png").body(picture(7)).post("/v1/classify?label=a&label=b"),
        422,
        "model-without-texts");
    problem(
        given().contentType("text/plain; charset=UTF-8").body("red boots").post("/v1/images"),
        422,
        "model-without-texts");
    problem(
        given().multiPart("image", "a.txt", new byte[] {97}, "text/plain").post("/v1/images"),
        422,
        "model-without-texts");
    problem(json("{\"text\":\"red boots\",\"model\":\"clip\"}"), 400, "unknown-model");
    json("{\"text\":\"red boots\"}")
        .then()
        .body("detail", containsString("semblance-copy-160"))
        .body("detail", containsString("semblance.model.directory"));
  }

  @Test
  void shouldRefuseABodyBeyondTheServersLimitWithAProblemDocument() throws IOException {
    // Its body is never sent: the length that it announces is enough.
    String head =
        """
        POST /v1/search HTTP/1.1\r
        Host: localhost\r
        Content-Type: image/png\r
        Content-Length: 30000000\r
        \r
        """;
    try (Socket socket = new Socket("localhost", RestAssured.port)) {
      socket.setSoTimeout((int) PATIENCE.toMillis());
      socket.getOutputStream().write(head.getBytes(StandardCharsets.US_ASCII));
      String answer = new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      assertThat(answer)
          .startsWith("HTTP/1.1 413 ")
          .containsIgnoringCase("content-type: application/problem+json")
          .contains("\"code\":\"request-entity-too-large\"")
          .contains("quarkus.http.limits.max-body-size");
    }
  }

  @Test
  void shouldCheckItsSettingsAsItStarts() {
    assertThat(beans.resolveObserverMethods(new StartupEvent()))
        .extracting(observer -> observer.getBeanClass().getSimpleName())
        .contains("StartChecks");
  }

  @Test
  void shouldStreamAlertsAndResumeAfterTheLastOneSeen() throws Exception {
    String tenant = "listener";
    upload(picture(8), tenant, "first");
    String copy = upload(picture(8), tenant, "second");
    JsonNode[] alert = new JsonNode[1];
    String lastEventId =
        readAlert("/v1/alerts?tenant=" + tenant + "&from=2026-01-01T00:00:00Z", null, alert);
    assertThat(alert[0].at("/imageId").asText()).isEqualTo(copy);
    assertThat(alert[0].at("/matches").size()).isEqualTo(1);
    String third = upload(picture(8), tenant, "third");
    readAlert("/v1/alerts?tenant=" + tenant, lastEventId, alert);
    assertThat(alert[0].at("/imageId").asText()).isEqualTo(third);
  }

  @Test
  void shouldKeepNoListenersPlaceForRequestsWithoutABody() throws Exception {
    for (int i = 0; i <= ALERT_CLIENTS_MAX; i++) {
      given().head("/v1/alerts").then().statusCode(200);
    }
    assertThatAlertsAreRead("head");
  }

  @Test
  void shouldKeepNoListenersPlaceForTimesThatKafkaCannotCount() throws Exception {
    for (int i = 0; i <= ALERT_CLIENTS_MAX; i++) {
      problem(given().get("/v1/alerts?from=1960-01-01T00:00:00Z"), 400, "invalid-from");
      problem(
          given().queryParam("from", "+999999999-01-01T00:00:00Z").get("/v1/alerts"),
          400,
          "invalid-from");
    }
    assertThatAlertsAreRead("times");
  }

  private static void assertThatAlertsAreRead(String tenant) throws Exception {
    upload(picture(10), tenant, null);
    upload(picture(10), tenant, null);
    readAlert("/v1/alerts?tenant=" + tenant + "&from=2026-01-01T00:00:00Z", null, new JsonNode[1]);
  }

  @Test
  void shouldRefuseListenersBeyondTheLimitUntilOthersLeave() throws Exception {
    HttpRequest listen =
        HttpRequest.newBuilder(URI.create("http://localhost:" + RestAssured.port + "/v1/alerts"))
            .timeout(PATIENCE)
            .build();
    int listening = 0;
    try (HttpClient client = HttpClient.newHttpClient()) {
      try {
        while (listening <= ALERT_CLIENTS_MAX
            && client.send(listen, HttpResponse.BodyHandlers.ofInputStream()).statusCode() == 200) {
          listening++;
        }
        problem(given().get("/v1/alerts"), 429, "listeners-full");
      } finally {
        client.shutdownNow();
      }
    }
    assertThat(listening).isBetween(1, ALERT_CLIENTS_MAX);
    // That they have left is noticed when the next comment is sent to them.
    await()
        .atMost(PATIENCE)
        .untilAsserted(() ->
            assertThat(given().get("/q/metrics").asString())
                .doesNotContain("semblance_alerts_listeners %d.0".formatted(ALERT_CLIENTS_MAX)));
  }

  @Test
  void shouldReportTheStatusOfTheWholeIndex() throws IOException {
    upload(picture(9), "", null);
    given()
        .get("/v1/status")
        .then()
        .statusCode(200)
        .body("ready", equalTo(true))
        .body("shards.total", equalTo(4))
        .body("shards.missing", hasSize(0))
        .body("instances", hasSize(1))
        .body("instances[0].shards", hasSize(4))
        .body("instances[0].shards.snapshotFailures", everyItem(equalTo(0)))
        .body("instances[0].shards.sum { it.changesSinceSnapshot }", greaterThan(0))
        .body("model.id", notNullValue())
        .body("lag.image-uploads", notNullValue());
  }

  @Test
  void shouldMeasureItsSnapshots() throws IOException {
    upload(picture(12), "", null);
    given()
        .get("/q/metrics")
        .then()
        .statusCode(200)
        .body(containsString("semblance_index_snapshot_failures_total{model=\"matching\"} 0.0"))
        .body(matchesPattern("(?s).*semblance_index_vector_bytes\\{model=\"matching\"} [1-9].*"))
        .body(containsString("semblance_index_code_bytes{"))
        .body(containsString("semblance_index_vectors_coded{"))
        .body(containsString("semblance_index_rows_searched_total{"))
        .body(containsString("semblance_index_rows_past_first_slab_total{"))
        .body(containsString("semblance_index_rows_scored_total{"))
        .body(containsString("semblance_index_rows_found_total{"))
        .body(containsString("semblance_index_vectors_awaiting_reuse{"))
        .body(containsString("semblance_index_vectors_awaiting_snapshot{"))
        .body(
            matchesPattern(
                "(?s).*semblance_index_snapshot_pending_changes\\{model=\"matching\"} [1-9].*"));
  }

  @Test
  void shouldCountNoLagOnceAllIsProcessed() throws IOException {
    upload(picture(13), "", null);
    await()
        .atMost(PATIENCE)
        .untilAsserted(() ->
            given()
                .get("/v1/status")
                .then()
                .body("lag.image-uploads", equalTo(0))
                .body("lag.image-embeddings", equalTo(0)));
  }

  @Test
  void shouldDescribeItself() {
    given()
        .get("/q/openapi?format=json")
        .then()
        .statusCode(200)
        .body(containsString("/v1/search"))
        .body("paths.'/v1/classify'.post.parameters.name", hasItems("label", "template"))
        .body(
            "paths.'/v1/images'.post.description",
            containsString("The parameters may be fields of a form"))
        .body(containsString("application/problem+json"))
        .body(not(containsString("/internal/")))
        .body("paths.'/v1/search'.post.parameters.name", hasItems(SEARCH_PARAMETERS))
        .body("paths.'/v1/images/{id}/matches'.get.parameters.name", hasItems(SEARCH_PARAMETERS));
    given().get("/q/health/live").then().statusCode(200);
  }

  private static Response image(byte[] bytes) {
    return given().contentType("image/png").body(bytes).post("/v1/search");
  }

  private static Response json(String body) {
    return given().contentType(ContentType.JSON).body(body).post("/v1/search");
  }

  private static void problem(Response response, int status, String code) {
    response
        .then()
        .statusCode(status)
        .contentType(containsString(Problem.MEDIA_TYPE))
        .body("status", equalTo(status))
        .body("code", equalTo(code))
        .body("type", equalTo("urn:semblance:problem:" + code))
        .body("title", notNullValue())
        .body("detail", notNullValue());
  }

  /** Reads one event and hangs up; returns the event's id. */
  private static String readAlert(String path, @Nullable String lastEventId, JsonNode[] alert)
      throws Exception {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create("http://localhost:" + RestAssured.port + path));
    if (lastEventId != null) {
      request.header("Last-Event-ID", lastEventId);
    }
    try (HttpClient client = HttpClient.newHttpClient()) {
      HttpResponse<java.io.InputStream> response =
          client
              .sendAsync(
                  request.timeout(PATIENCE).build(), HttpResponse.BodyHandlers.ofInputStream())
              .get(PATIENCE.toSeconds(), java.util.concurrent.TimeUnit.SECONDS);
      assertThat(response.statusCode()).isEqualTo(200);
      assertThat(response.headers().firstValue("content-type").orElse(""))
          .startsWith("text/event-stream");
      try (BufferedReader lines =
          new BufferedReader(new InputStreamReader(response.body(), StandardCharsets.UTF_8))) {
        String id = "";
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
          if (line.startsWith("id: ")) {
            id = line.substring("id: ".length());
          } else if (line.startsWith("data: ")) {
            alert[0] = new ObjectMapper().readTree(line.substring("data: ".length()));
            return id;
          }
        }
      } finally {
        client.shutdownNow();
      }
    }
    throw new AssertionError("the stream of alerts ended without one");
  }

  private static String upload(byte[] image, String tenant, @Nullable String category) {
    var request = given().contentType("image/png").body(image).queryParam("tenant", tenant);
    if (category != null) {
      request.queryParam("category", category);
    }
    String id = request.post("/v1/images").then().statusCode(202).extract().path("id");
    awaitIndexed(id, tenant);
    return id;
  }

  private static void awaitIndexed(String id, String tenant) {
    await()
        .atMost(PATIENCE)
        .untilAsserted(() ->
            given().queryParam("tenant", tenant).get("/v1/images/{id}", id).then().statusCode(200));
  }

  /** A picture of overlapping rectangles; another for each number. */
  private static byte[] picture(int number) throws IOException {
    BufferedImage image = new BufferedImage(96, 96, BufferedImage.TYPE_INT_RGB);
    var graphics = image.createGraphics();
    Random random = new Random(SEED + number);
    for (int i = 0; i < 40; i++) {
      graphics.setColor(new java.awt.Color(random.nextInt(0xffffff)));
      graphics.fillRect(
          random.nextInt(96), random.nextInt(96), 8 + random.nextInt(48), 8 + random.nextInt(48));
    }
    graphics.dispose();
    return png(image);
  }

  private static byte[] png(BufferedImage image) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ImageIO.write(image, "png", out);
    return out.toByteArray();
  }
}
