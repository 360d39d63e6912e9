package io.semblance.cli.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** With a shell script in the place of Python's, which needs no FAISS. */
class FaissProcessTest {
  private static final String FACTS =
      "read line; echo '{\"version\": \"1.2\", \"options\": \"AVX2\", \"blas\": \"Zen\", \"panorama\": true}';";

  @TempDir private Path home;

  private FaissProcess start(String script) throws Exception {
    Path folder = Files.createDirectories(home.resolve("src/bench"));
    Files.writeString(folder.resolve("faiss_flat.py"), script);
    return FaissProcess.start("sh", home);
  }

  @Test
  void shouldAnswerOneCommandAfterTheOther() throws Exception {
    try (FaissProcess faiss = start(FACTS + "while read line; do echo \"$line\"; done")) {
      assertThat(faiss.facts()).isEqualTo(new FaissProcess.Facts("1.2", "AVX2", "Zen", true));
      for (int i = 0; i < 3; i++) {
        assertThat(faiss.call("measure", Map.of("threads", i)).toString())
            .isEqualTo("{\"threads\":%d,\"command\":\"measure\"}".formatted(i));
      }
    }
  }

  @Test
  void shouldSayWhatFailed() throws Exception {
    try (FaissProcess faiss = start(FACTS + "read line; echo '{\"error\": \"no memory\"}'")) {
      assertThatThrownBy(() -> faiss.call("load", Map.of()))
          .hasMessage("FAISS failed at 'load': no memory");
    }
  }

  @Test
  void shouldSayWhatToInstallWhenTheScriptEnds() {
    assertThatThrownBy(() -> start("exit 1")).hasMessageContaining("requirements.txt");
  }
}
