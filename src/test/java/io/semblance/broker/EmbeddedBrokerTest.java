package io.semblance.broker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
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
