package io.semblance.cli.hub;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A body that fails when no byte comes for too long: the client's own time limit ends with the
 * headers.
 */
final class GuardedBody extends FilterInputStream {
  private final Duration limit;

  GuardedBody(InputStream body, Duration limit) {
    super(body);
    this.limit = limit;
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] bytes, int offset, int length) throws IOException {
    CompletableFuture<Void> alarm = new CompletableFuture<>();
    alarm
        .orTimeout(limit.toNanos(), TimeUnit.NANOSECONDS)
        .whenComplete((nothing, late) -> {
          if (late != null) {
            closeQuietly(); // which wakes the reader
          }
        });
    int read;
    try {
      read = super.read(bytes, offset, length);
    } catch (IOException e) {
      throw alarm.complete(null) ? e : late(e);
    }
    if (!alarm.complete(null)) {
      throw late(null); // a body that was closed may end like one that is complete
    }
    return read;
  }

  private IOException late(@Nullable IOException cause) {
    return new IOException("no byte came for %d s".formatted(limit.toSeconds()), cause);
  }

  private void closeQuietly() {
    try {
      super.close();
    } catch (IOException e) {
      // The reader learns of it by itself.
    }
  }
}
