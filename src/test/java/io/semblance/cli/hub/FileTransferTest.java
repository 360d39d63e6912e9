package io.semblance.cli.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpExchange;
import io.semblance.cli.hub.FakeHub.Request;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Transfers that break off, stall, or bring something else. */
class FileTransferTest extends HubFixture {
  /** From where the storage was asked for large files, in order. */
  private List<Integer> begins() {
    return hub.requests().stream()
        .filter(one -> one.server().equals("storage"))
        .map(Request::range)
        .map(range -> range.isEmpty() ? 0 : Integer.parseInt(range.replaceAll("\\D", "")))
        .toList();
  }

  @Test
  void shouldGoOnWhereAConnectionBroke() throws Exception {
    byte[] vision = content(VISION);
    for (int part : List.of(200_000, 150_000)) {
      hub.next("/blobs/" + FakeHub.sha256(vision), exchange -> breakOff(exchange, vision, part));
    }

    fetch(request());

    shouldHaveFetchedAll();
    // Of what was sent just before a connection breaks, the last may be lost.
    List<Integer> resumed = begins().stream().filter(begin -> begin > 0).toList();
    assertThat(resumed).hasSize(2).isSorted();
    assertThat(resumed.getFirst()).isBetween(100_000, 200_000);
    assertThat(resumed.getLast()).isBetween(resumed.getFirst() + 50_000, 350_000);
    assertThat(heard.pauses).hasSize(2).allMatch(one -> one.contains("breaks off"));
    assertThat(heard.transferred).isEqualTo(heard.plans.getFirst().bytes());
  }

  /** Gives so many bytes from where the client asks on, and no more of those it has promised. */
  private static void breakOff(HttpExchange exchange, byte[] content, int part) throws IOException {
    String range = exchange.getRequestHeaders().getFirst("Range");
    int begin = range == null ? 0 : Integer.parseInt(range.replaceAll("\\D", ""));
    exchange
        .getResponseHeaders()
        .set(
            "Content-Range", "bytes %d-%d/%d".formatted(begin, content.length - 1, content.length));
    exchange.sendResponseHeaders(range == null ? 200 : 206, content.length - begin);
    OutputStream out = exchange.getResponseBody();
    out.write(content, begin, part);
    out.flush();
  }

  @Test
  void shouldGoOnInALaterFetch() throws Exception {
    byte[] vision = content(VISION);
    hub.next("/blobs/" + FakeHub.sha256(vision), exchange -> breakOff(exchange, vision, 300_000));
    assertThatThrownBy(() -> fetch(request(), once(), Optional.empty()))
        .isInstanceOf(HubException.class)
        .hasMessageContaining("breaks off")
        .hasMessageContaining("fetch again, which goes on from there");
    assertThat(out()).doesNotExist();
    int there;
    try (Stream<Path> parts = Files.list(out().resolveSibling("clip.incomplete/onnx"))) {
      there =
          (int)
              Files.size(
                  parts.filter(one -> one.toString().endsWith(".incomplete")).findFirst().get());
    }
    assertThat(there).isBetween(200_000, 300_000);
    hub.forget();

    fetch(request());

    shouldHaveFetchedAll();
    assertThat(begins()).containsExactly(there, 0); // the rest of one, and the last
  }

  @Test
  void shouldNotPutPartsOfTwoContentsTogether() throws Exception {
    byte[] vision = content(VISION);
    hub.put(VISION, noise(5, vision.length));
    hub.next(
        "/blobs/" + FakeHub.sha256(noise(5, vision.length)),
        exchange -> breakOff(exchange, noise(5, vision.length), 300_000));
    assertThatThrownBy(() -> fetch(request(), once(), Optional.empty()))
        .isInstanceOf(HubException.class);
    hub.put(VISION, vision);
    hub.forget();

    fetch(request());

    shouldHaveFetchedAll();
    assertThat(begins()).isNotEmpty().containsOnly(0);
  }

  @Test
  void shouldBeginAnewWhereThePartIsDamagedOrTheServerKnowsNoRanges() throws Exception {
    byte[] vision = content(VISION);
    String blob = "/blobs/" + FakeHub.sha256(vision);
    hub.next(blob, exchange -> breakOff(exchange, noise(6, vision.length), 100_000));
    hub.next(blob, exchange -> breakOff(exchange, vision, 100_000));

    fetch(request());

    shouldHaveFetchedAll();
    assertThat(begins().stream().filter(begin -> begin > 0)).hasSize(2);
    Files.delete(out().resolve(VISION));
    hub.next(blob, exchange -> breakOff(exchange, vision, 100_000));
    hub.next(blob, exchange -> FakeHub.send(exchange, 200, vision, 0, vision.length));
    fetch(request());
    shouldHaveFetchedAll();
    Files.delete(out().resolve(VISION));
    hub.next(blob, exchange -> breakOff(exchange, vision, 100_000));
    hub.next(blob, exchange -> exchange.sendResponseHeaders(416, -1));
    fetch(request());
    shouldHaveFetchedAll();
  }

  @Test
  void shouldGoOnWhereTheServerStalls() throws Exception {
    byte[] vision = content(VISION);
    CountDownLatch end = new CountDownLatch(1);
    hub.next(
        "/blobs/" + FakeHub.sha256(vision),
        exchange -> {
          breakOff(exchange, vision, 100_000);
          try {
            end.await();
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
        });
    TransferLimits impatient =
        new TransferLimits(
            LIMITS.connectTimeLimit(),
            Duration.ofMillis(500),
            3,
            LIMITS.pauseMin(),
            LIMITS.pauseMax(),
            3,
            LIMITS.lockTimeLimit());

    fetch(request(), impatient, Optional.empty());

    end.countDown();
    shouldHaveFetchedAll();
    assertThat(heard.pauses).singleElement().asString().contains("no byte came");
  }

  @Test
  void shouldRefuseWhatIsNotWhatTheHubLists() throws IOException {
    byte[] vision = content(VISION);
    hub.next(
        "/blobs/" + FakeHub.sha256(vision),
        exchange -> FakeHub.send(exchange, 200, noise(7, vision.length), 0, vision.length));
    fetchFails(VISION + " is not what", "its checksum is another", "fetch again");

    byte[] config = content("tokenizer_config.json");
    hub.next(
        "/tokenizer_config.json?",
        exchange -> FakeHub.send(exchange, 200, noise(8, config.length), 0, config.length));
    fetchFails("config.json is not what", "its checksum is another");

    hub.next(
        "/tokenizer_config.json?",
        exchange -> FakeHub.send(exchange, 200, noise(8, 5000), 0, 5000));
    fetchFails("tokenizer_config.json has 5000 bytes, but", "lists 681");
  }

  /** The server ends as it has promised: going on brings nothing more. */
  @Test
  void shouldTellAFileOfAnotherSizeThanListedFromATransferThatBreaksOff() throws Exception {
    byte[] vision = content(VISION);
    int size = vision.length - 10;
    hub.next(
        "/blobs/" + FakeHub.sha256(vision),
        exchange -> FakeHub.send(exchange, 200, Arrays.copyOf(vision, size), 0, size));

    fetchFails(
        VISION + " has " + size + " bytes",
        "lists " + vision.length,
        "its listing and its file differ",
        "fetching again does not help");

    assertThat(heard.pauses).isEmpty();
  }

  @Test
  void shouldEndWhereTheServerKnowsNoRangesAndAlwaysBreaksOff() throws Exception {
    byte[] vision = content(VISION);
    for (int transfer = 0; transfer < 50; transfer++) {
      hub.next(
          "/blobs/" + FakeHub.sha256(vision),
          exchange -> {
            exchange.sendResponseHeaders(200, vision.length);
            OutputStream out = exchange.getResponseBody();
            out.write(vision, 0, 100_000);
            out.flush();
          });
    }

    fetchFails("breaks off", "fetch again");

    // Of what was sent just before a connection breaks, the last may be lost.
    assertThat(begins()).hasSizeBetween(LIMITS.attemptsMax(), 40);
  }
}
