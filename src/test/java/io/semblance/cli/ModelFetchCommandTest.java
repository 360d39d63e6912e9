package io.semblance.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.semblance.cli.hub.FakeHub;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code semblance model fetch}: what it prints and ends with. */
class ModelFetchCommandTest {
  private static final Path CLIP = Path.of("src/test/resources/models/clip-tiny");
  private static final String ID = "openai/clip-tiny";

  @TempDir private Path folder;
  private FakeHub hub;

  private record Outcome(int status, List<String> out, String err) {}

  @BeforeEach
  void startHub() throws IOException {
    hub = new FakeHub(ID, CLIP);
  }

  @AfterEach
  void stopHub() {
    hub.close();
  }

  private static Outcome execute(String... arguments) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    int status =
        Semblance.commandLine()
            .setOut(new PrintWriter(out))
            .setErr(new PrintWriter(err))
            .execute(arguments);
    return new Outcome(status, out.toString().lines().toList(), err.toString());
  }

  private Outcome fetch(String... options) {
    return fetchFrom(hub.url(), options);
  }

  private Outcome fetchFrom(String endpoint, String... options) {
    List<String> all = new ArrayList<>(List.of("model", "fetch", ID, "--endpoint", endpoint));
    all.addAll(List.of("--out", folder.resolve("clip").toString()));
    all.addAll(List.of(options));
    return execute(all.toArray(String[]::new));
  }

  @Test
  void shouldFetchAModelThatReproducesItsReference() {
    Outcome fetched = fetch();

    assertThat(fetched.status()).as(fetched.err()).isZero();
    assertThat(fetched.out().getFirst()).isEqualTo(ID + ", main, is commit " + hub.commit());
    assertThat(fetched.out())
        .anyMatch(line -> line.startsWith("7 files with 3.7 MB, of which 3.7 MB are missing"))
        .anyMatch(line -> line.matches("fetched +890\\.8 kB {2}onnx/vision_model.onnx"))
        .anyMatch(line -> line.startsWith("3.7 MB of 3.7 MB fetched; OnnxRuntime runs onnx/"));
    assertThat(fetched.err()).isEmpty();
    Outcome checked =
        execute(
            "model",
            "check",
            folder.resolve("clip").toString(),
            "--images",
            "src/main/resources/demo");
    assertThat(checked.status()).as(checked.err()).isZero();
    assertThat(checked.out()).hasSizeGreaterThan(3).allMatch(line -> line.startsWith("ok"));
  }

  @Test
  void shouldWriteJsonLines() throws IOException {
    hub.put("model.safetensors", new byte[1000]);

    Outcome fetched = fetch("--json", "--include", "onnx/vision_model.onnx");

    assertThat(fetched.status()).as(fetched.err()).isZero();
    List<JsonNode> lines = new ArrayList<>();
    for (String line : fetched.out()) {
      lines.add(new ObjectMapper().readTree(line));
    }
    JsonNode plan = lines.getFirst();
    assertThat(plan.get("event").asText()).isEqualTo("plan");
    assertThat(plan.get("commit").asText()).isEqualTo(hub.commit());
    assertThat(plan.get("files").asInt()).isEqualTo(6);
    assertThat(plan.get("leftOut").get("OTHER_WEIGHTS").get("bytes").asInt()).isEqualTo(1000);
    assertThat(lines.stream().filter(one -> one.get("event").asText().equals("file"))).hasSize(6);
    JsonNode done = lines.getLast();
    assertThat(done.get("event").asText()).isEqualTo("done");
    assertThat(done.get("engine").asText()).isEqualTo("OnnxRuntime");
    assertThat(done.get("bytesTransferred").asLong()).isEqualTo(plan.get("bytes").asLong());
    assertThat(done.get("fingerprint").asText()).hasSize(64);
  }

  @Test
  void shouldEndWithStatus1WhereTheHubCannotBeReached() throws IOException {
    int port;
    try (ServerSocket closed = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = closed.getLocalPort();
    }
    Outcome fetched = fetchFrom("http://127.0.0.1:" + port);

    assertThat(fetched.status()).isEqualTo(1);
    assertThat(fetched.out()).isEmpty();
    assertThat(fetched.err().lines()).hasSize(1);
    assertThat(fetched.err()).contains("cannot be reached", "HF_ENDPOINT");
  }

  @Test
  void shouldEndWithStatus1WhereTheModelCannotBeUsed() throws IOException {
    hub.put("config.json", "{\"model_type\": \"bert\"}".getBytes());

    Outcome fetched = fetch();

    assertThat(fetched.status()).isEqualTo(1);
    assertThat(fetched.err())
        .contains("is there, but cannot be used yet", "\"model_type\" is \"bert\"");
    assertThat(folder.resolve("clip/config.json")).exists();
    Files.writeString(
        folder.resolve("clip/model.json"),
        """
        {"family": "clip", "networks": [{"engine": "OnnxRuntime", "path": "onnx/vision_model.onnx"}]}
        """);
    assertThat(fetch().err()).doesNotContain("bert");
  }

  @Test
  void shouldRefuseMisuse() {
    assertThat(fetch("--bytes-max", "much").status()).isEqualTo(2);
    assertThat(fetch("--bytes-max", "much").err())
        .contains("--bytes-max", "\"much\" is no size")
        .doesNotContain("Exception");
    assertThat(fetch("--engine", "Keras").err()).contains("TensorFlow, OnnxRuntime, PyTorch");
    assertThat(fetchFrom("hub").err()).contains("say https://huggingface.co");
  }

  @Test
  void shouldNameTheFormatOfANetworkInReducedPrecision() throws IOException {
    byte[] vision = Files.readAllBytes(CLIP.resolve("onnx/vision_model.onnx"));
    hub.put("onnx/vision_model_fp16.onnx", vision);

    Outcome fetched = fetch("--include", "onnx/vision_model_fp16.onnx");

    assertThat(fetched.status()).as(fetched.err()).isZero();
    assertThat(fetched.out().getLast())
        .startsWith("use it with SEMBLANCE_MODEL_DIRECTORY=")
        .endsWith(" SEMBLANCE_MODEL_NUMERIC_FORMAT=float16");
    Outcome both = fetch("--json", "--include", "onnx/vision_model*.onnx");
    assertThat(new ObjectMapper().readTree(both.out().getLast()).get("numericFormat").asText())
        .isEqualTo("float32");
  }
}
