package io.semblance;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.response.Response;
import io.semblance.event.CloudEventHeaders;
import io.semblance.event.Topics;
import io.semblance.event.VectorSerde;
import io.semblance.image.Manifest;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Every file of the torture set through the service's two doors: the topic and REST. */
@QuarkusTest
@QuarkusTestResource(EmbeddedBrokerResource.class)
class TortureServiceTest {
  private static final Path ROOT = Path.of("../shared/data/torture");
  private static final Duration READY_LIMIT = Duration.ofSeconds(90);
  private static final Duration SLOWEST = Duration.ofSeconds(10);

  /** A good photograph follows each so many files, into the same batches. */
  private static final int FILES_PER_PHOTOGRAPH = 5;

  /** Batches of other sizes sum in other orders. */
  private static final float TOLERANCE = 1e-4f;

  @ConfigProperty(name = "kafka.bootstrap.servers")
  String bootstrapServers;

  private final String test = UUID.randomUUID().toString();

  @BeforeEach
  void awaitReady() {
    assumeTrue(Files.exists(ROOT), "torture set absent: ../shared/data/torture");
    await()
        .atMost(READY_LIMIT)
        .untilAsserted(() -> given().get("/q/health/ready").then().statusCode(200));
  }

  @Test
  void shouldEmbedOrRefuseEveryFileOfTheTopicAndHarmNoNeighbour() throws IOException {
    List<Manifest.Row> rows = Manifest.read(ROOT.resolve("manifest.csv"));
    byte[] photograph = photograph();
    List<String> failures = new ArrayList<>();
    int embedded = 0;
    int photographs = 0;
    float[] expected = null;
    try (KafkaProbe kafka =
        new KafkaProbe(bootstrapServers, Topics.IMAGE_EMBEDDINGS, Topics.DEAD_LETTERS)) {
      for (Manifest.Row row : rows) {
        kafka.send(
            Topics.IMAGE_UPLOADS,
            id(row.get("file")),
            Files.readAllBytes(ROOT.resolve(row.get("file"))),
            "ce_tenant",
            test);
        if (photographs * FILES_PER_PHOTOGRAPH < rows.indexOf(row)) {
          String id = id("photograph-" + photographs++);
          kafka.send(Topics.IMAGE_UPLOADS, id, photograph, "ce_tenant", test);
        }
      }
      for (Manifest.Row row : rows) {
        ConsumerRecord<byte[], byte[]> result = result(kafka, id(row.get("file")));
        boolean isEmbedded = result.topic().equals(Topics.IMAGE_EMBEDDINGS);
        embedded += isEmbedded ? 1 : 0;
        if (isStrict(row) && isEmbedded != row.get("expected").equals("decodes")) {
          failures.add(row.get("file") + ": " + (isEmbedded ? "embedded" : reason(result)));
        }
        if (!isEmbedded && reason(result).isBlank()) {
          failures.add(row.get("file") + ": no reason is given");
        }
      }
      for (int i = 0; i < photographs; i++) {
        ConsumerRecord<byte[], byte[]> result = result(kafka, id("photograph-" + i));
        assertThat(result.topic()).isEqualTo(Topics.IMAGE_EMBEDDINGS);
        float[] vector = VectorSerde.fromBytes(result.value());
        expected = expected == null ? vector : expected;
        assertThat(vector).containsExactly(expected, within(TOLERANCE));
      }
    }
    System.out.printf(
        "torture set through the topic: %d of %d embedded, %d photographs among them unharmed%n",
        embedded, rows.size(), photographs);
    assertThat(failures).isEmpty();
  }

  @Test
  void shouldAnswerOrRefuseEveryFileOverRestInTime() throws IOException {
    List<String> failures = new ArrayList<>();
    List<Manifest.Row> rows = Manifest.read(ROOT.resolve("manifest.csv"));
    int answered = 0;
    for (Manifest.Row row : rows) {
      byte[] bytes = Files.readAllBytes(ROOT.resolve(row.get("file")));
      long started = System.nanoTime();
      Response response =
          given()
              .contentType("application/octet-stream")
              .queryParam("tenant", test)
              .body(bytes)
              .post("/v1/search");
      Duration took = Duration.ofNanos(System.nanoTime() - started);
      int status = response.statusCode();
      answered += status == 200 ? 1 : 0;
      boolean isProblem =
          status >= 400
              && status < 500
              && response.contentType().startsWith("application/problem+json");
      if (status != 200 && !isProblem) {
        failures.add(row.get("file") + ": " + status + " " + response.contentType());
      }
      if (isStrict(row) && (status == 200) != row.get("expected").equals("decodes")) {
        failures.add(row.get("file") + ": " + status + " " + response.asString());
      }
      if (took.compareTo(SLOWEST) > 0) {
        failures.add(row.get("file") + ": took " + took);
      }
    }
    System.out.printf(
        "torture set over REST: %d of %d searched, the others refused%n", answered, rows.size());
    assertThat(failures).isEmpty();
  }

  /** Three valid files are of formats that are not taken. */
  private static boolean isStrict(Manifest.Row row) {
    return row.get("tolerance").equals("strict")
        && !Manifest.FORMATS_NOT_TAKEN.contains(row.get("file"));
  }

  private static ConsumerRecord<byte[], byte[]> result(KafkaProbe kafka, String id) {
    return kafka.await(record -> KafkaProbe.key(record).equals(id));
  }

  private static String reason(ConsumerRecord<byte[], byte[]> letter) {
    return String.valueOf(CloudEventHeaders.text(letter.headers(), "__streams.errors.message"));
  }

  private String id(String name) {
    return test + "/" + name;
  }

  private static byte[] photograph() throws IOException {
    try (InputStream in = TortureServiceTest.class.getResourceAsStream("/demo/otters.jpg")) {
      return Objects.requireNonNull(in).readAllBytes();
    }
  }
}
