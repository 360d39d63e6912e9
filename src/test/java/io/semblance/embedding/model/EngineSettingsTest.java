package io.semblance.embedding.model;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.InvalidProtocolBufferException;
import java.util.Base64;
import org.junit.jupiter.api.Test;
import org.tensorflow.proto.ConfigProto;

class EngineSettingsTest {
  private static ConfigProto tensorFlow(boolean gpu) throws InvalidProtocolBufferException {
    return ConfigProto.parseFrom(
        Base64.getDecoder().decode(EngineSettings.tensorFlow(gpu, 2, true)));
  }

  @Test
  void shouldKeepTensorFlowFromTheGpuWhereTheCpuIsAskedFor() throws Exception {
    assertThat(tensorFlow(false).getDeviceCountMap()).containsEntry("GPU", 0);
    assertThat(tensorFlow(true).getDeviceCountMap()).isEmpty();
  }

  @Test
  void shouldTakeNoMoreGpuMemoryThanIsNeeded() throws Exception {
    assertThat(tensorFlow(true).getGpuOptions().getAllowGrowth()).isTrue();
  }
}
