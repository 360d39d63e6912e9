package io.semblance.cli.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.semblance.cli.hub.FakeHub.Request;
import io.semblance.embedding.model.ModelFiles.Reason;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Which files are fetched, and what becomes of the folder. */
class ModelFetchTest extends HubFixture {
  @Test
  void shouldFetchWhatIsReadOfARepositoryAndNoteWhatItIs() throws Exception {
    hub.pages(2);
    hub.put("README.md", new byte[10]);
    hub.put("model.safetensors", noise(1, 200_000));
    hub.put("pytorch_model.bin", noise(2, 300));
    hub.put("onnx/model_fp16.onnx", noise(3, 400));
    hub.put("tf_model/saved_model.pb", noise(4, 500));
    hub.put("empty/config.json", new byte[0]);

    FetchPlan plan = fetch(request());

    shouldHaveFetchedAll();
    try (Stream<Path> all = Files.walk(out())) {
      assertThat(all.filter(Files::isRegularFile)).hasSize(8); // seven, and the record
    }
    assertThat(plan.commit()).isEqualTo(hub.commit());
    assertThat(plan.files()).isEqualTo(7);
    assertThat(plan.bytesMissing()).isEqualTo(plan.bytes()).isEqualTo(heard.transferred);
    assertThat(plan.leftOut())
        .containsEntry(Reason.OTHER_WEIGHTS, new FetchPlan.LeftOut(2, 200_300))
        .containsEntry(Reason.REDUCED, new FetchPlan.LeftOut(1, 400))
        .containsEntry(Reason.OTHER_NETWORK, new FetchPlan.LeftOut(1, 500))
        .containsEntry(Reason.NOT_READ, new FetchPlan.LeftOut(2, 10));
    JsonNode record = new ObjectMapper().readTree(out().resolve(ModelFolder.RECORD).toFile());
    assertThat(record.get("repository").asText()).isEqualTo(ID);
    assertThat(record.get("revision").asText()).isEqualTo("main");
    assertThat(record.get("commit").asText()).isEqualTo(hub.commit());
    assertThat(record.at("/files").properties()).hasSize(7);
    assertThat(record.get("files").get(VISION).get("sha256").asText())
        .isEqualTo(FakeHub.sha256(content(VISION)));
    assertThat(record.get("files").get("config.json").get("git-blob").asText())
        .isEqualTo(FakeHub.gitBlob(content("config.json")));
  }

  @ParameterizedTest
  @ValueSource(strings = {"v1.0", "refs/pr/1"})
  void shouldFetchARevisionByName(String revision) throws Exception {
    assertThat(
            fetch(
                    new FetchRequest(
                        ID, revision, Optional.empty(), List.of(), out(), Long.MAX_VALUE))
                .commit())
        .isEqualTo(hub.commit());
    shouldHaveFetchedAll();
  }

  @Test
  void shouldTransferNothingThatIsThere() throws Exception {
    fetch(request());
    Files.writeString(out().resolve("config.json"), "damaged");
    hub.forget();

    FetchPlan plan = fetch(request());

    assertThat(plan.bytesMissing()).isEqualTo(content("config.json").length);
    assertThat(hub.requests().stream().map(Request::target).filter(one -> one.contains("resolve/")))
        .hasSize(1);
    shouldHaveFetchedAll();
    hub.forget();
    assertThat(fetch(request()).bytesMissing()).isZero();
    assertThat(hub.requests()).noneMatch(one -> one.target().contains("resolve"));
    shouldHaveFetchedAll();
  }

  @Test
  void shouldFetchNothingThatIsMoreThanTheLimit() throws Exception {
    assertThatThrownBy(() ->
            fetch(new FetchRequest(ID, "main", Optional.empty(), List.of(), out(), 1_000_000)))
        .hasMessageContaining("3.7 MB in 7 files, more than --bytes-max = 1.0 MB")
        .hasMessageContaining("--include");
    assertThat(hub.requests()).noneMatch(one -> one.target().contains("resolve"));
    hub.put(VISION, new byte[0]);
    hub.list(
        "[{\"type\":\"file\",\"oid\":\"x\",\"size\":1,\"lfs\":{\"oid\":\"%s\",\"size\":%d},\"path\":\"model.onnx\"}]"
            .formatted("a".repeat(64), 1L << 50));
    assertThatThrownBy(() ->
            fetch(new FetchRequest(ID, "main", Optional.empty(), List.of(), out(), Long.MAX_VALUE)))
        .hasMessageContaining("needs 1125.9 TB more, and the disk")
        .hasMessageContaining("make room");
  }

  @Test
  void shouldSayHowToExportWhatHasNoNetworkThatIsRun() throws Exception {
    hub.close();
    hub = new FakeHub(ID);
    hub.put("config.json", content("config.json"));
    hub.put("pytorch_model.bin", noise(9, 10));
    hub.put("onnx/model_fp16.onnx", noise(9, 20));
    fetchFails(
        "someone/model at main has no network that is run here",
        "weights in formats that are not run here (pytorch_model.bin)",
        "optimum-cli export onnx --model someone/model",
        "--include 'onnx/model_fp16.onnx'");
    assertThat(hub.requests()).noneMatch(one -> one.target().contains("resolve"));
  }

  @Test
  void shouldFetchWeightsThatOnlyTheNetworkKnowsOf() throws Exception {
    byte[] entry = join(field(1, "location"), field(2, "layers/0.weight"));
    byte[] tensor = join(field(13, entry), new byte[] {14 << 3, 1});
    byte[] graph = join(field(5, tensor), field(12, field(1, "image_embeds")));
    hub.put("other/model.onnx", field(7, graph));
    hub.put("other/layers/0.weight", noise(11, 12));

    FetchPlan plan = fetch(request());

    shouldHaveFetchedAll();
    assertThat(out().resolve("other/layers/0.weight")).hasBinaryContent(noise(11, 12));
    assertThat(plan.files()).isEqualTo(9);
    assertThat(heard.files).doesNotHaveDuplicates().hasSize(9);
    assertThat(heard.transferred).isEqualTo(plan.bytes());
  }

  private static byte[] field(int number, String text) {
    return field(number, text.getBytes(StandardCharsets.US_ASCII));
  }

  /** A field of a protobuf message, of fewer than 128 bytes. */
  private static byte[] field(int number, byte[] content) {
    return join(new byte[] {(byte) (number << 3 | 2), (byte) content.length}, content);
  }

  private static byte[] join(byte[] one, byte[] other) {
    byte[] both = Arrays.copyOf(one, one.length + other.length);
    System.arraycopy(other, 0, both, one.length, other.length);
    return both;
  }

  @Test
  void shouldNotMixTwoCommitsInOneFolder() throws Exception {
    fetch(request());
    String before = hub.commit();
    hub.put("config.json", "{}".getBytes(StandardCharsets.US_ASCII));

    assertThatThrownBy(() -> fetch(request()))
        .hasMessageContaining("holds someone/model at commit " + before)
        .hasMessageContaining("name another with --out, or say --revision " + before);
    shouldHaveFetchedAll();
  }

  @Test
  void shouldReplaceNoFileThatItHasNotFetched() throws Exception {
    Files.createDirectories(out().resolve("onnx"));
    Files.copy(CLIP.resolve(VISION), out().resolve(VISION));
    Files.writeString(out().resolve("model.json"), "{}");
    Files.writeString(out().resolve("config.json"), "mine");
    assertThatThrownBy(() -> fetch(request()))
        .hasMessageContaining("config.json is there already, and is not the one of someone/model");
    assertThat(out().resolve("config.json")).hasContent("mine");

    Files.delete(out().resolve("config.json"));
    fetch(request());

    shouldHaveFetchedAll();
    assertThat(out().resolve("model.json")).hasContent("{}");
    assertThat(heard.transferred).isEqualTo(heard.plans.getLast().bytes() - content(VISION).length);
  }

  @Test
  void shouldAddNetworksToWhatIsThere() throws Exception {
    hub.put("tf/saved_model.pb", noise(1, 5));
    hub.put("tf/variables/variables.index", noise(1, 6));
    fetch(request());

    fetch(
        new FetchRequest(ID, "main", Optional.of("TensorFlow"), List.of(), out(), Long.MAX_VALUE));

    shouldHaveFetchedAll();
    assertThat(out().resolve("tf/variables/variables.index")).hasBinaryContent(noise(1, 6));
    JsonNode record = new ObjectMapper().readTree(out().resolve(ModelFolder.RECORD).toFile());
    assertThat(record.at("/files").properties()).hasSize(9);
  }

  @Test
  void shouldLetTwoFetchesIntoOneFolderTransferEachFileOnce() throws Exception {
    CountDownLatch second = new CountDownLatch(1);
    byte[] vision = content(VISION);
    hub.next(
        "/blobs/" + FakeHub.sha256(vision),
        exchange -> {
          try {
            second.await();
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
          FakeHub.send(exchange, 200, vision, 0, vision.length);
        });
    FetchListener waiting =
        new FetchListener() {
          @Override
          public void planned(FetchPlan plan) {}

          @Override
          public void transferred(String file, long bytes) {}

          @Override
          public void completed(String file, long size, long bytesTransferred) {
            assertThat(bytesTransferred).isZero();
          }

          @Override
          public void pausing(String reason, Duration pause) {}

          @Override
          public void waiting(Path directory) {
            second.countDown();
          }
        };
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
        ModelFetch later =
            new ModelFetch(HubEndpoint.parse(hub.url()), Optional.empty(), LIMITS, waiting)) {
      CountDownLatch begun = new CountDownLatch(1);
      hub.next(
          "/resolve/",
          exchange -> {
            begun.countDown();
            FakeHub.fail(exchange, 503, "", "");
          });
      Future<FetchPlan> first = threads.submit(() -> fetch(request()));
      begun.await();
      assertThat(later.run(request()).bytesMissing()).isZero();
      first.get();
    }
    shouldHaveFetchedAll();
    assertThat(hub.requests().stream().filter(one -> one.target().contains("/blobs/"))).hasSize(3);
  }

  @Test
  void shouldFillTheFolderThatALinkLeadsTo() throws Exception {
    Path elsewhere = Files.createDirectories(folder.resolve("disk/clip"));
    Files.createDirectories(out().getParent());
    Files.createSymbolicLink(out(), elsewhere);

    FetchPlan plan = fetch(request());

    assertThat(out()).isSymbolicLink();
    assertThat(elsewhere.resolve(VISION)).hasBinaryContent(content(VISION));
    assertThat(plan.directory()).isEqualTo(elsewhere.toRealPath());
    assertThat(fetch(request()).bytesMissing()).isZero();
  }

  @Test
  void shouldSuggestOnlyReducedNetworksThatCanBeRun() throws Exception {
    hub.close();
    hub = new FakeHub(ID);
    hub.put("config.json", content("config.json"));
    hub.put("onnx/model_bnb4.onnx", noise(9, 10));
    assertThatThrownBy(() -> fetch(request()))
        .hasMessageContaining("optimum-cli export")
        .satisfies(failure -> assertThat(failure.getMessage()).doesNotContain("--include"));
    hub.put("onnx/text_model_fp16.onnx", noise(9, 20));
    hub.put("onnx/vision_model_fp16.onnx", noise(9, 30));
    fetchFails("--include 'onnx/vision_model_fp16.onnx'");
  }

  /** Its weights would come twice. SigLIP's alone tells temperature and bias. */
  @Test
  void shouldFetchTheNetworkOfBothTowersOnlyWhereItTellsTheScale() throws Exception {
    hub.put("onnx/model.onnx", content(VISION));
    fetch(request());
    assertThat(out().resolve("onnx/model.onnx")).doesNotExist();

    FetchRequest other =
        new FetchRequest(
            ID, "main", Optional.empty(), List.of(), folder.resolve("models/siglip"), 1 << 30);
    hub.put("config.json", "{\"model_type\": \"siglip\"}".getBytes(StandardCharsets.UTF_8));
    FetchPlan plan = fetch(other);
    assertThat(folder.resolve("models/siglip/onnx/model.onnx")).hasBinaryContent(content(VISION));
    assertThat(plan.leftOut()).isEmpty();
  }
}
