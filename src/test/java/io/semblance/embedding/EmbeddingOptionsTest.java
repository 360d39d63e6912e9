package io.semblance.embedding;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class EmbeddingOptionsTest {
  @ParameterizedTest
  @CsvSource({
    "0, PT0S, 128, 64, 2, 32, 1024, batch-size-max is 0",
    "2000, PT0S, 4000, 64, 2, 32, 1024, batch-size-max is 2000",
    "32, PT-1S, 128, 64, 2, 32, 1024, batch-delay-max",
    "32, PT2S, 128, 64, 2, 32, 1024, batch-delay-max",
    "32, PT0S, 31, 64, 2, 32, 1024, stream-images-max is 31",
    "32, PT0S, 128, 0, 2, 32, 1024, interactive-images-max is 0",
    "32, PT0S, 128, 64, 0, 32, 1024, decoding-threads is 0",
    "32, PT0S, 128, 64, 2, 0, 1024, semblance.image.fetch.concurrency-max is 0",
    "32, PT0S, 128, 64, 2, 32, 0, encoded-bytes-max is 0",
  })
  void shouldRefuseImpossibleLimitsByName(
      int batchSizeMax,
      Duration batchDelayMax,
      int streamImagesMax,
      int interactiveImagesMax,
      int decodingThreads,
      int fetchesMax,
      long encodedBytesMax,
      String message) {
    assertThatThrownBy(() ->
            new EmbeddingOptions(
                batchSizeMax,
                batchDelayMax,
                streamImagesMax,
                interactiveImagesMax,
                decodingThreads,
                fetchesMax,
                encodedBytesMax))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("semblance.")
        .hasMessageContaining(message);
  }
}
