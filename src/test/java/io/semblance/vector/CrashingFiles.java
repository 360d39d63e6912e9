package io.semblance.vector;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;

/**
 * File operations that stop before each step, let a test look at what a crash would leave there,
 * and can fail. For one thread.
 */
final class CrashingFiles extends FileOperations {
  private static final int PAGE_BYTES = 4096;

  /** Called before each operation, and once more in the middle of a write. */
  @FunctionalInterface
  interface Step {
    void before(String operation) throws IOException;
  }

  /** What of a mapped file is on the disk for sure. */
  private final Map<Path, byte[]> forced = new HashMap<>();

  /** Names that may be gone after a loss of power; and the manifest that may be back. */
  private final Set<Path> unforcedNames = new HashSet<>();

  private byte[] manifestBefore = new byte[0];
  private Step step = operation -> {};
  private boolean full;

  void onStep(Step next) {
    step = next;
  }

  /** Runs something whose operations are no steps. */
  void withoutSteps(Runnable change) {
    Step suspended = step;
    step = operation -> {};
    change.run();
    step = suspended;
  }

  /** Makes the creation of mapped files fail as on a full disk. */
  void setFull(boolean isFull) {
    full = isFull;
  }

  /** Takes the files of a directory as they are for durable. */
  void startFrom(Path directory) throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      for (Path file : files.toList()) {
        forced.put(file, Files.readAllBytes(file));
      }
    }
  }

  @Override
  MemorySegment create(Path file, long bytes, Arena arena) throws IOException {
    step.before("create " + file.getFileName());
    if (full) {
      throw new IOException("No space left on device");
    }
    unforcedNames.add(file);
    forced.put(file, new byte[0]);
    return super.create(file, bytes, arena);
  }

  @Override
  void force(MemorySegment mapped, Path file, long offset, long length) throws IOException {
    step.before("force " + file.getFileName());
    super.force(mapped, file, offset, length);
    byte[] image = Arrays.copyOf(forced.get(file), (int) mapped.byteSize());
    int from = (int) (offset / PAGE_BYTES * PAGE_BYTES);
    int to =
        (int) Math.min(image.length, (offset + length + PAGE_BYTES - 1) / PAGE_BYTES * PAGE_BYTES);
    MemorySegment.copy(mapped, ValueLayout.JAVA_BYTE, from, image, from, to - from);
    forced.put(file, image);
  }

  @Override
  void write(Path file, ByteBuffer bytes) throws IOException {
    step.before("write " + file.getFileName());
    unforcedNames.add(file);
    super.write(file, bytes.duplicate().limit(bytes.limit() / 2));
    step.before("write the other half of " + file.getFileName());
    super.write(file, bytes);
    forced.put(file, Files.readAllBytes(file));
  }

  @Override
  void replace(Path from, Path to) throws IOException {
    step.before("replace");
    manifestBefore = Files.exists(to) ? Files.readAllBytes(to) : new byte[0];
    super.replace(from, to);
    unforcedNames.add(to);
  }

  @Override
  void forceDirectory(Path directory) throws IOException {
    step.before("force the directory");
    super.forceDirectory(directory);
    unforcedNames.clear();
  }

  @Override
  void delete(Path file) throws IOException {
    step.before("delete " + file.getFileName());
    super.delete(file);
  }

  /** Copies the directory as a process that is killed now leaves it. */
  static void copy(Path directory, Path target) throws IOException {
    Files.createDirectories(target);
    try (Stream<Path> files = Files.list(directory)) {
      for (Path file : files.toList()) {
        Files.copy(file, target.resolve(file.getFileName()));
      }
    }
  }

  /**
   * Copies the directory as a machine may leave it that loses power now: of every page that was not
   * forced since it changed there is the old state or the present one, and of every name too.
   */
  void copyAfterPowerLoss(Path directory, Path target, Random random) throws IOException {
    Files.createDirectories(target);
    try (Stream<Path> files = Files.list(directory)) {
      for (Path file : files.sorted().toList()) {
        byte[] bytes = Files.readAllBytes(file);
        if (unforcedNames.contains(file) && random.nextBoolean()) {
          if (!file.endsWith("manifest") || manifestBefore.length == 0) {
            continue;
          }
          bytes = manifestBefore;
        } else if (file.toString().contains(".vectors") || file.toString().contains(".codes-")) {
          bytes = mixed(forced.getOrDefault(file, new byte[0]), bytes, random);
        }
        Files.write(target.resolve(file.getFileName()), bytes);
      }
    }
  }

  private static byte[] mixed(byte[] forced, byte[] present, Random random) {
    byte[] mixed = present.clone();
    for (int page = 0; page < mixed.length; page += PAGE_BYTES) {
      int end = Math.min(mixed.length, page + PAGE_BYTES);
      if (random.nextBoolean()) {
        for (int at = page; at < end; at++) {
          mixed[at] = at < forced.length ? forced[at] : 0;
        }
      }
    }
    return mixed;
  }
}
