package io.semblance.cli;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/**
 * A state directory that this process alone uses: two services on one would damage each other's
 * state. The operating system gives the lock back when the process ends, however it ends.
 */
final class StateDirectory implements AutoCloseable {
  /** Stays when the directory is emptied: a lock on a deleted file keeps nobody out. */
  private static final String LOCK = "semblance.lock";

  /** Marks what the demonstration made and may therefore delete. */
  private static final String MARKER = "semblance-demo";

  private static final String MARKER_TEXT =
      "The command \"semblance demo\" made this directory and empties it at each start.\n";

  private final Path path;
  private final FileChannel lock;

  private StateDirectory(Path path, FileChannel lock) {
    this.path = path;
    this.lock = lock;
  }

  /**
   * Takes a directory for the service, and makes it if it is missing. One that the demonstration
   * made is from now on not emptied any more.
   *
   * @throws IOException if it cannot be written
   * @throws IllegalStateException if another process uses it
   */
  static StateDirectory ofService(Path path) throws IOException {
    StateDirectory directory = take(path);
    try {
      Files.deleteIfExists(path.resolve(MARKER));
    } catch (IOException e) {
      directory.close();
      throw e;
    }
    return directory;
  }

  /**
   * Takes a directory for the demonstration, and makes it if it is missing. Nothing is deleted yet.
   *
   * @throws IOException if it cannot be written
   * @throws IllegalStateException if another process uses it, or if it holds what the demonstration
   *     did not make
   */
  static StateDirectory ofDemonstration(Path path) throws IOException {
    requireDemonstrations(path); // first, so that a foreign directory is not even written to
    return take(path);
  }

  private static StateDirectory take(Path path) throws IOException {
    try {
      Files.createDirectories(path);
    } catch (FileAlreadyExistsException e) {
      throw new IOException(
          "the state directory %s is a file: name a directory with --state-directory"
              .formatted(path),
          e);
    } catch (IOException e) {
      throw unusable(path, e);
    }
    FileChannel lock = open(path);
    try {
      if (lock.tryLock() == null) {
        throw taken(path);
      }
      // Also finds out at once whether there is room.
      String owner = "process %d%n".formatted(ProcessHandle.current().pid());
      lock.truncate(0).write(ByteBuffer.wrap(owner.getBytes(StandardCharsets.UTF_8)));
      return new StateDirectory(path, lock);
    } catch (OverlappingFileLockException e) {
      lock.close();
      throw taken(path);
    } catch (IOException e) {
      lock.close();
      throw new IOException(
          "the state directory %s cannot be written (%s): make room there or name another with --state-directory"
              .formatted(path, e.getMessage()),
          e);
    } catch (IllegalStateException e) {
      lock.close();
      throw e;
    }
  }

  private static FileChannel open(Path path) throws IOException {
    try {
      return FileChannel.open(
          path.resolve(LOCK), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    } catch (IOException e) {
      throw unusable(path, e);
    }
  }

  private static IOException unusable(Path path, IOException cause) {
    String reason =
        switch (cause) {
          case AccessDeniedException denied -> denied.getFile() + " is not yours to write";
          case FileSystemException failed when failed.getReason() != null ->
              failed.getFile() + ": " + failed.getReason();
          default -> cause.toString();
        };
    return new IOException(
        "the state directory %s cannot be used (%s): make it writable for yourself or name another with --state-directory"
            .formatted(path, reason),
        cause);
  }

  private static IllegalStateException taken(Path path) {
    return new IllegalStateException(
        "another process uses the state directory %s: stop it or name another with --state-directory"
            .formatted(path));
  }

  private static void requireDemonstrations(Path path) throws IOException {
    if (!Files.isDirectory(path) || Files.exists(path.resolve(MARKER))) {
      return;
    }
    if (!entries(path).isEmpty()) {
      throw new IllegalStateException(
          "the demo empties its state directory at each start, and %s holds what it did not make: name an empty one with --state-directory, or empty it yourself"
              .formatted(path));
    }
  }

  private static List<Path> entries(Path path) throws IOException {
    try (Stream<Path> entries = Files.list(path)) {
      return entries.filter(entry -> !entry.endsWith(LOCK) && !entry.endsWith(MARKER)).toList();
    }
  }

  /**
   * Deletes what an earlier demonstration left.
   *
   * @throws IllegalStateException if the directory holds what the demonstration did not make
   */
  void empty() throws IOException {
    requireDemonstrations(path);
    Files.writeString(path.resolve(MARKER), MARKER_TEXT);
    for (Path entry : entries(path)) {
      List<Path> all;
      try (Stream<Path> walk = Files.walk(entry)) {
        all = walk.sorted(Comparator.reverseOrder()).toList();
      }
      for (Path one : all) {
        Files.delete(one);
      }
    }
  }

  /** Gives the directory back. */
  @Override
  public void close() throws IOException {
    lock.close();
  }
}
