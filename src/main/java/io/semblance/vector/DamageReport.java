package io.semblance.vector;

import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** The first damage found in an index's files, whichever thread found it. */
final class DamageReport {
  private final AtomicReference<@Nullable DamagedRowException> first = new AtomicReference<>();

  /** Notes a damaged row and returns what to throw. */
  DamagedRowException report(@Nullable Path file, int slot, String id) {
    Path place = file == null ? Path.of("memory") : file;
    DamagedRowException found = new DamagedRowException(place, slot, id);
    first.compareAndSet(null, found);
    return found;
  }

  Optional<DamagedRowException> first() {
    return Optional.ofNullable(first.get());
  }
}
