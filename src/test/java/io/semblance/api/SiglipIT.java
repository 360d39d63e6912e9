package io.semblance.api;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.withinPercentage;
import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.hasSize;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.QuarkusTestProfile;
import io.quarkus.test.junit.TestProfile;
import io.restassured.path.json.JsonPath;
import io.semblance.EmbeddedBrokerResource;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The whole service with a tiny SigLIP, which judges each label by itself. */
@QuarkusTest
@QuarkusTestResource(EmbeddedBrokerResource.class)
@TestProfile(SiglipIT.WithSiglip.class)
class SiglipIT {
  private static final Path MODEL = Path.of("../shared/models/golden/siglip");
  private static final Path PICTURES = Path.of("../shared/data");
  private static final Duration PATIENCE = Duration.ofSeconds(90);

  /** The probabilities are small, and so is the difference that a wrong bias makes. */
  private static final double TOLERANCE_PERCENT = 2;

  /** A service that runs the golden SigLIP, if that is there. */
  public static final class WithSiglip implements QuarkusTestProfile {
    @Override
    public Map<String, String> getConfigOverrides() {
      return Files.exists(MODEL) ? Map.of("semblance.model.directory", MODEL.toString()) : Map.of();
    }
  }

  @Test
  void shouldGiveEachLabelTheProbabilityOfTheReference() throws Exception {
    assumeTrue(Files.exists(MODEL), "golden model absent: " + MODEL);
    await()
        .atMost(PATIENCE)
        .untilAsserted(() -> given().get("/q/health/ready").then().statusCode(200));
    JsonNode zeroShot =
        new ObjectMapper().readTree(MODEL.resolve("golden.json").toFile()).path("zero_shot");
    List<String> labels = new ArrayList<>();
    zeroShot.path("labels").forEach(label -> labels.add(label.asText()));
    for (int i = 0; i < zeroShot.path("images").size(); i++) {
      Path picture = PICTURES.resolve(zeroShot.path("images").path(i).asText());
      JsonPath answer =
          given()
              .contentType(picture.toString().endsWith(".png") ? "image/png" : "image/jpeg")
              .queryParam("label", labels)
              .queryParam("template", zeroShot.path("template").asText())
              .body(Files.readAllBytes(picture))
              .post("/v1/classify")
              .then()
              .statusCode(200)
              .body("exclusive", equalTo(false))
              .body("labels", hasSize(labels.size()))
              .extract()
              .jsonPath();
      List<Double> probabilities = answer.getList("labels.probability", Double.class);
      assertThat(probabilities).isSortedAccordingTo(Comparator.reverseOrder());
      for (int j = 0; j < labels.size(); j++) {
        String label = answer.getString("labels[%d].label".formatted(j));
        double expected =
            zeroShot.path("probabilities").path(i).path(labels.indexOf(label)).asDouble();
        assertThat(probabilities.get(j))
            .as("%s, %s", picture, label)
            .isCloseTo(expected, withinPercentage(TOLERANCE_PERCENT));
      }
    }
  }
}
