package io.semblance.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.semblance.image.ImageRejectedException.Reason;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Against a raw loopback server, so that it can misbehave. */
@Timeout(60)
class ImageFetcherTest {
  private interface Behaviour {
    void answer(String path, OutputStream out) throws IOException, InterruptedException;
  }

  private final List<String> requests = new CopyOnWriteArrayList<>();
  private final CountDownLatch stopped = new CountDownLatch(1);
  private volatile Behaviour behaviour = (path, out) -> write(out, ok("abc"));
  private ServerSocket server;

  @BeforeEach
  void startServer() throws IOException {
    server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    Thread.ofVirtual().start(this::serve);
  }

  @AfterEach
  void stopServer() throws IOException {
    stopped.countDown();
    server.close();
  }

  private void serve() {
    while (!server.isClosed()) {
      try {
        Socket socket = server.accept();
        Thread.ofVirtual().start(() -> answer(socket));
      } catch (IOException e) {
        return;
      }
    }
  }

  private void answer(Socket socket) {
    try (socket) {
      BufferedReader in =
          new BufferedReader(
              new InputStreamReader(socket.getInputStream(), StandardCharsets.US_ASCII));
      String first = in.readLine();
      String line;
      while ((line = in.readLine()) != null && !line.isEmpty()) {
        if (line.startsWith("Host:")) {
          requests.add(first + " " + line);
        }
      }
      behaviour.answer(first.split(" ")[1], socket.getOutputStream());
    } catch (IOException | InterruptedException e) {
      // The client has gone: that is what several tests are about.
    }
  }

  private static void write(OutputStream out, String text) throws IOException {
    out.write(text.getBytes(StandardCharsets.ISO_8859_1));
    out.flush();
  }

  private static String ok(String body) {
    return "HTTP/1.1 200 OK\r\nContent-Length: " + body.length() + "\r\n\r\n" + body;
  }

  private static String redirect(String location) {
    return "HTTP/1.1 302 Found\r\nLocation: " + location + "\r\nContent-Length: 0\r\n\r\n";
  }

  private URI uri(String path) {
    return URI.create("http://127.0.0.1:" + server.getLocalPort() + path);
  }

  private FetchRules loopback() {
    return new FetchRules(
        Set.of("127.0.0.1:" + server.getLocalPort()), 1000, Duration.ofSeconds(5), 2);
  }

  private static byte[] fetch(FetchRules rules, URI uri) throws Exception {
    return new ImageFetcher(rules).fetch(uri);
  }

  private static ImageRejectedException rejection(FetchRules rules, URI uri) {
    return catchThrowableOfType(ImageRejectedException.class, () -> fetch(rules, uri));
  }

  @Test
  void shouldFetchFromAnAllowedHostAndFollowRedirects() throws Exception {
    behaviour = (path, out) -> write(out, path.equals("/a?x=1") ? redirect("/b") : ok("picture"));

    assertThat(fetch(loopback(), uri("/a?x=1"))).asString().isEqualTo("picture");
    assertThat(requests)
        .containsExactly(
            "GET /a?x=1 HTTP/1.1 Host: 127.0.0.1:" + server.getLocalPort(),
            "GET /b HTTP/1.1 Host: 127.0.0.1:" + server.getLocalPort());
  }

  @Test
  void shouldReadChunkedAndUnboundedBodies() throws Exception {
    behaviour =
        (path, out) ->
            write(
                out,
                path.equals("/chunked")
                    ? "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                        + "3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\n"
                    : "HTTP/1.1 200 OK\r\n\r\nfghij");

    assertThat(fetch(loopback(), uri("/chunked"))).asString().isEqualTo("abcde");
    assertThat(fetch(loopback(), uri("/close"))).asString().isEqualTo("fghij");
  }

  @Test
  void shouldRefuseEverythingByDefault() {
    ImageRejectedException e =
        rejection(new FetchRules(Set.of(), 1000, Duration.ofSeconds(5), 2), uri("/a"));

    assertThat(e.reason()).isEqualTo(Reason.REFERENCE_FORBIDDEN);
    assertThat(e).hasMessageContaining("semblance.image.fetch.allowed-hosts");
    assertThat(requests).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "file:///etc/passwd",
        "ftp://127.0.0.1/a",
        "jar:http://127.0.0.1/a!/b",
        "gopher://127.0.0.1/",
        "http://user:secret@127.0.0.1/a",
        "http:/a",
        "//127.0.0.1/a",
        "http://127.0.0.1:1/a",
        "http://[::ffff:127.0.0.1]:1/a",
        "http://2130706433/a",
        "http://0x7f.1/a",
        "http://127.1/a"
      })
  void shouldRefuseOtherSchemesUsersPortsAndSpellings(String uri) {
    ImageRejectedException e = rejection(loopback(), URI.create(uri));

    assertThat(e.reason()).isEqualTo(Reason.REFERENCE_FORBIDDEN);
    assertThat(e.getMessage()).doesNotContain("secret");
    assertThat(requests).isEmpty();
  }

  @Test
  void shouldRefuseAnAllowedNameThatLeadsToAPrivateAddress() throws Exception {
    int port = server.getLocalPort();
    URI uri = URI.create("http://localhost:" + port + "/a");
    FetchRules nameOnly =
        new FetchRules(Set.of("localhost:" + port), 1000, Duration.ofSeconds(5), 2);
    FetchRules nameAndBlock =
        new FetchRules(
            Set.of("localhost:" + port, "127.0.0.1", "[::1]"), 1000, Duration.ofSeconds(5), 2);

    ImageRejectedException e = rejection(nameOnly, uri);

    assertThat(e.reason()).isEqualTo(Reason.REFERENCE_FORBIDDEN);
    assertThat(e).hasMessageContaining("no public address");
    assertThat(requests).isEmpty();
    assertThat(fetch(nameAndBlock, uri)).asString().isEqualTo("abc");
  }

  private byte[] fetchByName(String... allowedHosts) throws Exception {
    FetchRules rules = new FetchRules(Set.of(allowedHosts), 1000, Duration.ofSeconds(5), 2);
    try (ImageFetcher fetcher =
        new ImageFetcher(
            rules, 1, host -> new InetAddress[] {InetAddress.ofLiteral("127.0.0.1")})) {
      return fetcher.fetch(URI.create("http://images.example:" + server.getLocalPort() + "/a"));
    }
  }

  @Test
  void shouldOpenAListedAddressOnItsListedPortAlone() throws Exception {
    int port = server.getLocalPort();
    int otherPort = port == 1 ? 2 : 1;

    ImageRejectedException e =
        catchThrowableOfType(
            ImageRejectedException.class,
            () -> fetchByName("images.example", "127.0.0.1:" + otherPort));

    assertThat(e.reason()).isEqualTo(Reason.REFERENCE_FORBIDDEN);
    assertThat(requests).isEmpty();
    assertThat(fetchByName("images.example", "127.0.0.1:" + port)).asString().isEqualTo("abc");
    assertThat(fetchByName("images.example", "127.0.0.1")).as("every port").isNotEmpty();
  }

  @Test
  void shouldConnectToTheAddressThatWasJudgedWhateverTheNameSaysNext() throws Exception {
    AtomicInteger lookups = new AtomicInteger();
    FetchRules rules =
        new FetchRules(Set.of("images.example", "127.0.0.1"), 1000, Duration.ofSeconds(5), 2);
    ImageFetcher.Lookup changing =
        host ->
            new InetAddress[] {
              InetAddress.ofLiteral(lookups.getAndIncrement() == 0 ? "127.0.0.1" : "10.0.0.1")
            };
    try (ImageFetcher fetcher = new ImageFetcher(rules, 1, changing)) {
      URI uri = URI.create("http://images.example:" + server.getLocalPort() + "/a");
      assertThat(fetcher.fetch(uri)).asString().isEqualTo("abc");
    }
    assertThat(lookups).hasValue(1);
  }

  @Test
  void shouldGiveUpOnASlowLookup() throws Exception {
    FetchRules rules = new FetchRules(Set.of("images.example"), 1000, Duration.ofMillis(300), 2);
    ImageFetcher.Lookup stalled =
        host -> {
          while (stopped.getCount() > 0) {
            try {
              stopped.await();
            } catch (InterruptedException e) {
              // A native lookup is not interrupted either.
            }
          }
          return new InetAddress[0];
        };
    try (ImageFetcher fetcher = new ImageFetcher(rules, 1, stalled)) {
      for (int i = 0; i < 2; i++) { // the second does not even get a thread to look up
        long start = System.nanoTime();
        ImageRejectedException e =
            catchThrowableOfType(
                ImageRejectedException.class,
                () -> fetcher.fetch(URI.create("http://images.example/a")));
        assertThat(e.reason()).isEqualTo(Reason.REFERENCE_TIMEOUT);
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(3));
      }
    }
  }

  @Test
  void shouldConnectAsOftenAtATimeAsItIsToldTo() throws Exception {
    int connections = 80;
    CountDownLatch all = new CountDownLatch(connections);
    behaviour =
        (path, out) -> {
          all.countDown();
          all.await();
          write(out, ok("abc"));
        };
    try (ImageFetcher fetcher = new ImageFetcher(loopback(), connections);
        ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<byte[]>> results = new ArrayList<>();
      for (int i = 0; i < connections; i++) {
        results.add(executor.submit(() -> fetcher.fetch(uri("/a"))));
      }
      for (Future<byte[]> result : results) {
        assertThat(result.get()).asString().isEqualTo("abc");
      }
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "http://169.254.169.254/latest/meta-data",
        "http://10.0.0.1/",
        "http://[fd00::1]/",
        "http://localhost/",
        "https://127.0.0.1/",
        "file:///etc/passwd"
      })
  void shouldRefuseARedirectToAnAddressThatIsNotAllowed(String location) {
    behaviour = (path, out) -> write(out, redirect(location));

    assertThat(rejection(loopback(), uri("/a")).reason()).isEqualTo(Reason.REFERENCE_FORBIDDEN);
    assertThat(requests).hasSize(1);
  }

  @Test
  void shouldStopAfterTooManyRedirects() {
    behaviour = (path, out) -> write(out, redirect(path + "x"));

    ImageRejectedException e = rejection(loopback(), uri("/a"));

    assertThat(e.reason()).isEqualTo(Reason.REFERENCE_UNREACHABLE);
    assertThat(e).hasMessageContaining("redirects-max = 2");
    assertThat(requests).hasSize(3);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "HTTP/1.1 200 OK\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n7fffffff\r\n"
      })
  void shouldStopAnEndlessBody(String header) {
    behaviour =
        (path, out) -> {
          write(out, header);
          while (true) {
            out.write(new byte[4096]);
          }
        };

    assertThat(rejection(loopback(), uri("/a")).reason()).isEqualTo(Reason.TOO_MANY_BYTES);
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void shouldGiveUpOnASlowServer(boolean dripping) {
    behaviour =
        (path, out) -> {
          write(out, "HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n");
          while (!stopped.await(10, java.util.concurrent.TimeUnit.MILLISECONDS)) {
            if (dripping) {
              write(out, "x");
            }
          }
        };
    FetchRules rules =
        new FetchRules(
            Set.of("127.0.0.1:" + server.getLocalPort()), 1000, Duration.ofMillis(300), 2);

    long start = System.nanoTime();
    ImageRejectedException e = rejection(rules, uri("/a"));

    assertThat(e.reason()).isEqualTo(Reason.REFERENCE_TIMEOUT);
    assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(3));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "HTTP/1.1 404 Not Found\r\n\r\n",
        "HTTP/1.1 302 Found\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab",
        "HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\nab",
        "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\nab",
        "SSH-2.0-OpenSSH\r\n",
        ""
      })
  void shouldCallBrokenAnswersUnreachable(String answer) {
    behaviour = (path, out) -> write(out, answer);

    assertThat(rejection(loopback(), uri("/a")).reason()).isEqualTo(Reason.REFERENCE_UNREACHABLE);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "0.0.0.0",
        "10.9.8.7",
        "100.64.0.1",
        "127.8.9.1",
        "169.254.169.254",
        "172.31.255.255",
        "192.168.1.1",
        "198.18.0.1",
        "224.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::7f00:1",
        "::ffff:10.0.0.1",
        "64:ff9b::a00:1",
        "2002:a00:1::",
        "2001::1",
        "fc00::1",
        "fd12::1",
        "fe80::1",
        "fec0::1",
        "ff02::1"
      })
  void shouldKnowAddressesThatAreNotPublic(String address) {
    assertThat(AddressRules.isPublic(InetAddress.ofLiteral(address))).isFalse();
  }

  @ParameterizedTest
  @ValueSource(strings = {"1.1.1.1", "172.32.0.1", "100.128.0.1", "2606:4700::1111", "2a00::1"})
  void shouldKnowPublicAddresses(String address) {
    assertThat(AddressRules.isPublic(InetAddress.ofLiteral(address))).isTrue();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "http://a", "a:0", "a:99999", "a/b", "10.0.0.0/33", "*", "a b"})
  void shouldRefuseMalformedEntries(String entry) {
    assertThatThrownBy(() -> new FetchRules(Set.of(entry), 1000, Duration.ofSeconds(5), 2))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("semblance.image.fetch.allowed-hosts");
  }
}
