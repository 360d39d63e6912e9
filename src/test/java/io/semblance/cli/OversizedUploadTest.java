package io.semblance.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.semblance.broker.EmbeddedBroker;
import io.semblance.event.Topics;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.RandomAccessFile;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** Uploads of which some are too large: for the producer, or for a topic of a smaller limit. */
class OversizedUploadTest {
  private static final int TOPIC_BYTES_MAX = 10_000;
  private static final int PRODUCER_BYTES_MAX = 25 << 20;

  @Test
  void shouldNameAndCountWhatIsTooLargeAndUploadTheOthers(@TempDir Path directory)
      throws IOException, InterruptedException, ExecutionException {
    Path photos = Files.createDirectories(directory.resolve("photos"));
    Files.write(photos.resolve("1-small.jpg"), new byte[] {1});
    Files.write(photos.resolve("2-large-for-the-topic.jpg"), new byte[2 * TOPIC_BYTES_MAX]);
    try (RandomAccessFile file =
        new RandomAccessFile(photos.resolve("3-huge.jpg").toFile(), "rw")) {
      file.setLength(PRODUCER_BYTES_MAX + 1L);
    }
    Files.write(photos.resolve("4-small.jpg"), new byte[] {1});
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    int status;

    try (EmbeddedBroker broker = EmbeddedBroker.start(directory.resolve("broker"), 0)) {
      createTopic(broker.bootstrapServers());
      CommandLine command =
          Semblance.commandLine().setOut(new PrintWriter(out)).setErr(new PrintWriter(err));
      status =
          command.execute(
              "upload", photos.toString(), "--bootstrap-servers", broker.bootstrapServers());
    }

    assertThat(status).isEqualTo(1);
    assertThat(err.toString()).contains("2 of 4 uploaded", "2 images were not uploaded");
    assertThat(out.toString().lines().filter(line -> line.contains("refused")))
        .satisfiesExactlyInAnyOrder(
            line -> assertThat(line).contains("2-large-for-the-topic.jpg", "max.message.bytes"),
            line -> assertThat(line).contains("3-huge.jpg", "make it smaller"));
    assertThat(out.toString().lines().filter(line -> line.contains("offset")))
        .satisfiesExactlyInAnyOrder(
            line -> assertThat(line).contains("1-small.jpg"),
            line -> assertThat(line).contains("4-small.jpg"));
  }

  private static void createTopic(String bootstrapServers)
      throws InterruptedException, ExecutionException {
    try (Admin admin = Admin.create(Map.of("bootstrap.servers", bootstrapServers))) {
      admin
          .createTopics(
              List.of(
                  new NewTopic(Topics.IMAGE_UPLOADS, 1, (short) 1)
                      .configs(Map.of("max.message.bytes", Integer.toString(TOPIC_BYTES_MAX)))))
          .all()
          .get();
      // Known to the controller, it is a moment later known to those who ask.
      await().until(() -> admin.listTopics().names().get().contains(Topics.IMAGE_UPLOADS));
    }
  }
}
