package io.semblance.embedding.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DjlModelTest {
  private static final long SEED = 7;
  private static final int ROOM = 20;

  @ParameterizedTest
  @CsvSource({
    "1, 64, 1",
    "2, 64, 8",
    "6, 6, 8",
    "8, 64, 8",
    "9, 64, 64",
    "9, 16, 16",
    "64, 64, 64",
    "65, 128, 128",
    "65, 1024, 512"
  })
  void shouldPadToFewSizesThatFitTheBuffer(int count, int room, int rows) {
    assertThat(DjlModel.paddedRows(count, room)).isEqualTo(rows);
  }

  @Test
  void shouldGiveTheSameVectorsPaddedAndLoadOneNetworkForEachSize() {
    EngineSettings.prepare(0);
    ModelPackage model =
        ModelPackage.read(TestModels.options(TestModels.DEFAULT, EngineSettings.ONNX_RUNTIME));
    InferenceDevice cpu = new InferenceDevice.Cpu();
    DjlModel closed;
    try (DjlModel plain = DjlModel.load(model, cpu, 0, true, false);
        DjlModel padded = DjlModel.load(model, cpu, 0, true, true)) {
      closed = padded;
      ByteBuffer inputs = noise(model.recipe().samples());
      for (int count : new int[] {1, 3, 8, 9, ROOM, 2}) {
        VectorAgreement agreement = new VectorAgreement();
        float[][] expected = plain.embed(inputs, count);
        float[][] computed = padded.embed(inputs, count);
        assertThat(computed).hasSameDimensionsAs(expected);
        for (int i = 0; i < count; i++) {
          agreement.add(expected[i], computed[i]);
        }
        assertThat(agreement.deviation()).as("%d, seed %d", count, SEED).isLessThan(1e-5f);
      }
      assertThat(plain.sizes()).containsExactly(1);
      assertThat(padded.sizes()).containsExactlyInAnyOrder(1, 8, ROOM);
      ByteBuffer two = inputs.slice(0, inputs.capacity() / ROOM * 2).order(inputs.order());
      assertThat(padded.embed(two, 2)).hasDimensions(2, plain.embed(two, 2)[0].length);
    }
    assertThatThrownBy(() -> closed.embed(noise(model.recipe().samples()), 1))
        .isInstanceOf(InferenceException.class)
        .hasMessageContaining("closed");
  }

  @Test
  void shouldKeepTheNetworkItHasWhenTheFilesChangeBeforeAnotherSizeComes(@TempDir Path folder)
      throws IOException {
    EngineSettings.prepare(0);
    Path directory = TestModels.copy(TestModels.CLIP, folder.resolve("model"));
    ModelPackage model =
        ModelPackage.read(TestModels.options(directory, EngineSettings.ONNX_RUNTIME));
    ByteBuffer inputs = noise(model.recipe().samples());
    try (DjlModel plain = DjlModel.load(model, new InferenceDevice.Cpu(), 0, true, false);
        DjlModel padded = DjlModel.load(model, new InferenceDevice.Cpu(), 0, true, true)) {
      Files.writeString(model.networkPath(), "another network");

      VectorAgreement agreement = new VectorAgreement();
      float[][] expected = plain.embed(inputs, 9);
      float[][] computed = padded.embed(inputs, 9);
      for (int i = 0; i < 9; i++) {
        agreement.add(expected[i], computed[i]);
      }
      assertThat(agreement.deviation()).isLessThan(1e-5f);
    }
  }

  private static ByteBuffer noise(int samples) {
    ByteBuffer noise =
        ByteBuffer.allocateDirect(ROOM * samples * Float.BYTES).order(ByteOrder.nativeOrder());
    Random random = new Random(SEED);
    for (int i = 0; i < ROOM * samples; i++) {
      noise.putFloat(i * Float.BYTES, random.nextFloat(-1, 1));
    }
    return noise;
  }
}
