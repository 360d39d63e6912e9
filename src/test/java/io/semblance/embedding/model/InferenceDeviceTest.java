package io.semblance.embedding.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class InferenceDeviceTest {
  @Test
  void shouldReadEveryDevice() {
    assertThat(InferenceDevice.parse("auto")).isEqualTo(new InferenceDevice.Auto());
    assertThat(InferenceDevice.parse(" CPU ")).isEqualTo(new InferenceDevice.Cpu());
    assertThat(InferenceDevice.parse("gpu:0")).isEqualTo(new InferenceDevice.Gpu(0));
    assertThat(InferenceDevice.parse("GPU:12")).isEqualTo(new InferenceDevice.Gpu(12));
  }

  @ParameterizedTest
  @ValueSource(strings = {"auto", "cpu", "gpu:0", "gpu:12"})
  void shouldBeNamedAsItIsWritten(String text) {
    assertThat(InferenceDevice.parse(text)).hasToString(text);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "gpu", "gpu:", "gpu:-1", "gpu:x", "gpu:1000", "cuda:0", "tpu"})
  void shouldRefuseWhatIsNoDevice(String text) {
    assertThatThrownBy(() -> InferenceDevice.parse(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("semblance.model.device")
        .hasMessageContaining("auto, cpu or gpu:N");
  }

  @Test
  void shouldRefuseAnImpossibleNumberOfThreads() {
    assertThatThrownBy(
            () -> new ModelOptions(Path.of("m"), Optional.empty(), new InferenceDevice.Cpu(), -1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("semblance.model.threads is -1");
  }
}
