package io.semblance.topology;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.quarkus.runtime.configuration.ConfigUtils;
import io.semblance.search.SearchOptions;
import io.semblance.vector.KernelProvider;
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
    "semblance.match.pairs-per-shard-max, 0",
    "semblance.match.gather-time-limit, 0s",
    "semblance.model.device, tpu",
    "semblance.model.threads, -1",
    "semblance.image.pixels-max, 0",
    "semblance.image.scans-max, 0",
    "semblance.image.decoding-bytes-max, 0",
    "semblance.image.fetch.time-limit, 0s",
    "semblance.image.fetch.redirects-max, -1",
    "semblance.image.fetch.concurrency-max, 0",
    "semblance.embedding.batch-size-max, 0",
    "semblance.embedding.batch-delay-max, 1m",
    "semblance.embedding.stream-images-max, 0",
    "semblance.embedding.interactive-images-max, 0",
    "semblance.embedding.encoded-bytes-max, 0",
    "semblance.embedding.decoding-threads, -1",
    "semblance.embedding.time-limit, 1m",
    "semblance.index.rows-per-segment, 100",
    "semblance.index.rows-per-segment, 0",
    "semblance.index.snapshot-interval-min, 11m",
    "semblance.index.snapshot-interval-max, 1s",
    "semblance.index.snapshot-changes-min, 0",
    "semblance.index.snapshot-age-max, 0s",
    "semblance.vector.kernel, 300",
    "semblance.vector.kernel, 256",
  })
  void shouldRefuseAValueByTheNameOfItsProperty(String property, String value) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> check(Map.of(property, value)))
        .withMessageContaining(property + " is ")
        .withMessageStartingWith("semblance.");
  }

  @Test
  void shouldKnowTheKernelsThatThereAre() {
    for (String kernel : List.of("auto", "scalar", "128", "256", "512")) {
      assertThatCode(() -> KernelProvider.requireKnown(kernel)).doesNotThrowAnyException();
    }
    assertThatIllegalArgumentException()
        .isThrownBy(() -> check(Map.of("semblance.vector.kernel", "300")))
        .withMessage(
            "semblance.vector.kernel is \"300\": set it to auto, scalar, 128, 256 or 512, or leave it out");
  }

  @Test
  void shouldSayWhereAKernelIsChosen() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> check(Map.of("semblance.vector.kernel", "256")))
        .withMessageContaining("JAVA_OPTS=-Dsemblance.vector.kernel=256");
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

  private static void check(Map<String, String> properties) {
    Map<String, String> all = new HashMap<>(properties);
    all.put("quarkus.kafka-streams.application-server", "localhost:2");
    all.put("kafka-streams.producer.transaction.timeout.ms", "20000");
    all.putIfAbsent("quarkus.http.limits.max-body-size", "24M");
    all.put("quarkus.http.limits.max-form-attribute-size", "8K");
    ConfigurationCheck.requireSound(
        ConfigUtils.emptyConfigBuilder()
            .withMapping(SemblanceConfiguration.class)
            .withDefaultValues(all)
            .build(),
        Optional.empty());
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
