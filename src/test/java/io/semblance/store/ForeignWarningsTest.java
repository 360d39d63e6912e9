package io.semblance.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class ForeignWarningsTest {
  private static final SnapshotModel OWN = new SnapshotModel(Optional.of("clip"), "abc", 2);

  private final List<String> lines = new ArrayList<>();
  private final AtomicLong nanos = new AtomicLong();
  private final ForeignWarnings warnings = new ForeignWarnings(lines::add, nanos::get);

  @Test
  void shouldWarnOfTheFirstThenOnceAMinuteWithTheirNumber() {
    for (int i = 0; i < 1_000; i++) {
      warnings.passedOver("image-embeddings", "model siglip", OWN);
    }
    assertThat(lines)
        .singleElement()
        .asString()
        .isEqualTo(
            "image-embeddings has embeddings of model siglip, but its index is of model clip (fingerprint abc, dimension 2): 1 so far; their images are not searched by this model until they are uploaded again");

    nanos.addAndGet(ForeignWarnings.PAUSE.toNanos() - 1);
    warnings.passedOver("image-embeddings", "model siglip", OWN);
    assertThat(lines).hasSize(1);

    nanos.incrementAndGet();
    warnings.passedOver("image-embeddings", "model siglip", OWN);
    assertThat(lines).hasSize(2);
    assertThat(lines.getLast()).contains("1002 so far");
  }
}
