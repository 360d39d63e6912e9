package io.semblance.cli.hub;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * What to fetch.
 *
 * @param repository on the hub, {@code namespace/name}
 * @param revision a branch, a tag or a commit
 * @param engine whose networks are wanted
 * @param patterns of the files to fetch in the place of the usual networks
 * @param directory where the model's files shall lie
 * @param bytesMax most bytes of all files together
 */
public record FetchRequest(
    String repository,
    String revision,
    Optional<String> engine,
    List<String> patterns,
    Path directory,
    long bytesMax) {
  /** Copies in. */
  public FetchRequest {
    patterns = List.copyOf(patterns);
  }
}
