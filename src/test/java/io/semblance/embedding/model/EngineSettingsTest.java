package io.semblance.embedding.model;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.InvalidProtocolBufferException;
import java.util.Base64;
import org.junit.jupiter.api.Test;
import org.tensorflow.proto.ConfigProto;
import org.tensorflow.proto.RewriterConfig;

class EngineSettingsTest {
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
