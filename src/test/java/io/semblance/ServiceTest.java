package io.semblance;

import static io.restassured.RestAssured.given;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.contains;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.greaterThan;
import static org.hamcrest.Matchers.hasItem;
import static org.hamcrest.Matchers.not;

import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.semblance.event.CloudEventHeaders;
import io.semblance.event.JsonSerde;
import io.semblance.event.MatchAlert;
import io.semblance.event.Topics;
import io.semblance.event.VectorSerde;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import javax.imageio.ImageIO;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The whole service with its real model, on a real broker: what users see of it. */
@QuarkusTest
@QuarkusTestResource(EmbeddedBrokerResource.class)
class ServiceTest {
  private static final Duration READY_LIMIT = Duration.ofSeconds(90);
  private static final int PARTITIONS = 4;
  private static final String DEAD_LETTER_MESSAGE = "__streams.errors.message";

  @ConfigProperty(name = "kafka.bootstrap.servers")
  String bootstrapServers;

  private KafkaProbe kafka;

  /** Keeps the tests apart: each has images, and a tenant, of its own. */
  private final String test = UUID.randomUUID().toString();

  @BeforeEach
  void awaitReady() {
    kafka =
        new KafkaProbe(
            bootstrapServers, Topics.IMAGE_EMBEDDINGS, Topics.MATCH_ALERTS, Topics.DEAD_LETTERS);
    await()
        .atMost(READY_LIMIT)
        .untilAsserted(() -> given().get("/q/health/ready").then().statusCode(200));
  }

  @AfterEach
  void close() {
    kafka.close();
  }

  @Test
  void shouldAlertAnEditedCopyOnceWithItsOriginal() throws IOException {
    upload("original", photograph("otters.jpg"), "ce_seller", "42");
    kafka.await(Topics.IMAGE_EMBEDDINGS, id("original"));

    upload("copy", mirrored(photograph("otters.jpg")), "ce_id", "event-7", "ce_seller", "43");

    ConsumerRecord<byte[], byte[]> record = kafka.await(Topics.MATCH_ALERTS, id("copy"));
    MatchAlert alert = new JsonSerde<>(MatchAlert.class).fromBytes(record.value());
    assertThat(alert.matches()).hasSize(1);
    assertThat(alert.matches().getFirst().imageId()).isEqualTo(id("original"));
    assertThat(alert.matches().getFirst().similarity()).isGreaterThan(alert.threshold());
    assertThat(alert.matches().getFirst().exactBytes()).isFalse();
    assertThat(alert.eventId()).isEqualTo("event-7");
    assertThat(alert.tenant()).isEqualTo(test);
    assertThat(alert.attributes()).containsEntry("seller", "43");
    assertThat(alert.shards().answered()).containsExactly(0, 1, 2, 3);
    assertThat(CloudEventHeaders.text(record.headers(), "ce_causationid")).isEqualTo("event-7");
    awaitLaterAlerts();
    assertThat(kafka.seen())
        .filteredOn(one ->
            one.topic().equals(Topics.MATCH_ALERTS)
                && (KafkaProbe.key(one).equals(id("original"))
                    || KafkaProbe.key(one).equals(id("copy"))))
        .as("alerts that name the pair")
        .hasSize(1);
  }

  @Test
  void shouldPublishAUnitVectorWithItsModelAndContent() {
    upload("photo", photograph("saturn.jpg"));

    ConsumerRecord<byte[], byte[]> record = kafka.await(Topics.IMAGE_EMBEDDINGS, id("photo"));

    float[] vector = VectorSerde.fromBytes(record.value());
    double norm = 0;
    for (float component : vector) {
      norm += component * component;
    }
    assertThat(vector).hasSize(256);
    assertThat(norm).isCloseTo(1, org.assertj.core.data.Offset.offset(1e-5));
    assertThat(CloudEventHeaders.text(record.headers(), "ce_modelid"))
        .isEqualTo("semblance-copy-160");
    assertThat(CloudEventHeaders.text(record.headers(), "ce_tenant")).isEqualTo(test);
  }

  @Test
  void shouldNeverMatchAcrossTenants() {
    byte[] photo = photograph("casa-mila.jpg");
    kafka.send(Topics.IMAGE_UPLOADS, id("mine"), photo, "ce_tenant", test);
    kafka.await(Topics.IMAGE_EMBEDDINGS, id("mine"));

    kafka.send(Topics.IMAGE_UPLOADS, id("theirs"), photo, "ce_tenant", test + "-other");
    kafka.send(Topics.IMAGE_UPLOADS, id("mine-too"), photo, "ce_tenant", test);

    MatchAlert alert =
        new JsonSerde<>(MatchAlert.class)
            .fromBytes(kafka.await(Topics.MATCH_ALERTS, id("mine-too")).value());
    assertThat(alert.matches()).extracting(MatchAlert.Match::imageId).containsExactly(id("mine"));
    awaitLaterAlerts();
    assertThat(kafka.seen())
        .noneMatch(one ->
            one.topic().equals(Topics.MATCH_ALERTS) && KafkaProbe.key(one).equals(id("theirs")));
    given()
        .queryParam("tenant", test + "-other")
        .get("/v1/images/{id}", id("mine"))
        .then()
        .statusCode(404);
  }

  @Test
  void shouldKeepADeadLetterWithOriginAndReasonAndHarmNoNeighbour() {
    upload("good", photograph("lighthouse.jpg"));
    kafka.send(Topics.IMAGE_UPLOADS, id("bad"), "no image".getBytes(UTF_8), "ce_tenant", test);
    upload("good-too", photograph("kitten-on-lawn.jpg"));

    ConsumerRecord<byte[], byte[]> letter = kafka.await(Topics.DEAD_LETTERS, id("bad"));

    assertThat(letter.value()).isEqualTo("no image".getBytes(UTF_8));
    assertThat(CloudEventHeaders.text(letter.headers(), DEAD_LETTER_MESSAGE))
        .contains("JPEG, PNG, WebP");
    assertThat(CloudEventHeaders.text(letter.headers(), "__streams.errors.topic"))
        .isEqualTo(Topics.IMAGE_UPLOADS);
    kafka.await(Topics.IMAGE_EMBEDDINGS, id("good"));
    kafka.await(Topics.IMAGE_EMBEDDINGS, id("good-too"));
  }

  @Test
  void shouldExplainRecordsThatBreakTheContract() {
    String note = "note-" + test;
    kafka.send(Topics.IMAGE_UPLOADS, null, photograph("saturn.jpg"), "ce_note", note);
    kafka.send(Topics.IMAGE_UPLOADS, id("time"), photograph("saturn.jpg"), "ce_time", "yesterday");
    kafka.send(
        Topics.IMAGE_UPLOADS, id("host"), null, "ce_dataref", "http://169.254.169.254/latest");

    assertThat(reason(kafka.await(letter -> note.equals(text(letter, "ce_note")))))
        .contains("no key");
    assertThat(reason(kafka.await(Topics.DEAD_LETTERS, id("time")))).contains("ce_time");
    assertThat(reason(kafka.await(Topics.DEAD_LETTERS, id("host"))))
        .contains("semblance.image.fetch.allowed-hosts");
  }

  @Test
  void shouldForgetADeletedImageEverywhere() {
    upload("gone", photograph("orange-hallway.jpg"));
    kafka.await(Topics.IMAGE_EMBEDDINGS, id("gone"));
    awaitIndexed("gone");

    kafka.send(Topics.IMAGE_UPLOADS, id("gone"), null, "ce_tenant", test);

    kafka.await(record ->
        record.topic().equals(Topics.IMAGE_EMBEDDINGS)
            && KafkaProbe.key(record).equals(id("gone"))
            && record.value() == null);
    await()
        .untilAsserted(() ->
            given()
                .queryParam("tenant", test)
                .get("/v1/images/{id}", id("gone"))
                .then()
                .statusCode(404));
    given()
        .contentType("image/jpeg")
        .body(photograph("orange-hallway.jpg"))
        .queryParam("tenant", test)
        .post("/v1/search")
        .then()
        .statusCode(200)
        .body("matches.imageId", not(hasItem(id("gone"))));
  }

  @Test
  void shouldFindAnImageByBytesVectorAndId() throws IOException {
    upload("known", photograph("pancakes-thick.jpg"));
    upload("known-too", mirrored(photograph("pancakes-thick.jpg")));
    byte[] vector = kafka.await(Topics.IMAGE_EMBEDDINGS, id("known")).value();
    awaitIndexed("known");
    awaitIndexed("known-too");

    given()
        .contentType("image/png")
        .body(mirrored(photograph("pancakes-thick.jpg")))
        .queryParam("tenant", test)
        .queryParam("k", 3)
        .post("/v1/search")
        .then()
        .statusCode(200)
        .body("matches.imageId", contains(id("known-too"), id("known")))
        .body("matches[1].similarity", greaterThan(0.766f))
        .body("partial", equalTo(false));
    given()
        .contentType("application/json")
        .body(Map.of("vector", VectorSerde.fromBytes(vector), "k", 1, "tenant", test))
        .post("/v1/search")
        .then()
        .statusCode(200)
        .body("matches[0].imageId", equalTo(id("known")));
    given()
        .contentType("application/json")
        .body(Map.of("id", id("known"), "k", 2, "tenant", test))
        .post("/v1/search")
        .then()
        .statusCode(200)
        .body("matches.imageId", contains(id("known-too")))
        .body("matches[0].similarity", greaterThan(0.766f));
  }

  @Test
  void shouldNeverMatchAPictureWithoutInformation() throws IOException {
    byte[] blank = png(new BufferedImage(200, 200, BufferedImage.TYPE_INT_RGB));
    upload("blank", blank);
    upload("blank-too", blank);
    upload("marker", photograph("denali-range.jpg"));
    upload("marker-too", photograph("denali-range.jpg"));

    kafka.await(record ->
        record.topic().equals(Topics.MATCH_ALERTS)
            && KafkaProbe.key(record).startsWith(id("marker")));
    assertThat(
            CloudEventHeaders.text(
                kafka.await(Topics.IMAGE_EMBEDDINGS, id("blank")).headers(),
                CloudEventHeaders.LOW_INFORMATION))
        .isEqualTo("true");
    assertThat(kafka.seen())
        .noneMatch(one ->
            one.topic().equals(Topics.MATCH_ALERTS) && KafkaProbe.key(one).startsWith(id("blank")));
  }

  /**
   * Waits for an alert of a later upload in each partition: an image's alert comes from its own
   * partition, in the order of its upload, so that what earlier uploads raise has come by then. A
   * pair is alerted by whichever of its images meets the other, so uploads go on until each
   * partition has raised one.
   */
  private void awaitLaterAlerts() {
    byte[] marker = photograph("lake-sherburne.jpg");
    upload("marker", marker);
    awaitIndexed("marker");
    Map<String, Integer> markers = new HashMap<>();
    Set<Integer> raised = new HashSet<>();
    for (int i = 0; raised.size() < PARTITIONS; i++) {
      String name = "marker-" + i;
      int partition = upload(name, marker).partition();
      markers.put(id(name), partition);
      if (!raised.contains(partition)) {
        awaitIndexed(name);
        ConsumerRecord<byte[], byte[]> alert =
            kafka.await(one ->
                one.topic().equals(Topics.MATCH_ALERTS)
                    && markers.containsKey(KafkaProbe.key(one))
                    && !raised.contains(markers.get(KafkaProbe.key(one))));
        raised.add(markers.get(KafkaProbe.key(alert)));
      }
    }
  }

  private void awaitIndexed(String name) {
    await()
        .untilAsserted(() ->
            given()
                .queryParam("tenant", test)
                .get("/v1/images/{id}", id(name))
                .then()
                .statusCode(200));
  }

  private RecordMetadata upload(String name, byte[] image, String... headers) {
    String[] all = new String[headers.length + 2];
    System.arraycopy(headers, 0, all, 2, headers.length);
    all[0] = "ce_tenant";
    all[1] = test;
    return kafka.send(Topics.IMAGE_UPLOADS, id(name), image, all);
  }

  private String id(String name) {
    return test + "/" + name;
  }

  private static String reason(ConsumerRecord<byte[], byte[]> letter) {
    return String.valueOf(text(letter, DEAD_LETTER_MESSAGE));
  }

  private static @org.jspecify.annotations.Nullable String text(
      ConsumerRecord<byte[], byte[]> record, String header) {
    return CloudEventHeaders.text(record.headers(), header);
  }

  private static byte[] photograph(String name) {
    try (InputStream in = ServiceTest.class.getResourceAsStream("/demo/" + name)) {
      return Objects.requireNonNull(in, name).readAllBytes();
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private static byte[] mirrored(byte[] photograph) throws IOException {
    BufferedImage picture = ImageIO.read(new ByteArrayInputStream(photograph));
    int width = picture.getWidth();
    BufferedImage mirrored =
        new BufferedImage(width, picture.getHeight(), BufferedImage.TYPE_INT_RGB);
    mirrored.createGraphics().drawImage(picture, width, 0, -width, picture.getHeight(), null);
    return png(mirrored);
  }

  private static byte[] png(BufferedImage picture) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    ImageIO.write(picture, "png", bytes);
    return bytes.toByteArray();
  }
}
