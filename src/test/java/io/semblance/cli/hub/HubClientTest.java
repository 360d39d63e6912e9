package io.semblance.cli.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import com.sun.net.httpserver.HttpExchange;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What the hub is asked, what it refuses, and what it must not be believed. */
class HubClientTest extends HubFixture {
  @Test
  void shouldSendTheTokenToTheHubAlone() throws Exception {
    fetch(request(), LIMITS, Optional.of(" secret\n"));

    shouldHaveFetchedAll();
    assertThat(hub.requests())
        .filteredOn(one -> one.server().equals("hub"))
        .isNotEmpty()
        .allMatch(one -> one.authorization().equals("Bearer secret"));
    assertThat(hub.requests())
        .filteredOn(one -> one.server().equals("storage"))
        .isNotEmpty()
        .allMatch(one -> one.authorization().isEmpty());
  }

  @Test
  void shouldNotSendTheTokenBackToAHubThatAnotherHostLeadsTo() throws Exception {
    hub.next(
        "/resolve/",
        exchange ->
            FakeHub.redirect(exchange, 302, hub.url().replace("127.0.0.1", "localhost") + "/x"));
    hub.next("/x", exchange -> FakeHub.redirect(exchange, 302, hub.url() + "/y"));
    byte[] config = content("config.json");
    hub.next("/y", exchange -> FakeHub.send(exchange, 200, config, 0, config.length));

    fetch(request(), LIMITS, Optional.of("secret"));

    shouldHaveFetchedAll();
    assertThat(hub.requests())
        .filteredOn(one -> one.target().equals("/x") || one.target().equals("/y"))
        .hasSize(2)
        .allMatch(one -> one.authorization().isEmpty());
  }

  @Test
  void shouldNeverTellTheToken() throws Exception {
    hub.next("/revision/", exchange -> FakeHub.fail(exchange, 401, "", "Invalid credentials"));
    for (String token : List.of("secret", "sec\nret", "sécret")) {
      Throwable failure = catchThrowable(() -> fetch(request(), LIMITS, Optional.of(token)));
      assertThat(failure).hasMessageContaining("HF_TOKEN").message().doesNotContain("ret");
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "401|RepoNotFound||false|has no repository someone/model that you may read|set HF_TOKEN",
        "401|||false|has no repository someone/model that you may read|correct the name",
        "401|RepoNotFound||true|has no repository someone/model that you may read|a token that may read it",
        "401||Invalid credentials in Authorization header|true|does not know HF_TOKEN|make a new token",
        "401|GatedRepo|Access is restricted|false|someone/model is gated|accept its conditions",
        "403|GatedRepo|Access is restricted|true|the owner of HF_TOKEN may not read it|accept its conditions",
        "403||Not your plan|true|forbids to read someone/model (Not your plan)|give HF_TOKEN the right",
        "404|RepoNotFound||false|has no repository someone/model|correct the name",
        "404|RevisionNotFound||false|someone/model has no such revision|--revision",
        "404|||false|answers 404|correct --endpoint or HF_ENDPOINT",
        "500|||false|answers 500|try again later",
      })
  void shouldSayWhyTheHubRefusesAndWhatHelps(
      int status, String code, String message, boolean token, String cause, String remedy) {
    for (int i = 0; i < LIMITS.attemptsMax(); i++) {
      hub.next(
          "/revision/",
          exchange ->
              FakeHub.fail(
                  exchange, status, code == null ? "" : code, message == null ? "" : message));
    }
    assertThatThrownBy(
            () -> fetch(request(), LIMITS, token ? Optional.of("secret") : Optional.empty()))
        .isInstanceOf(HubException.class)
        .hasMessageContaining(cause)
        .hasMessageContaining(remedy);
  }

  @Test
  void shouldWaitAsLongAsTheHubAsksUnlessThatIsTooLong() throws Exception {
    hub.next("/tree/", exchange -> tooMany(exchange, "Retry-After", "0"));
    hub.next("/resolve/", exchange -> tooMany(exchange, "RateLimit", "\"resolvers\";r=0;t=0"));
    hub.next("/blobs/", exchange -> FakeHub.fail(exchange, 503, "", ""));
    hub.next("/blobs/", exchange -> FakeHub.fail(exchange, 403, "", "")); // an old link
    fetch(request());
    shouldHaveFetchedAll();
    assertThat(heard.pauses).hasSize(4);

    hub.next("/tree/", exchange -> tooMany(exchange, "Retry-After", "120"));
    assertThatThrownBy(() -> fetch(request()))
        .hasMessageContaining("answers 429, too many requests")
        .hasMessageContaining("wait 120 s, or set HF_TOKEN");
  }

  private static void tooMany(HttpExchange exchange, String header, String value)
      throws IOException {
    exchange.getResponseHeaders().set(header, value);
    FakeHub.fail(exchange, 429, "", "");
  }

  @Test
  void shouldSayThatTheHubCannotBeReached() throws Exception {
    int port;
    try (ServerSocket closed = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = closed.getLocalPort();
    }
    for (String endpoint : List.of("http://127.0.0.1:" + port, "https://hub.invalid")) {
      try (ModelFetch fetch =
          new ModelFetch(HubEndpoint.parse(endpoint), Optional.empty(), LIMITS, heard)) {
        assertThatThrownBy(() -> fetch.run(request()))
            .isInstanceOf(HubException.class)
            .hasMessageContaining(endpoint + " cannot be reached")
            .hasMessageContaining("--endpoint or HF_ENDPOINT")
            .hasMessageContaining("-Dhttps.proxyHost");
      }
    }
    assertThat(heard.pauses).isEmpty();
    assertThat(out()).doesNotExist();
  }

  @Test
  void shouldSayThatAServerIsNoHub() {
    hub.next(
        "/revision/",
        exchange ->
            FakeHub.send(exchange, 200, "<html>".getBytes(StandardCharsets.US_ASCII), 0, 6));
    fetchFails("is no hub", "--endpoint or HF_ENDPOINT");
    hub.next(
        "/revision/",
        exchange -> FakeHub.send(exchange, 200, "{}".getBytes(StandardCharsets.US_ASCII), 0, 2));
    fetchFails("is no hub");
    hub.list("{}");
    fetchFails("is no hub");
  }

  @ParameterizedTest
  @ValueSource(strings = {"file:///etc/passwd", "ftp://127.0.0.1/x", "http://", "::", "/loop"})
  void shouldFollowNoRedirectThatIsNotSafeOrHasNoEnd(String target) {
    for (int i = 0; i < 5; i++) {
      hub.next("/revision/", exchange -> FakeHub.redirect(exchange, 302, target));
      hub.next("/loop", exchange -> FakeHub.redirect(exchange, 302, "/loop"));
    }
    assertThatThrownBy(() -> fetch(request()))
        .isInstanceOf(HubException.class)
        .message()
        .containsPattern("leads to|redirects more than 3 times");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "../config.json", "/etc/config.json", "onnx/../../config.json", "a\\\\b", "C:/config.json",
        "", "./config.json", "a//b", "a\\u0007b", ".semblance-hub.json"
      })
  void shouldRefuseAListingWithAPathThatIsNotSafe(String path) {
    hub.list(
        "[{\"type\":\"file\",\"oid\":\"%s\",\"size\":3,\"path\":\"%s\"}]"
            .formatted("a".repeat(40), path));
    fetchFails("whose path is not safe: nothing is fetched");
  }

  @ParameterizedTest
  @CsvSource({"3,abc", "-1,aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"})
  void shouldRefuseAListingWithoutSizesAndChecksums(int size, String checksum) {
    hub.list(
        "[{\"type\":\"file\",\"oid\":\"%s\",\"size\":%d,\"path\":\"model.onnx\"}]"
            .formatted(checksum, size));
    fetchFails("lists model.onnx without size and checksum");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "a/b/c", "../x", "a--b", "https://huggingface.co/a/b", "a/b.git", "a b", "-x"})
  void shouldRefuseWhatIsNoRepositorysName(String id) {
    assertThatThrownBy(() ->
            fetch(new FetchRequest(id, "main", Optional.empty(), List.of(), out(), Long.MAX_VALUE)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("say namespace/name");
    assertThat(hub.requests()).isEmpty();
  }

  @Test
  void shouldSayWhatAnEndpointLooksLike() {
    for (String wrong :
        Arrays.asList("", "huggingface.co", "ftp://x", "https://me:pw@x", "https://x?y", "a b")) {
      assertThatThrownBy(() -> HubEndpoint.parse(wrong))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("say https://huggingface.co")
          .message()
          .doesNotContain("pw");
    }
    assertThat(HubEndpoint.parse("https://x.example/hub//")).hasToString("https://x.example/hub");
    assertThat(HubEndpoint.parse("http://mirror.example").isConfidential()).isFalse();
    assertThat(HubEndpoint.parse("https://mirror.example").isConfidential()).isTrue();
  }
}
