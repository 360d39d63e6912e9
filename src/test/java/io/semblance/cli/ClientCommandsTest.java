package io.semblance.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.semblance.broker.EmbeddedBroker;
import io.semblance.broker.TopicConsumers;
import io.semblance.event.CloudEventHeaders;
import io.semblance.event.JsonSerde;
import io.semblance.event.MatchAlert;
import io.semblance.event.Topics;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** Client commands against a real broker: what they print, send and end with. */
class ClientCommandsTest {
  private static final String NO_SERVICE = "http://localhost:1";

  @TempDir static Path directory;
  private static EmbeddedBroker broker;

  private record Outcome(int status, String out, String err) {}

  @BeforeAll
  static void startBroker() {
    broker = EmbeddedBroker.start(directory.resolve("broker"), 0);
    assertThat(run("topics", "create").status()).isZero();
  }

  @AfterAll
  static void stopBroker() {
    broker.close();
  }

  /** Runs a command that talks to the broker. */
  private static Outcome run(String... arguments) {
    List<String> all = new ArrayList<>(List.of(arguments));
    all.add("--bootstrap-servers");
    all.add(broker.bootstrapServers());
    return execute(all.toArray(String[]::new));
  }

  private static Outcome execute(String... arguments) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    CommandLine command =
        Semblance.commandLine().setOut(new PrintWriter(out)).setErr(new PrintWriter(err));
    return new Outcome(command.execute(arguments), out.toString(), err.toString());
  }

  @Test
  void shouldSayThatEveryTopicIsAsDeclared() {
    assertThat(run("topics", "check"))
        .isEqualTo(new Outcome(0, "every topic is as declared\n", ""));
    assertThat(run("topics", "check", "--json")).isEqualTo(new Outcome(0, "{}\n", ""));
    assertThat(run("topics", "create", "--json")).isEqualTo(new Outcome(0, "{}\n", ""));
  }

  @Test
  void shouldUploadTheImagesOfAFolderWithTheirAttributes() throws IOException {
    Path folder = Files.createDirectories(directory.resolve("photos/inner"));
    Files.write(folder.resolve("one.jpg"), new byte[] {1});
    Files.write(folder.resolve("two.PNG"), new byte[] {2});
    Files.write(folder.resolve("notes.txt"), new byte[] {3});
    Files.write(folder.resolve("three.BMP"), new byte[] {4});

    Outcome outcome =
        run("upload", directory.resolve("photos").toString(), "--tenant", "acme", "--json");

    assertThat(outcome.status()).as(outcome.err()).isZero();
    assertThat(outcome.out().lines()).hasSize(2).allMatch(line -> line.startsWith("{"));
    assertThat(outcome.err()).contains("2 other files left out (bmp, txt)");
    List<ConsumerRecord<String, byte[]>> uploads = uploads(2);
    assertThat(uploads)
        .extracting(ConsumerRecord::key)
        .containsExactlyInAnyOrder(
            folder.resolve("one.jpg").toString(), folder.resolve("two.PNG").toString());
    assertThat(uploads)
        .allMatch(upload -> "acme".equals(CloudEventHeaders.text(upload.headers(), "ce_tenant")));
  }

  @Test
  void shouldUploadTheTextsOfAFileOfJsonLines() throws IOException {
    Path captions =
        Files.writeString(
            directory.resolve("captions.jsonl"),
            """
            {"id": "/photos/1/caption", "text": "red böots"}

            {"id": "/photos/2/caption", "text": "a hat"}
            """);

    Outcome outcome =
        run(
            "upload",
            captions.toString(),
            "--texts",
            "--category",
            "captions",
            "--url",
            NO_SERVICE);

    assertThat(outcome.status()).as(outcome.err()).isZero();
    assertThat(outcome.err())
        .contains("whether a model embeds texts is not known: no service answers at " + NO_SERVICE);
    List<ConsumerRecord<String, byte[]>> texts = uploads(2, "/caption");
    assertThat(texts)
        .extracting(text -> new String(text.value(), StandardCharsets.UTF_8))
        .containsExactlyInAnyOrder("red böots", "a hat");
    assertThat(texts)
        .allMatch(text ->
            "text/plain".equals(CloudEventHeaders.text(text.headers(), "content-type"))
                && "captions".equals(CloudEventHeaders.text(text.headers(), "ce_category")));
  }

  @Test
  void shouldNameTheLineThatIsNoText() throws IOException {
    Path captions =
        Files.writeString(
            directory.resolve("wrong.jsonl"),
            "{\"id\": \"a\", \"text\": \"b\"}\n{\"id\": \"c\"}\n");
    assertThat(run("upload", captions.toString(), "--texts"))
        .matches(outcome -> outcome.status() == 1 && outcome.err().contains("wrong.jsonl, line 2"));
  }

  @Test
  void shouldSayHowAFileOfTextsIsUploaded() throws IOException {
    Path captions = Files.writeString(directory.resolve("captions.csv"), "id,text\na,boots\n");
    assertThat(run("upload", captions.toString()))
        .matches(outcome -> outcome.status() == 1 && outcome.err().contains("add --texts"));
  }

  private static List<ConsumerRecord<String, byte[]>> uploads(int count) {
    return uploads(count, directory.resolve("photos") + "/");
  }

  private static List<ConsumerRecord<String, byte[]>> uploads(int count, String marker) {
    try (KafkaConsumer<String, byte[]> consumer =
        TopicConsumers.fromBeginning(broker.bootstrapServers(), List.of(Topics.IMAGE_UPLOADS))) {
      List<ConsumerRecord<String, byte[]>> records = new ArrayList<>();
      long deadline = System.nanoTime() + Duration.ofSeconds(30).toNanos();
      while (records.size() < count && System.nanoTime() - deadline < 0) {
        consumer
            .poll(Duration.ofMillis(100))
            .records(Topics.IMAGE_UPLOADS)
            .forEach(record -> {
              if (record.key().contains(marker)) {
                records.add(record);
              }
            });
      }
      return records;
    }
  }

  @Test
  void shouldSayWithoutWaitingHowToLearnWhatBecameOfUploads() throws IOException {
    Path text = Files.writeString(directory.resolve("notes.txt"), "no image");

    assertThat(run("upload", text.toString()).err().lines())
        .satisfiesExactly(
            line -> assertThat(line).isEqualTo("1 of 1 uploaded"),
            line -> assertThat(line).contains("upload --wait", "dead-letters"));
  }

  @Test
  void shouldPrintALineForEachMatchInTheOrderOfTime() throws Exception {
    List<String> times = new ArrayList<>();
    try (KafkaProducer<String, byte[]> producer = producer()) {
      times.add(sendAlert(producer, 2, alert("first.jpg", "")));
      times.add(sendAlert(producer, 0, alert("second.jpg", "acme")));
      times.add(sendAlert(producer, 1, alert("third.jpg", "")));
      times.add(sendAlert(producer, 0, alert("fourth.jpg", "")));
    }

    String rest = "  is like  original.jpg  similarity 0.912 (threshold 0.766)  same bytes";
    assertThat(run("alerts").out().lines())
        .containsExactly(
            times.get(0) + "  first.jpg" + rest,
            times.get(1) + "  second.jpg" + rest + "  tenant acme",
            times.get(2) + "  third.jpg" + rest,
            times.get(3) + "  fourth.jpg" + rest);
    assertThat(run("alerts", "--tenant", "acme").out().lines())
        .singleElement()
        .asString()
        .contains("second.jpg");
    assertThat(run("alerts", "--from", "2026-01-31").out().lines()).hasSize(4);
    assertThat(run("alerts", "--from", "2026-01-31T13:00:00+01:00").out().lines()).hasSize(4);
    assertThat(run("alerts", "--from", "2999-01-01").out()).isEmpty();
    assertThat(run("alerts", "--from", "2999-01-01T00:00:00Z").out()).isEmpty();
  }

  private static KafkaProducer<String, byte[]> producer() {
    return new KafkaProducer<>(
        Map.of("bootstrap.servers", broker.bootstrapServers()),
        new StringSerializer(),
        new ByteArraySerializer());
  }

  /** Returns the alert's time, which the broker sets; later alerts have a later one. */
  private static String sendAlert(
      KafkaProducer<String, byte[]> producer, int partition, MatchAlert alert)
      throws InterruptedException, ExecutionException {
    long time =
        producer
            .send(
                new ProducerRecord<>(
                    Topics.MATCH_ALERTS,
                    partition,
                    alert.imageId(),
                    new JsonSerde<>(MatchAlert.class).toBytes(alert)))
            .get()
            .timestamp();
    await().until(() -> System.currentTimeMillis() > time);
    return TopicReader.time(time);
  }

  private static MatchAlert alert(String imageId, String tenant) {
    Instant time = Instant.parse("2026-01-31T12:00:00Z");
    return new MatchAlert(
        "alert",
        imageId,
        "event",
        "/source",
        time,
        tenant,
        "",
        Map.of(),
        "00",
        1,
        1,
        new MatchAlert.Model("model", "1", "ff"),
        0.766f,
        List.of(new MatchAlert.Match("original.jpg", "pair", 0.912f, true, time, "", 1, 1)),
        false,
        new MatchAlert.Shards(1, List.of(0)));
  }

  @Test
  void shouldPrintALineForEachDeadLetterWithItsOriginAndTheReasonAlone() throws Exception {
    String time;
    try (KafkaProducer<String, byte[]> producer = producer()) {
      ProducerRecord<String, byte[]> letter =
          new ProducerRecord<>(Topics.DEAD_LETTERS, "notes.txt", new byte[] {1});
      CloudEventHeaders.set(
          letter.headers(),
          "__streams.errors.message",
          "UNSUPPORTED_FORMAT: upload JPEG\nand a line more");
      CloudEventHeaders.set(letter.headers(), "__streams.errors.topic", "image-uploads");
      CloudEventHeaders.set(letter.headers(), "__streams.errors.partition", "2");
      CloudEventHeaders.set(letter.headers(), "__streams.errors.offset", "12");
      CloudEventHeaders.set(letter.headers(), "__streams.errors.stacktrace", "\tat Somewhere");
      time = TopicReader.time(producer.send(letter).get().timestamp());
    }

    assertThat(run("dead-letters"))
        .isEqualTo(
            new Outcome(
                0,
                time + "  notes.txt  image-uploads-2@12  UNSUPPORTED_FORMAT: upload JPEG\n",
                ""));
    assertThat(run("dead-letters", "--json").out())
        .isEqualTo(
            "{\"time\":\""
                + time
                + "\",\"id\":\"notes.txt\",\"origin\":\"image-uploads-2@12\",\"reason\":\"UNSUPPORTED_FORMAT: upload JPEG\"}\n");
    assertThat(run("dead-letters", "--from", "2999-01-01").out()).isEmpty();
  }

  @Test
  void shouldNameCauseAndRemedyOfMisuse() {
    assertThat(run("upload", directory.resolve("nowhere").toString()))
        .matches(outcome -> outcome.status() == 1 && outcome.err().contains("there is no file"));
    assertThat(run("alerts", "--from", "yesterday"))
        .matches(outcome -> outcome.status() == 2 && outcome.err().lines().count() == 1)
        .matches(outcome -> outcome.err().contains("say 2026-01-31"))
        .matches(outcome -> outcome.err().contains("semblance alerts --help"));
    assertThat(execute("search"))
        .matches(outcome -> outcome.status() == 2 && outcome.err().contains("--image"));
    assertThat(execute("search", "--id", "x", "--url", "http://localhost:1"))
        .matches(outcome -> outcome.status() == 1 && outcome.err().contains("./semblance serve"));
    assertThat(execute("model", "show", directory.resolve("nowhere").toString()))
        .matches(outcome -> outcome.status() == 1 && outcome.err().contains("model package"));
    assertThat(execute())
        .matches(outcome -> outcome.status() == 2 && outcome.err().contains("Name a command"));
  }

  @Test
  void shouldDescribeEveryCommand() {
    for (String command : Semblance.commandLine().getSubcommands().keySet()) {
      Outcome outcome = execute(command, "--help");
      assertThat(outcome.status()).as(command).isZero();
      assertThat(outcome.out()).as(command).contains("Usage: semblance " + command);
    }
  }
}
