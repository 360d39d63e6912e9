package io.semblance.cli.hub;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

/**
 * A file as the hub lists it.
 *
 * @param path in the repository: names with slashes between them, none of which leads out of it
 * @param size in bytes
 */
record RepositoryFile(String path, long size, Checksum checksum) {
  private static final int PATH_LENGTH_MAX = 512;

  /**
   * Reads an entry of the hub's listing.
   *
   * @throws HubException if its path leads out of the folder, or it tells no size or checksum
   */
  static RepositoryFile read(JsonNode entry) throws HubException {
    String path = entry.path("path").asText();
    if (!isSafe(path)) {
      throw HubException.lasting(
          "the hub lists a file \"%s\", whose path is not safe"
              .formatted(HubException.printable(path)),
          "nothing is fetched from this repository");
    }
    JsonNode large = entry.path("lfs");
    Checksum checksum =
        large.isObject()
            ? new Checksum(Checksum.Kind.SHA256, large.path("oid").asText())
            : new Checksum(Checksum.Kind.GIT_BLOB, entry.path("oid").asText());
    long size = (large.isObject() ? large : entry).path("size").asLong(-1);
    if (size < 0 || !checksum.kind().allows(checksum.value())) {
      throw HubException.lasting(
          "the hub lists %s without size and checksum, so that it cannot be checked"
              .formatted(path),
          HubFailures.ANOTHER);
    }
    return new RepositoryFile(path, size, checksum);
  }

  /** Only relative paths without detours, and without what terminals and file systems act upon. */
  private static boolean isSafe(String path) {
    return !path.isEmpty()
        && path.length() <= PATH_LENGTH_MAX
        && path.chars().noneMatch(one -> Character.isISOControl(one) || one == '\\')
        && !path.matches("[A-Za-z]:.*")
        && !path.equals(ModelFolder.RECORD)
        && Arrays.stream(path.split("/", -1))
            .noneMatch(name -> name.isEmpty() || name.equals(".") || name.equals(".."));
  }

  /** Returns whether {@code file} is this file. */
  boolean isAt(Path file) throws IOException {
    return Files.isRegularFile(file) && Files.size(file) == size && checksum.matches(file);
  }
}
