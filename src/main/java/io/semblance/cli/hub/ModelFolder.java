package io.semblance.cli.hub;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A model's folder while it is filled. What comes lies in a second folder beside it until all of it
 * is there; then that takes the folder's place in one step, or, if there is one already, its files
 * are moved there. One fetch at a time fills a folder; the operating system gives its lock back
 * when the process ends, however it ends.
 */
final class ModelFolder implements AutoCloseable {
  /** Says what the folder was fetched from. */
  static final String RECORD = ".semblance-hub.json";

  private static final Duration LOCK_POLL = Duration.ofMillis(200);
  private static final int NAME_DIGITS = 16;
  private static final ObjectMapper MAPPER = new ObjectMapper();

  private final Path directory;
  private final Path staging;
  private final FileChannel lock;

  private ModelFolder(Path directory, Path staging, FileChannel lock) {
    this.directory = directory;
    this.staging = staging;
    this.lock = lock;
  }

  /**
   * Takes {@code directory} for a fetch, which need not exist, and waits for another one to end.
   *
   * @throws IOException if nothing can be written there
   * @throws IllegalStateException if the other takes longer than the limit
   */
  static ModelFolder take(Path directory, Duration timeLimit, FetchListener listener)
      throws IOException, InterruptedException {
    Path place = directory.toAbsolutePath().normalize();
    if (Files.isDirectory(place)) {
      place = place.toRealPath(); // what a link leads to is filled, and the link stays
    }
    if (place.getParent() == null || (Files.exists(place) && !Files.isDirectory(place))) {
      throw new IllegalArgumentException(
          "%s can be no model's folder: name another with --out".formatted(directory));
    }
    makeFolder(place.getParent());
    String name = place.getFileName().toString();
    FileChannel channel =
        FileChannel.open(
            place.resolveSibling("." + name + ".lock"),
            StandardOpenOption.CREATE,
            StandardOpenOption.WRITE);
    try {
      lock(channel, place, timeLimit, listener);
    } catch (IOException | RuntimeException | InterruptedException e) {
      channel.close();
      throw e;
    }
    return new ModelFolder(place, place.resolveSibling(name + ".incomplete"), channel);
  }

  private static void makeFolder(Path folder) throws IOException {
    try {
      Files.createDirectories(folder);
    } catch (FileSystemException e) {
      throw new IOException(
          "the folder %s cannot be made (%s): name another folder with --out"
              .formatted(folder, e.getClass().getSimpleName()),
          e);
    }
  }

  private static void lock(
      FileChannel channel, Path directory, Duration timeLimit, FetchListener listener)
      throws IOException, InterruptedException {
    long begin = System.nanoTime();
    for (int tries = 0; tryLock(channel) == null; tries++) {
      if (tries == 0) {
        listener.waiting(directory);
      }
      if (System.nanoTime() - begin > timeLimit.toNanos()) {
        throw new IllegalStateException(
            "another process has been fetching into %s for %d minutes: stop it, or name another folder with --out"
                .formatted(directory, timeLimit.toMinutes()));
      }
      Thread.sleep(LOCK_POLL);
    }
  }

  private static @Nullable FileLock tryLock(FileChannel channel) throws IOException {
    try {
      return channel.tryLock();
    } catch (OverlappingFileLockException e) {
      return null; // another thread of this process has it
    }
  }

  /** Returns where the model lies in the end. */
  Path directory() {
    return directory;
  }

  private Path record() {
    return directory.resolve(RECORD);
  }

  /**
   * Refuses to mix two models, or two commits of one, and to replace what was not fetched.
   *
   * @param files that will be fetched
   * @throws IllegalStateException with what lies there
   */
  void require(HubRepository repository, Collection<RepositoryFile> files) throws IOException {
    if (!Files.exists(record())) {
      for (RepositoryFile file : files) {
        Path there = directory.resolve(file.path());
        if (Files.exists(there) && !file.isAt(there)) {
          throw new IllegalStateException(
              "%s is there already, and is not the one of %s: move it away, or name another folder with --out"
                  .formatted(there, repository.id()));
        }
      }
      return;
    }
    JsonNode record = readRecord();
    String id = record.path("repository").asText();
    String commit = record.path("commit").asText();
    if (!id.equals(repository.id()) || !commit.equals(repository.commit())) {
      throw new IllegalStateException(
          "%s holds %s at commit %s, and you ask for %s at commit %s: an index belongs to one model, so nothing is replaced; remove that folder, name another with --out, or say --revision %s"
              .formatted(directory, id, commit, repository.id(), repository.commit(), commit));
    }
  }

  private static List<Path> below(Path folder) throws IOException {
    if (!Files.exists(folder)) {
      return List.of();
    }
    try (Stream<Path> walk = Files.walk(folder)) {
      return walk.sorted(Comparator.reverseOrder()).toList();
    }
  }

  /** Returns whether {@code file} is there and is what the hub lists. */
  boolean has(RepositoryFile file) throws IOException {
    return file.isAt(directory.resolve(file.path())) || file.isAt(staged(file));
  }

  /** Returns where {@code file} lies, which is there. */
  Path place(RepositoryFile file) {
    return Files.exists(staged(file)) ? staged(file) : directory.resolve(file.path());
  }

  private Path staged(RepositoryFile file) {
    return staging.resolve(file.path());
  }

  /** Returns where the part of {@code file} lies that is there; named by content. */
  Path partial(RepositoryFile file) {
    return staging.resolve(
        "%s.%s.incomplete"
            .formatted(file.path(), file.checksum().value().substring(0, NAME_DIGITS)));
  }

  /** Takes the partial file, which is whole now, for the file. */
  void complete(RepositoryFile file) throws IOException {
    Files.move(partial(file), staged(file), StandardCopyOption.ATOMIC_MOVE);
  }

  /** Returns how many bytes can be written. */
  long usableBytes() throws IOException {
    return Files.getFileStore(directory.getParent()).getUsableSpace();
  }

  /** Puts what has come into its place, and notes what it is. */
  void finish(HubEndpoint endpoint, HubRepository repository, Collection<RepositoryFile> files)
      throws IOException {
    Files.createDirectories(staging);
    Set<Path> staged = files.stream().map(this::staged).collect(Collectors.toSet());
    for (Path path : below(staging)) {
      if (Files.isRegularFile(path) && !staged.contains(path)) {
        Files.delete(path); // left behind by a fetch of something else
      }
    }
    Path record = staging.resolve(RECORD);
    MAPPER
        .writerWithDefaultPrettyPrinter()
        .writeValue(record.toFile(), record(endpoint, repository, files));
    boolean fresh = !Files.exists(directory) || below(directory).size() == 1;
    if (fresh) {
      Files.move(staging, directory, StandardCopyOption.ATOMIC_MOVE);
      return;
    }
    for (RepositoryFile file : files) {
      if (Files.exists(staged(file))) {
        move(staged(file), directory.resolve(file.path()));
      }
    }
    move(record, record());
    for (Path path : below(staging)) {
      Files.delete(path);
    }
  }

  private static void move(Path from, Path to) throws IOException {
    Files.createDirectories(to.getParent());
    Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
  }

  /** What earlier fetches of the same commit have brought stays listed. */
  private ObjectNode record(
      HubEndpoint endpoint, HubRepository repository, Collection<RepositoryFile> files)
      throws IOException {
    ObjectNode record = MAPPER.createObjectNode();
    record.put("repository", repository.id());
    record.put("revision", repository.revision());
    record.put("commit", repository.commit());
    record.put("endpoint", endpoint.toString());
    ObjectNode list = record.putObject("files");
    if (Files.exists(record()) && readRecord().path("files") instanceof ObjectNode earlier) {
      list.setAll(earlier);
    }
    for (RepositoryFile file : files) {
      list.putObject(file.path())
          .put("bytes", file.size())
          .put(file.checksum().kind().toString(), file.checksum().value());
    }
    return record;
  }

  private JsonNode readRecord() throws IOException {
    try {
      return MAPPER.readTree(record().toFile());
    } catch (JsonProcessingException e) {
      throw new IOException(
          "%s is damaged: remove %s and fetch again".formatted(record(), directory), e);
    }
  }

  /** Lets another fetch into the folder begin. */
  @Override
  public void close() throws IOException {
    lock.close();
  }
}
