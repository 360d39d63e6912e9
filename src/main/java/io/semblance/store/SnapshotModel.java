package io.semblance.store;

import io.semblance.vector.SnapshotException;
import io.semblance.vector.SnapshotHeader;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/**
 * Of which model the vectors of an index are.
 *
 * @param id the model's id; empty where a snapshot does not name it
 * @param fingerprint of the model
 * @param dimension components of each vector
 */
public record SnapshotModel(Optional<String> id, String fingerprint, int dimension) {
  private static final String ID = "model-id";
  private static final String FINGERPRINT = "model-fingerprint";

  static SnapshotModel of(SnapshotHeader header) {
    return new SnapshotModel(
        Optional.ofNullable(header.attributes().get(ID)),
        header.attributes().getOrDefault(FINGERPRINT, "none"),
        header.dimension());
  }

  /**
   * Returns what the snapshot in the directory of an index says; empty if there is none that can be
   * read, which the store then replaces.
   *
   * @throws IOException if the directory cannot be read
   */
  public static Optional<SnapshotModel> read(Path directory) throws IOException {
    try {
      return Optional.of(of(SnapshotHeader.read(directory)));
    } catch (NoSuchFileException | SnapshotException e) {
      return Optional.empty();
    }
  }

  /** Returns the attributes by which a snapshot says so. */
  Map<String, String> toAttributes() {
    return Map.of(ID, id.orElse(""), FINGERPRINT, fingerprint);
  }

  /** Returns whether vectors of both may be compared. */
  public boolean isSameAs(SnapshotModel other) {
    return fingerprint.equals(other.fingerprint) && dimension == other.dimension;
  }

  /** Returns the model as people are told of it. */
  @Override
  public String toString() {
    return id.filter(name -> !name.isBlank())
        .map(name ->
            "model %s (fingerprint %s, dimension %d)".formatted(name, fingerprint, dimension))
        .orElseGet(
            () -> "a model (fingerprint %s, dimension %d)".formatted(fingerprint, dimension));
  }
}
