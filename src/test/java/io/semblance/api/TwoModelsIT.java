package io.semblance.api;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.hasItem;
import static org.hamcrest.Matchers.hasSize;
import static org.hamcrest.Matchers.not;

import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.QuarkusTestProfile;
import io.quarkus.test.junit.TestProfile;
import io.restassured.http.ContentType;
import io.restassured.path.json.JsonPath;
import io.restassured.response.Response;
import io.semblance.EmbeddedBrokerResource;
import io.semblance.KafkaProbe;
import io.semblance.event.CloudEventHeaders;
import io.semblance.event.JsonSerde;
import io.semblance.event.MatchAlert;
import io.semblance.event.Topics;
import io.semblance.event.VectorSerde;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * The whole service with two models: the default one for matching and a tiny CLIP for searches,
 * each with its topic and its index.
 */
@QuarkusTest
@TestProfile(TwoModelsIT.WithClipForSearches.class)
class TwoModelsIT {
  static final String CLIP_EMBEDDINGS = "image-embeddings-clip";

  private static final Path MODEL = Path.of("src/test/resources/models/clip-tiny");
  private static final Path PHOTOGRAPHS = Path.of("src/main/resources/demo");
  private static final Duration PATIENCE = Duration.ofSeconds(90);
  private static final int MATCHING_DIMENSION = 256;

  /** A service that runs the committed CLIP beside the default model. */
  public static final class WithClipForSearches implements QuarkusTestProfile {
    @Override
    public Map<String, String> getConfigOverrides() {
      return Map.of("semblance.search-models.clip.directory", MODEL.toString());
    }

    /** A broker that has the further model's topic, in the place of the other tests'. */
    @Override
    public List<TestResourceEntry> testResources() {
      return List.of(
          new TestResourceEntry(
              EmbeddedBrokerResource.class,
              Map.of(EmbeddedBrokerResource.FURTHER_TOPICS, CLIP_EMBEDDINGS)));
    }

    @Override
    public boolean disableGlobalTestResources() {
      return true;
    }
  }

  @ConfigProperty(name = "kafka.bootstrap.servers")
  String bootstrapServers;

  private KafkaProbe kafka;

  /** Keeps the tests apart: each has images, and a tenant, of its own. */
  private final String test = UUID.randomUUID().toString();

  @BeforeEach
  void awaitReady() {
    kafka =
        new KafkaProbe(
            bootstrapServers,
            Topics.IMAGE_EMBEDDINGS,
            CLIP_EMBEDDINGS,
            Topics.MATCH_ALERTS,
            Topics.DEAD_LETTERS);
    await()
        .atMost(PATIENCE)
        .untilAsserted(() -> given().get("/q/health/ready").then().statusCode(200));
  }

  @AfterEach
  void close() {
    kafka.close();
  }

  @Test
  void shouldTellCopiesByOneModelAndFindByTextWithTheOther() throws IOException {
    upload("original", "otters.jpg");
    awaitIndexed("original", "matching");
    upload("copy", "otters.jpg");
    upload("other", "saturn.jpg");

    MatchAlert alert =
        new JsonSerde<>(MatchAlert.class)
            .fromBytes(kafka.await(Topics.MATCH_ALERTS, id("copy")).value());
    assertThat(alert.model().id()).isEqualTo("semblance-copy-160");
    assertThat(alert.matches())
        .extracting(MatchAlert.Match::imageId)
        .containsExactly(id("original"));

    for (String name : List.of("original", "copy", "other")) {
      awaitIndexed(name, "clip");
    }
    search(Map.of("text", "an otter in the water", "tenant", test))
        .then()
        .statusCode(200)
        .body("model.name", equalTo("clip"))
        .body("matches", hasSize(3))
        .body("partial", equalTo(false))
        .body("shards.total", equalTo(4));
    search(Map.of("id", id("copy"), "k", 1, "tenant", test))
        .then()
        .body("model.name", equalTo("matching"))
        .body("matches.imageId", equalTo(List.of(id("original"))));
    search(Map.of("id", id("copy"), "k", 1, "tenant", test, "model", "clip"))
        .then()
        .body("model.name", equalTo("clip"))
        .body("matches.imageId", equalTo(List.of(id("original"))));
    given()
        .contentType("image/jpeg")
        .body(photograph("saturn.jpg"))
        .post("/v1/search?k=1&model=clip&tenant={tenant}", test)
        .then()
        .statusCode(200)
        .body("model.name", equalTo("clip"))
        .body("matches.imageId", equalTo(List.of(id("other"))));
    classify(Map.of("id", id("copy"), "labels", List.of("otter", "planet"), "tenant", test))
        .then()
        .statusCode(200)
        .body("model.name", equalTo("clip"))
        .body("labels", hasSize(2));
  }

  @Test
  void shouldPublishTheVectorOfEachModelOnItsOwnTopic() throws IOException {
    upload("photo", "saturn.jpg");

    ConsumerRecord<byte[], byte[]> matching = kafka.await(Topics.IMAGE_EMBEDDINGS, id("photo"));
    ConsumerRecord<byte[], byte[]> clip = kafka.await(CLIP_EMBEDDINGS, id("photo"));

    assertThat(VectorSerde.fromBytes(matching.value())).hasSize(MATCHING_DIMENSION);
    assertThat(VectorSerde.fromBytes(clip.value())).hasSizeLessThan(MATCHING_DIMENSION);
    assertThat(header(clip, CloudEventHeaders.MODEL_ID))
        .isNotEqualTo(header(matching, CloudEventHeaders.MODEL_ID));
    assertThat(header(clip, CloudEventHeaders.CONTENT_HASH))
        .isEqualTo(header(matching, CloudEventHeaders.CONTENT_HASH));
    assertThat(header(clip, CloudEventHeaders.SOURCE)).isEqualTo("urn:semblance:embeddings:clip");
    assertThat(clip.partition()).isEqualTo(matching.partition());
  }

  @Test
  void shouldForgetADeletedImageInBothIndexes() throws IOException {
    upload("gone", "orange-hallway.jpg");
    awaitIndexed("gone", "matching");
    awaitIndexed("gone", "clip");

    given().delete("/v1/images/{id}?tenant={tenant}", id("gone"), test).then().statusCode(202);

    for (String topic : List.of(Topics.IMAGE_EMBEDDINGS, CLIP_EMBEDDINGS)) {
      kafka.await(record ->
          record.topic().equals(topic)
              && KafkaProbe.key(record).equals(id("gone"))
              && record.value() == null);
    }
    for (String model : List.of("matching", "clip")) {
      await().untilAsserted(() -> lookUp("gone", model).then().statusCode(404));
    }
    search(Map.of("text", "a hallway", "tenant", test))
        .then()
        .body("matches.imageId", not(hasItem(id("gone"))));
  }

  @Test
  void shouldIndexATextWithTheModelThatEmbedsTextsAndForgetThePictureThatItReplaces()
      throws IOException {
    upload("row", "otters.jpg");
    awaitIndexed("row", "matching");

    given()
        .contentType("text/plain")
        .body("otters in the water".getBytes(StandardCharsets.UTF_8))
        .post("/v1/images?id={id}&tenant={tenant}", id("row"), test)
        .then()
        .statusCode(202);

    await()
        .atMost(PATIENCE)
        .untilAsserted(
            () -> lookUp("row", "clip").then().body("attributes.mediatype", equalTo("text/plain")));
    await().untilAsserted(() -> lookUp("row", "matching").then().statusCode(404));
    lookUp("row", "matching").then().body("detail", containsString("texts are not in it"));
    given()
        .get("/v1/images/{id}?tenant={tenant}", id("row"), test)
        .then()
        .statusCode(200)
        .body("model.name", equalTo("clip"));
    given()
        .contentType("image/jpeg")
        .body(photograph("otters.jpg"))
        .post("/v1/images?id={id}&tenant=another", id("row"))
        .then()
        .statusCode(409);
  }

  @Test
  void shouldSendAPictureThatCannotBeDecodedToTheDeadLettersOnce() {
    kafka.send(
        Topics.IMAGE_UPLOADS,
        id("bad"),
        "no image".getBytes(StandardCharsets.UTF_8),
        "ce_tenant",
        test);

    kafka.await(Topics.DEAD_LETTERS, id("bad"));
    kafka.send(Topics.IMAGE_UPLOADS, id("bad"), null, "ce_tenant", test);
    kafka.await(CLIP_EMBEDDINGS, id("bad"));
    kafka.await(Topics.IMAGE_EMBEDDINGS, id("bad"));
    assertThat(kafka.seen())
        .filteredOn(record -> KafkaProbe.key(record).equals(id("bad")))
        .extracting(ConsumerRecord::topic)
        .containsExactlyInAnyOrder(Topics.DEAD_LETTERS, Topics.IMAGE_EMBEDDINGS, CLIP_EMBEDDINGS);
  }

  @Test
  void shouldRefuseAModelThatThereIsNotOrThatCannot() {
    search(Map.of("text", "otters", "model", "dino"))
        .then()
        .statusCode(400)
        .body("code", equalTo("unknown-model"))
        .body("detail", containsString("matching, clip"));
    search(Map.of("text", "otters", "model", "matching"))
        .then()
        .statusCode(422)
        .body("code", equalTo("model-without-texts"))
        .body("detail", containsString("name one that embeds texts: clip"));
    classify(Map.of("id", "x", "labels", List.of("a"), "model", "matching"))
        .then()
        .statusCode(422)
        .body("code", equalTo("model-without-texts"));
  }

  @Test
  void shouldSayHowEachIndexIs() throws IOException {
    upload("photo", "lighthouse.jpg");
    awaitIndexed("photo", "clip");

    JsonPath status = given().get("/v1/status").then().statusCode(200).extract().jsonPath();
    assertThat(status.getList("indexes.model.name")).containsExactly("matching", "clip");
    assertThat(status.getList("indexes.topic"))
        .containsExactly(Topics.IMAGE_EMBEDDINGS, CLIP_EMBEDDINGS);
    assertThat(status.getList("indexes.texts")).containsExactly(false, true);
    assertThat(status.getList("indexes.shards.total")).containsExactly(4, 4);
    assertThat(status.getList("indexes.shards.answered")).containsExactly(4, 4);
    assertThat(status.getInt("indexes[1].vectors")).isPositive();
    assertThat(status.getString("model.name")).isEqualTo("matching");
    assertThat(status.getMap("lag")).containsKey(CLIP_EMBEDDINGS);
    given()
        .get("/q/metrics")
        .then()
        .body(containsString("semblance_index_vectors{model=\"clip\"}"))
        .body(containsString("semblance_embedding_inference_seconds_count{model=\"matching\"}"));
  }

  private void upload(String name, String file) throws IOException {
    given()
        .contentType("image/jpeg")
        .body(photograph(file))
        .post("/v1/images?id={id}&tenant={tenant}", id(name), test)
        .then()
        .statusCode(202);
  }

  private void awaitIndexed(String name, String model) {
    await().atMost(PATIENCE).untilAsserted(() -> lookUp(name, model).then().statusCode(200));
  }

  private Response lookUp(String name, String model) {
    return given().get("/v1/images/{id}?tenant={tenant}&model={model}", id(name), test, model);
  }

  private static Response search(Map<String, ?> body) {
    return given().contentType(ContentType.JSON).body(body).post("/v1/search");
  }

  private static Response classify(Map<String, ?> body) {
    return given().contentType(ContentType.JSON).body(body).post("/v1/classify");
  }

  private static byte[] photograph(String file) throws IOException {
    return Files.readAllBytes(PHOTOGRAPHS.resolve(file));
  }

  private static @org.jspecify.annotations.Nullable String header(
      ConsumerRecord<byte[], byte[]> record, String name) {
    return CloudEventHeaders.text(record.headers(), name);
  }

  private String id(String name) {
    return test + "/" + name;
  }
}
