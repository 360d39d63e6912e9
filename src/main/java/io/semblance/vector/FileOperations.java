package io.semblance.vector;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.stream.Stream;

/**
 * All that an index does to files. Stateless, for any number of threads. Tests override single
 * operations to make them fail or to look at the directory in between.
 */
class FileOperations {
  private static final int ZEROS_BYTES = 1 << 20;

  /**
   * Creates a file of zeros and maps it. The zeros are written, so that a full disk shows here, as
   * an exception: in a file with holes it would show at some later store into the mapping, as a
   * signal that ends the process. After a failure the file is gone again.
   *
   * @throws IOException if there is no room, for example
   */
  MemorySegment create(Path file, long bytes, Arena arena) throws IOException {
    Files.deleteIfExists(file);
    try (FileChannel channel =
        FileChannel.open(
            file,
            StandardOpenOption.CREATE_NEW,
            StandardOpenOption.READ,
            StandardOpenOption.WRITE)) {
      ByteBuffer zeros = ByteBuffer.allocateDirect((int) Math.min(bytes, ZEROS_BYTES));
      while (channel.position() < bytes) {
        zeros.clear().limit((int) Math.min(zeros.capacity(), bytes - channel.position()));
        channel.write(zeros);
      }
      return channel.map(FileChannel.MapMode.READ_WRITE, 0, bytes, arena);
    } catch (IOException | RuntimeException e) {
      try {
        Files.deleteIfExists(file);
      } catch (IOException second) {
        e.addSuppressed(second);
      }
      throw e;
    }
  }

  /** Maps a file as it is. */
  MemorySegment map(Path file, boolean writable, Arena arena) throws IOException {
    try (FileChannel channel =
        writable
            ? FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)
            : FileChannel.open(file, StandardOpenOption.READ)) {
      FileChannel.MapMode mode =
          writable ? FileChannel.MapMode.READ_WRITE : FileChannel.MapMode.READ_ONLY;
      return channel.map(mode, 0, channel.size(), arena);
    }
  }

  /** Makes a range of a mapped file durable; what has not changed in it costs nothing. */
  void force(MemorySegment mapped, Path file, long offset, long length) throws IOException {
    try {
      mapped.asSlice(offset, length).force();
    } catch (UncheckedIOException e) {
      throw new IOException("cannot write " + file + " to its disk", e);
    }
  }

  /** Reads a whole file of less than 2 GiB, little-endian. */
  ByteBuffer read(Path file) throws IOException {
    return ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
  }

  /** Writes a whole file and makes it durable; its name is so only after the directory is. */
  void write(Path file, ByteBuffer bytes) throws IOException {
    try (FileChannel channel =
        FileChannel.open(
            file,
            StandardOpenOption.CREATE,
            StandardOpenOption.WRITE,
            StandardOpenOption.TRUNCATE_EXISTING)) {
      while (bytes.hasRemaining()) {
        channel.write(bytes);
      }
      channel.force(true);
    }
  }

  /** Gives a file the name of another, which it replaces atomically. */
  void replace(Path from, Path to) throws IOException {
    Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
  }

  /** Makes a directory's names durable. */
  void forceDirectory(Path directory) throws IOException {
    if (!System.getProperty("os.name", "").startsWith("Windows")) {
      try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
        channel.force(true);
      }
    }
  }

  /** Deletes a file if there is one. */
  void delete(Path file) throws IOException {
    Files.deleteIfExists(file);
  }

  /** Returns the files of a directory; none if it does not exist. */
  Stream<Path> list(Path directory) throws IOException {
    if (!Files.isDirectory(directory)) {
      return Stream.empty();
    }
    try (Stream<Path> files = Files.list(directory)) {
      return files.toList().stream();
    }
  }
}
