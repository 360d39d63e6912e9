package io.semblance.broker;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.semblance.event.Topics;
import java.io.IOException;
import java.io.Reader;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EmbeddedBrokerTest extends TopicAdministrationContract {
  @TempDir static Path directory;
  private static EmbeddedBroker broker;

  @BeforeAll
  static void start() {
    broker = EmbeddedBroker.start(directory.resolve("broker"), 0);
  }

  @AfterAll
  static void stop() {
    broker.close();
  }

  @Override
  String bootstrapServers() {
    return broker.bootstrapServers();
  }

  @Test
  void shouldKeepItsTopicsAndItsPortAcrossARestart() {
    Path data = directory.resolve("restarted");
    String address;
    try (EmbeddedBroker first = EmbeddedBroker.start(data, 0);
        TopicAdministration topics = new TopicAdministration(first.bootstrapServers())) {
      address = first.bootstrapServers();
      topics.createMissing(TopicDeclarations.all());
    }

    try (EmbeddedBroker second = EmbeddedBroker.start(data, 0);
        TopicAdministration topics = new TopicAdministration(second.bootstrapServers())) {
      assertThat(second.bootstrapServers()).isEqualTo(address);
      assertThat(topics.differences(TopicDeclarations.all())).isEmpty();
    }
  }

  @Test
  void shouldKeepItsRecordsAcrossARestart() throws InterruptedException, ExecutionException {
    Path data = directory.resolve("records");
    try (EmbeddedBroker first = EmbeddedBroker.start(data, 0)) {
      try (TopicAdministration topics = new TopicAdministration(first.bootstrapServers())) {
        topics.createMissing(TopicDeclarations.all());
      }
      send(first.bootstrapServers(), "before", "1");
    }

    try (EmbeddedBroker second = EmbeddedBroker.start(data, 0)) {
      send(second.bootstrapServers(), "after", "2");

      assertThat(records(second.bootstrapServers(), 2))
          .containsExactlyInAnyOrder("before=1", "after=2");
    }
  }

  private static void send(String bootstrapServers, String key, String value)
      throws InterruptedException, ExecutionException {
    try (KafkaProducer<String, String> producer =
        new KafkaProducer<>(
            Map.of("bootstrap.servers", bootstrapServers),
            new StringSerializer(),
            new StringSerializer())) {
      producer.send(new ProducerRecord<>(Topics.IMAGE_UPLOADS, key, value)).get();
    }
  }

  private static List<String> records(String bootstrapServers, int count) {
    List<String> records = new ArrayList<>();
    try (KafkaConsumer<String, byte[]> consumer =
        TopicConsumers.fromBeginning(bootstrapServers, List.of(Topics.IMAGE_UPLOADS))) {
      await()
          .pollInSameThread()
          .until(() -> {
            consumer
                .poll(Duration.ofMillis(100))
                .forEach(
                    record -> records.add(record.key() + "=" + new String(record.value(), UTF_8)));
            return records.size() >= count;
          });
    }
    return records;
  }

  @Test
  void shouldChooseItsPortsBelowThoseOfOutgoingConnections() throws IOException {
    assertThat(List.of(port("broker", "broker"), port("broker", "controller")))
        .doesNotHaveDuplicates()
        .allMatch(port -> port >= 20_000 && port < 32_000);
  }

  @Test
  void shouldStartWhenItsEarlierControllerPortIsTaken() throws IOException {
    Path data = directory.resolve("controller-port-taken");
    EmbeddedBroker.start(data, 0).close();
    int earlier = port("controller-port-taken", "controller");

    try (ServerSocket _ = new ServerSocket(earlier, 1, InetAddress.getLoopbackAddress());
        EmbeddedBroker restarted = EmbeddedBroker.start(data, 0);
        TopicAdministration topics = new TopicAdministration(restarted.bootstrapServers())) {
      assertThat(topics.createMissing(TopicDeclarations.all())).isNotEmpty();
    }
  }

  private static int port(String broker, String name) throws IOException {
    Properties ports = new Properties();
    try (Reader in =
        Files.newBufferedReader(directory.resolve(broker).resolve("ports.properties"))) {
      ports.load(in);
    }
    return Integer.parseInt(ports.getProperty(name));
  }

  @Test
  void shouldSayWhichPortIsTaken() throws IOException {
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      assertThatThrownBy(
              () -> EmbeddedBroker.start(directory.resolve("taken"), taken.getLocalPort()))
          .isInstanceOf(BrokerException.class)
          .hasMessageContaining("port " + taken.getLocalPort() + " is taken");
    }
  }

  @Test
  void shouldSayWhichDirectoryItCannotUse() throws IOException {
    Path file = Files.createFile(directory.resolve("a-file"));
    assertThatThrownBy(() -> EmbeddedBroker.start(file.resolve("broker"), 0))
        .isInstanceOf(BrokerException.class)
        .hasMessageContaining("a-file");
  }
}
