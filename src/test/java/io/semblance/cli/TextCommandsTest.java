package io.semblance.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URLDecoder;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** What the commands for texts ask the service, and print of its answers. */
class TextCommandsTest {
  private static final ObjectMapper MAPPER = new ObjectMapper();
  private static final String LABELS =
      """
      {"labels": [{"label": "boots", "text": "a boots", "probability": 0.9, "similarity": 0.31},
                  {"label": "hats", "text": "a hats", "probability": 0.1, "similarity": -0.02}],
       "exclusive": true, "lowInformation": false}\
      """;

  @TempDir private Path directory;

  private HttpServer server;
  private volatile int status = 200;
  private volatile String answer = "{}";
  private volatile String request = "";
  private volatile byte[] body = new byte[0];

  private record Outcome(int status, String out, String err) {}

  @BeforeEach
  void startServer() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/",
        exchange -> {
          request = URLDecoder.decode(exchange.getRequestURI().toString(), UTF_8);
          body = exchange.getRequestBody().readAllBytes();
          byte[] bytes = answer.getBytes(UTF_8);
          exchange.sendResponseHeaders(status, bytes.length);
          exchange.getResponseBody().write(bytes);
          exchange.close();
        });
    server.start();
  }

  @AfterEach
  void stopServer() {
    server.stop(0);
  }

  private Outcome run(String... arguments) {
    String[] all = java.util.Arrays.copyOf(arguments, arguments.length + 2);
    all[arguments.length] = "--url";
    all[arguments.length + 1] = "http://localhost:" + server.getAddress().getPort();
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    CommandLine command =
        Semblance.commandLine().setOut(new PrintWriter(out)).setErr(new PrintWriter(err));
    return new Outcome(command.execute(all), out.toString(), err.toString());
  }

  @Test
  void shouldSearchByTextAndShowTheScores() throws IOException {
    answer =
        """
        {"verdict": "MATCHES", "partial": false,
         "matches": [{"imageId": "a.jpg", "similarity": 0.31234}, {"imageId": "b.jpg", "similarity": 0.3}]}\
        """;
    assertThat(run("search", "--text", "red boots", "--relative-threshold", "0.9", "-k", "5"))
        .isEqualTo(new Outcome(0, "0.3123  a.jpg\n0.3000  b.jpg\n", ""));
    assertThat(request).isEqualTo("/v1/search");
    assertThat(MAPPER.readTree(body))
        .isEqualTo(
            MAPPER.readTree("{\"text\": \"red boots\", \"relativeThreshold\": 0.9, \"k\": 5}"));
  }

  @Test
  void shouldSayWhereATextIsLongerThanTheModelReads() throws IOException {
    answer = "{\"verdict\": \"NO_MATCHES\", \"matches\": [], \"textTruncated\": true}";
    assertThat(run("search", "--text", "boots").err()).contains("longer than the model reads");
    answer = LABELS.replace("0.31}", "0.31, \"textTruncated\": true}");
    Path image = Files.write(directory.resolve("a.jpg"), new byte[] {1, 2});
    assertThat(run("classify", image.toString(), "--labels", "boots,hats").err())
        .contains("longer than the model reads");
  }

  @Test
  void shouldSearchByImageWithARelativeThreshold() throws IOException {
    answer = "{\"verdict\": \"NO_MATCHES\", \"matches\": []}";
    Path image = Files.write(directory.resolve("a.jpg"), new byte[] {1, 2});
    assertThat(run("search", "--image", image.toString(), "--relative-threshold", "0.5").out())
        .isEqualTo("nothing is similar enough\n");
    assertThat(request).isEqualTo("/v1/search?k=10&relativeThreshold=0.5");
    assertThat(body).containsExactly(1, 2);
  }

  @Test
  void shouldSearchInTheCategoriesThatAreNamed() throws IOException {
    answer = "{\"verdict\": \"NO_MATCHES\", \"matches\": []}";
    Path image = Files.write(directory.resolve("a.jpg"), new byte[] {1, 2});
    run("search", "--image", image.toString(), "--category", "a b", "--category", "c");
    assertThat(request).isEqualTo("/v1/search?k=10&category=a b&category=c");
    run("search", "--text", "boots", "--category", "captions");
    assertThat(MAPPER.readTree(body).path("categories"))
        .isEqualTo(MAPPER.readTree("[\"captions\"]"));
  }

  @Test
  void shouldClassifyAFile() throws IOException {
    answer = LABELS;
    Path image = Files.write(directory.resolve("a.jpg"), new byte[] {1, 2});
    assertThat(run("classify", image.toString(), "--labels", "boots,hats & caps"))
        .isEqualTo(new Outcome(0, " 90.00%   0.3100  boots\n 10.00%  -0.0200  hats\n", ""));
    assertThat(request).isEqualTo("/v1/classify?label=boots&label=hats & caps");
    assertThat(body).containsExactly(1, 2);
  }

  @Test
  void shouldClassifyAnIndexedImageWithATemplateAsJsonLines() throws IOException {
    answer = LABELS;
    Outcome outcome =
        run("classify", "--id", "a", "--labels", "boots,hats", "--template", "a {}", "--json");
    assertThat(outcome.status()).as(outcome.err()).isZero();
    assertThat(outcome.out().lines()).hasSize(2).allMatch(line -> line.startsWith("{\"label\""));
    assertThat(MAPPER.readTree(body))
        .isEqualTo(
            MAPPER.readTree(
                "{\"id\":\"a\",\"tenant\":\"\",\"labels\":[\"boots\",\"hats\"],\"template\":\"a {}\"}"));
  }

  @Test
  void shouldNameTheModelThatIsAsked() throws IOException {
    answer = "{\"verdict\": \"NO_MATCHES\", \"matches\": []}";
    Path image = Files.write(directory.resolve("a.jpg"), new byte[] {1, 2});
    run("search", "--image", image.toString(), "--model", "clip");
    assertThat(request).isEqualTo("/v1/search?k=10&model=clip");
    run("search", "--text", "boots", "--model", "clip");
    assertThat(MAPPER.readTree(body).path("model").asText()).isEqualTo("clip");
    answer = LABELS;
    run("classify", image.toString(), "--labels", "boots", "--model", "clip");
    assertThat(request).isEqualTo("/v1/classify?label=boots&model=clip");
    run("classify", "--id", "a", "--labels", "boots", "--model", "clip");
    assertThat(MAPPER.readTree(body).path("model").asText()).isEqualTo("clip");
  }

  @Test
  void shouldUploadNoTextsToAServiceThatCannotEmbedThem() throws IOException {
    answer = "{\"indexes\": [{\"texts\": false}, {\"texts\": false}]}";
    Path text = Files.writeString(directory.resolve("a.txt"), "boots");
    String[] upload = {
      "upload", text.toString(), "--texts", "--bootstrap-servers", "broker.invalid:9092"
    };
    Outcome outcome = run(upload);
    assertThat(outcome.status()).isEqualTo(1);
    assertThat(outcome.err()).contains("no model with a text tower", "--url");
    assertThat(request).isEqualTo("/v1/status");
    answer = "{\"indexes\": [{\"texts\": false}, {\"texts\": true}]}";
    assertThat(run(upload).err()).contains("broker.invalid:9092 leads to no broker");
  }

  @Test
  void shouldSayWhyThereIsNoAnswer() {
    status = 422;
    answer = "{\"title\": \"Unprocessable Content\", \"detail\": \"no texts: take a CLIP\"}";
    assertThat(run("search", "--text", "boots"))
        .isEqualTo(
            new Outcome(1, "", "semblance: the service answers 422: no texts: take a CLIP\n"));
    assertThat(run("classify", "--id", "a", "--labels", "b").status()).isEqualTo(1);
    assertThat(run("classify", "--labels", "b").status()).isEqualTo(2);
    assertThat(run("classify", "--id", "a").err()).contains("--labels");
    assertThat(run("search", "--text", "boots", "--id", "a").status()).isEqualTo(2);
  }
}
