package io.semblance.api;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.networknt.schema.InputFormat;
import com.networknt.schema.JsonSchema;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SpecVersion;
import com.networknt.schema.ValidationMessage;
import io.semblance.event.JsonSerde;
import io.semblance.event.MatchAlert;
import io.semblance.event.PairId;
import java.io.IOException;
import java.io.InputStream;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MatchAlertSchemaTest {
  private static final String HASH = "0123456789abcdef".repeat(4);
  private static final JsonSerde<MatchAlert> SERDE = new JsonSerde<>(MatchAlert.class);

  @Test
  void shouldAcceptEveryAlertAsItIsWritten() throws IOException {
    assertThat(validate(new String(SERDE.toBytes(alert()), UTF_8))).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "alertId", "imageId", "eventId", "source", "uploadedAt", "tenant", "category", "attributes",
        "contentHash", "width", "height", "model", "threshold", "matches", "truncated", "shards"
      })
  void shouldRefuseAnAlertThatLacksAField(String field) throws IOException {
    assertThat(validateChanged(alert -> alert.remove(field))).isNotEmpty();
  }

  @Test
  void shouldKnowEveryFieldOfTheRecord() throws IOException {
    ObjectMapper mapper = new ObjectMapper();
    ObjectNode alert = (ObjectNode) mapper.readTree(SERDE.toBytes(alert()));
    ObjectNode properties;
    try (InputStream schema = schema()) {
      properties = (ObjectNode) mapper.readTree(schema).get("properties");
    }
    assertThat(properties.fieldNames()).toIterable().containsAll(alert::fieldNames);
    assertThat(properties.at("/matches/items/properties").fieldNames())
        .toIterable()
        .containsAll(() -> alert.at("/matches/0").fieldNames());
  }

  @Test
  void shouldRefuseBrokenValues() throws IOException {
    assertThat(validateChanged(alert -> alert.put("uploadedAt", "yesterday"))).isNotEmpty();
    assertThat(validateChanged(alert -> alert.put("contentHash", "ab"))).isNotEmpty();
    assertThat(validateChanged(alert -> alert.put("threshold", "0.9"))).isNotEmpty();
    assertThat(validateChanged(alert -> alert.putArray("matches"))).isNotEmpty();
    assertThat(
            validateChanged(
                alert -> ((ObjectNode) alert.at("/matches/0")).put("similarity", "0.93")))
        .isNotEmpty();
    assertThat(validateChanged(alert -> ((ObjectNode) alert.get("shards")).put("total", 0)))
        .isNotEmpty();
  }

  private static Set<ValidationMessage> validateChanged(Consumer<ObjectNode> change)
      throws IOException {
    ObjectNode alert = (ObjectNode) new ObjectMapper().readTree(SERDE.toBytes(alert()));
    change.accept(alert);
    return validate(alert.toString());
  }

  private static Set<ValidationMessage> validate(String json) throws IOException {
    try (InputStream schema = schema()) {
      JsonSchema validator =
          JsonSchemaFactory.getInstance(SpecVersion.VersionFlag.V202012).getSchema(schema);
      return validator.validate(
          json,
          InputFormat.JSON,
          context -> context.getExecutionConfig().setFormatAssertionsEnabled(true));
    }
  }

  private static InputStream schema() {
    return MatchAlertSchemaTest.class.getResourceAsStream("/match-alert.schema.json");
  }

  private static MatchAlert alert() {
    Instant time = Instant.parse("2026-01-31T12:00:00.123456Z");
    return new MatchAlert(
        "event-1/alert/0-17",
        "copy",
        "event-1",
        "urn:semblance:api",
        time,
        "",
        "holiday",
        Map.of("category", "holiday", "camera", "left"),
        HASH,
        640,
        480,
        new MatchAlert.Model("semblance-copy-160", "1", HASH),
        0.87f,
        List.of(
            new MatchAlert.Match(
                "original",
                PairId.of("copy", HASH, "original", HASH),
                1.0000001f,
                true,
                time.minusSeconds(60),
                "",
                1280,
                960)),
        false,
        new MatchAlert.Shards(4, List.of(0, 1, 2, 3)));
  }
}
