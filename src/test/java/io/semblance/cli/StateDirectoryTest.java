package io.semblance.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StateDirectoryTest {
  @TempDir private Path directory;

  @Test
  void shouldKeepTheDemonstrationFromADirectoryThatHoldsSomethingElse() throws IOException {
    Path photograph = Files.writeString(directory.resolve("holiday.jpg"), "precious");

    assertThatThrownBy(() -> StateDirectory.ofDemonstration(directory))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining(directory.toString())
        .hasMessageContaining("--state-directory");

    assertThat(photograph).hasContent("precious");
    assertThat(directory).as("nothing is added").isDirectoryNotContaining("glob:**/semblance*");
  }

  @Test
  void shouldEmptyWhatTheDemonstrationItselfMade() throws IOException {
    Path made = directory.resolve("new");
    try (StateDirectory first = StateDirectory.ofDemonstration(made)) {
      first.empty();
      Files.createDirectories(made.resolve("broker/topic"));
      Files.writeString(made.resolve("broker/topic/log"), "records");
    }

    try (StateDirectory second = StateDirectory.ofDemonstration(made)) {
      assertThat(made.resolve("broker")).as("until it is emptied").exists();
      second.empty();
      assertThat(made.resolve("broker")).doesNotExist();
    }
  }

  @Test
  void shouldNotFollowALinkOutOfTheDirectory() throws IOException {
    Path made = directory.resolve("new");
    Path outside = Files.createDirectory(directory.resolve("outside"));
    Files.writeString(outside.resolve("holiday.jpg"), "precious");
    try (StateDirectory state = StateDirectory.ofDemonstration(made)) {
      state.empty();
      Files.createSymbolicLink(made.resolve("link"), outside);

      state.empty();
    }

    assertThat(made.resolve("link")).doesNotExist();
    assertThat(outside.resolve("holiday.jpg")).hasContent("precious");
  }

  @Test
  void shouldNeverAgainEmptyADirectoryThatAServiceHasUsed() throws IOException {
    try (StateDirectory demonstration = StateDirectory.ofDemonstration(directory)) {
      demonstration.empty();
    }
    try (StateDirectory _ = StateDirectory.ofService(directory)) {
      Files.writeString(directory.resolve("index"), "precious");
    }

    assertThatThrownBy(() -> StateDirectory.ofDemonstration(directory))
        .isInstanceOf(IllegalStateException.class);
    assertThat(directory.resolve("index")).hasContent("precious");
  }

  @Test
  void shouldBeUsedByOneAtATime() throws IOException {
    try (StateDirectory _ = StateDirectory.ofService(directory)) {
      assertThatThrownBy(() -> StateDirectory.ofService(directory))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("another process uses the state directory " + directory);
    }
    StateDirectory.ofService(directory).close();
  }

  /** Not even root may make a directory there, as on a file system that is read-only. */
  @Test
  void shouldNameTheRemedyWhereNothingCanBeWritten() {
    assertThatThrownBy(() -> StateDirectory.ofService(Path.of("/proc/semblance")))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("the state directory /proc/semblance cannot be used")
        .hasMessageContaining("--state-directory");
  }

  @Test
  void shouldSayThatTheDirectoryIsAFile() throws IOException {
    Path file = Files.createFile(directory.resolve("a-file"));

    assertThatThrownBy(() -> StateDirectory.ofService(file))
        .isInstanceOf(IOException.class)
        .hasMessageContaining(file + " is a file");
  }
}
