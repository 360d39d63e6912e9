package io.semblance.embedding.model;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.InvalidProtocolBufferException;
import java.io.File;
import java.nio.file.Path;
import java.util.Base64;
import java.util.Objects;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.tensorflow.proto.ConfigProto;
import org.tensorflow.proto.RewriterConfig;

class EngineSettingsTest {
  /** Loads a network with as many threads as are said and prints how many the process has. */
  static final class ThreadCount {
    public static void main(String[] arguments) {
      int threads = Integer.parseInt(arguments[0]);
      ModelOptions options =
          new ModelOptions(
              TestModels.VIT, Optional.of("TensorFlow"), new InferenceDevice.Cpu(), threads);
      try (EmbeddingModel model = EmbeddingModels.load(options)) {
        model.embed(TestModels.inputs(model, 1), 1);
        String[] tasks = new File("/proc/self/task").list();
        System.out.println("threads " + Objects.requireNonNull(tasks).length);
      }
    }
  }

  /** In a process of its own: TensorFlow makes its pool once. */
  private static int threadsOf(int threads) throws Exception {
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--add-modules=jdk.incubator.vector",
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow",
                "-XX:+UseSerialGC",
                "-cp",
                System.getProperty("java.class.path"),
                ThreadCount.class.getName(),
                Integer.toString(threads))
            .redirectErrorStream(true)
            .start();
    String out = new String(process.getInputStream().readAllBytes(), UTF_8);
    assertThat(process.waitFor()).as(out).isZero();
    return out.lines()
        .filter(line -> line.startsWith("threads "))
        .mapToInt(line -> Integer.parseInt(line.substring("threads ".length())))
        .findFirst()
        .orElseThrow(() -> new AssertionError(out));
  }

  @Test
  @EnabledOnOs(OS.LINUX)
  void shouldComputeWithAsManyThreadsAsAreAskedFor() throws Exception {
    assertThat(threadsOf(31) - threadsOf(1)).isBetween(25, 35); // Java's own come and go
  }

  private static ConfigProto tensorFlow(boolean gpu) throws InvalidProtocolBufferException {
    return ConfigProto.parseFrom(
        Base64.getDecoder().decode(EngineSettings.tensorFlow(gpu, 2, true, NumericFormat.FLOAT32)));
  }

  @Test
  void shouldKeepTensorFlowFromTheGpuWhereTheCpuIsAskedFor() throws Exception {
    assertThat(tensorFlow(false).getDeviceCountMap()).containsEntry("GPU", 0);
    assertThat(tensorFlow(true).getDeviceCountMap()).isEmpty();
  }

  @Test
  void shouldHaveTensorFlowReduceNumbersOnlyWhereThatIsAskedFor() throws Exception {
    assertThat(rewriting(NumericFormat.FLOAT32)).isEqualTo(RewriterConfig.getDefaultInstance());
    assertThat(rewriting(NumericFormat.BFLOAT16).getAutoMixedPrecisionOnednnBfloat16())
        .isEqualTo(RewriterConfig.Toggle.ON);
    assertThat(rewriting(NumericFormat.FLOAT16).getAutoMixedPrecision())
        .isEqualTo(RewriterConfig.Toggle.ON);
  }

  private static RewriterConfig rewriting(NumericFormat format) throws Exception {
    byte[] settings = Base64.getDecoder().decode(EngineSettings.tensorFlow(false, 2, true, format));
    return ConfigProto.parseFrom(settings).getGraphOptions().getRewriteOptions();
  }

  @Test
  void shouldTakeNoMoreGpuMemoryThanIsNeeded() throws Exception {
    assertThat(tensorFlow(true).getGpuOptions().getAllowGrowth()).isTrue();
  }
}
