package io.semblance.topology;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.semblance.api.ApiLimits;
import io.semblance.embedding.LoadedModel;
import io.semblance.embedding.model.ModelDescription;
import io.semblance.search.ModelIndex;
import io.semblance.search.ModelIndexes;
import io.semblance.search.SearchOptions;
import io.smallrye.config.SmallRyeConfigBuilder;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.streams.StreamsConfig;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the service refuses to start with, each by the names of the properties as they are set. */
class StartChecksTest {
  private static final long BODY_BYTES_MAX = 24 << 20;

  @ParameterizedTest
  @CsvSource({
    "semblance.search.connect-time-limit, 0s",
    "semblance.search.attempt-time-limit, 0s",
    "semblance.search.time-limit, 0s",
    "semblance.embedding.time-limit, 0s",
    "semblance.search.results-max, 0",
    "semblance.search.results-max, 10001",
    "semblance.search.categories-max, 0",
    "semblance.search.text-length-max, 0",
    "semblance.search.text-length-max, 50001",
    "semblance.search.labels-max, 0",
    "semblance.search.labels-max, 1025",
    "semblance.embedding.text-batch-size-max, 0",
    "semblance.embedding.text-batch-size-max, 1025",
    "semblance.embedding.interactive-texts-max, 100001",
    "semblance.embedding.text-length-max, 0",
    "semblance.embedding.text-length-max, 100001",
    "semblance.search.concurrent-max, 0",
    "semblance.search.standby-lag-max, -1",
    "semblance.search.peer-message-bytes-max, 0",
    "semblance.search.peer-message-bytes-max, 3G",
    "semblance.image.bytes-max, 0",
    "semblance.image.bytes-max, 3G",
    "semblance.api.json-bytes-max, 0",
    "semblance.api.json-bytes-max, 3G",
    "semblance.api.concurrent-images-max, 0",
    "semblance.api.tenant-length-max, 0",
    "semblance.api.data-reference-length-max, 0",
    "semblance.api.results-default, 0",
    "semblance.api.upload-time-limit, 0s",
    "semblance.api.alert-clients-max, 0",
    "semblance.api.alert-heartbeat, 0s",
    "semblance.match.threshold, 0",
    "semblance.match.matches-per-shard-max, 10001",
    "semblance.match.probes-per-scan-max, 0",
    "semblance.match.pair-retention, 0s",
  })
  void shouldRefuseAValueByTheNameOfItsProperty(String property, String value) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> check(Map.of(property, value)))
        .withMessageContaining(property + " is ");
  }

  @Test
  void shouldRefuseADefaultAboveItsMaximum() {
    assertThatIllegalArgumentException()
        .isThrownBy(() ->
            check(
                Map.of(
                    "semblance.api.results-default", "11",
                    "semblance.search.results-max", "10")))
        .withMessageContaining("semblance.api.results-default is 11")
        .withMessageContaining("semblance.search.results-max 10");
  }

  @Test
  void shouldRefuseMoreLabelsThanThereIsRoomForTexts() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> check(Map.of("semblance.embedding.interactive-texts-max", "50")))
        .withMessageContaining("semblance.search.labels-max is 100: it must be 1 to 50");
  }

  @ParameterizedTest
  @CsvSource({"semblance.image.bytes-max", "semblance.api.json-bytes-max"})
  void shouldRefuseABodyLimitThatUndercutsWhatBodiesMayHold(String property) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> check(Map.of(property, "24M")))
        .withMessageContaining("quarkus.http.limits.max-body-size is 25165824 bytes")
        .withMessageContaining(property + " 25165824");
  }

  @Test
  void shouldRefuseFormsInWhichAnAllowedTextDoesNotFit() {
    SearchOptions search =
        components(Map.of("semblance.search.text-length-max", "3000")).searchOptions(streams());
    assertThatIllegalArgumentException()
        .isThrownBy(() -> StartChecks.requireRoomForTexts(search, 8_192))
        .withMessage(
            "quarkus.http.limits.max-form-attribute-size is 8192 bytes, semblance.search.text-length-max 3000 characters: the former must be at least 9000");
    assertThatCode(() -> StartChecks.requireRoomForTexts(search, 9_000)).doesNotThrowAnyException();
  }

  @Test
  void shouldAcceptTheDefaultsAndBodiesWithoutALimit() {
    assertThatCode(() -> check(Map.of())).doesNotThrowAnyException();
    assertThatCode(() ->
            StartChecks.requireConsistent(
                components(Map.of()).searchOptions(streams()),
                components(Map.of("semblance.image.bytes-max", "100M")).apiLimits(),
                Optional.empty()))
        .doesNotThrowAnyException();
  }

  /** Makes what the service makes as it starts, and checks it as it does. */
  private static void check(Map<String, String> properties) {
    Components components = components(properties);
    ModelDescription model = new ModelDescription("m", "1", "fp", 2, 0.8f);
    components.matchOptions(
        new ModelIndexes(
            List.of(new ModelIndex(LoadedModel.MATCHING, model, "topic", "store", () -> 1))));
    components.textOptions();
    SearchOptions search = components.searchOptions(streams());
    ApiLimits api = components.apiLimits();
    StartChecks.requireConsistent(search, api, Optional.of(BODY_BYTES_MAX));
  }

  private static Components components(Map<String, String> properties) {
    return new Components(
        new SmallRyeConfigBuilder()
            .addDiscoveredConverters()
            .withMapping(SemblanceConfiguration.class)
            .withDefaultValues(properties)
            .build()
            .getConfigMapping(SemblanceConfiguration.class));
  }

  private static StreamsConfig streams() {
    Map<String, Object> properties = new HashMap<>();
    properties.put(StreamsConfig.APPLICATION_ID_CONFIG, "test");
    properties.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, "localhost:1");
    properties.put(StreamsConfig.APPLICATION_SERVER_CONFIG, "localhost:2");
    return new StreamsConfig(properties);
  }
}
