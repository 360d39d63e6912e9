package io.semblance.cli.hub;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.LongConsumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Brings one file, and goes on where an earlier attempt has ended. The part that is there is named
 * by the file's checksum and asked for by commit, so that parts of different contents are never put
 * together; a validator of the server's own would not do, since storage behind a hub sends none.
 * What comes out is checked in any case.
 */
final class FileDownload {
  private static final int BUFFER_BYTES = 1 << 16;
  private static final Pattern CONTENT_RANGE = Pattern.compile("bytes (\\d+)-\\d+/(\\d+|\\*)");

  private final HubClient hub;
  private final HubRepository repository;
  private final RepositoryFile file;
  private final Path partial;
  private final LongConsumer progress;
  private long transferred;

  /**
   * @param partial where the part lies that is there, and grows to the whole
   * @param progress is told how many bytes of the file are there
   */
  FileDownload(
      HubClient hub,
      HubRepository repository,
      RepositoryFile file,
      Path partial,
      LongConsumer progress) {
    this.hub = hub;
    this.repository = repository;
    this.file = file;
    this.partial = partial;
    this.progress = progress;
  }

  /**
   * Fills {@code partial} with the whole file.
   *
   * @return bytes that were transferred
   * @throws HubException if the hub does not give it, or gives something else
   * @throws IOException if it cannot be written
   */
  long run(Attempts attempts) throws IOException, InterruptedException {
    Files.createDirectories(partial.getParent());
    boolean resumed = false;
    long longest = 0; // a server without ranges sends the same again and again
    while (true) {
      long there = Files.exists(partial) ? Files.size(partial) : 0;
      if (there > file.size()) {
        Files.delete(partial);
        there = 0;
      }
      progress.accept(there);
      resumed |= there > 0;
      longest = Math.max(longest, there);
      try {
        transfer(there);
      } catch (HubException e) {
        long reached = Files.size(partial);
        if (reached > longest) {
          longest = reached;
          attempts.succeeded();
        }
        attempts.failed(e);
        continue;
      } catch (IOException e) {
        throw new IOException(
            "%s cannot be written (%s): make room there, or name a folder elsewhere with --out; the next fetch goes on from there"
                .formatted(partial, e.getMessage()),
            e);
      }
      if (file.isAt(partial)) {
        return transferred;
      }
      Files.delete(partial);
      progress.accept(0);
      if (!resumed) {
        throw HubException.lasting(
            "%s is not what %s lists, its checksum is another"
                .formatted(file.path(), hub.endpoint()),
            "fetch again, and if that does not help, " + HubFailures.ANOTHER);
      }
      resumed = false; // the earlier part may have been damaged: once more, from the start
      longest = 0;
    }
  }

  private void transfer(long there) throws IOException, InterruptedException {
    try (FileChannel out =
        FileChannel.open(partial, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
      if (there < file.size()) {
        receive(out, there);
      }
      out.force(true); // before it is taken for the file
    }
  }

  private void receive(FileChannel out, long there) throws IOException, InterruptedException {
    String range = there == 0 ? null : "bytes=%d-".formatted(there);
    HubClient.Answer answer =
        hub.open(
            hub.endpoint().file(repository.id(), repository.commit(), file.path()),
            repository.id(),
            range);
    try (InputStream body = answer.body()) {
      OptionalLong whole = whole(answer);
      if (whole.isPresent() && whole.getAsLong() != file.size()) {
        out.truncate(0);
        throw HubException.lasting(
            "%s has %d bytes, but %s lists %d: its listing and its file differ"
                .formatted(file.path(), whole.getAsLong(), hub.endpoint(), file.size()),
            "fetching again does not help; " + HubFailures.ANOTHER);
      }
      long start = answer.status() == 206 ? there : 0;
      if (answer.status() != 200 && !continues(answer, there)) {
        out.truncate(0);
        throw HubException.passing(
            "%s does not go on with %s where it was left off"
                .formatted(answer.source().getRawAuthority(), file.path()),
            "fetch again",
            Optional.empty());
      }
      out.truncate(start);
      out.position(start);
      copy(body, out, start, answer);
    }
  }

  /**
   * Returns how many bytes the file has, by the server that gives it; empty if it does not tell.
   */
  private static OptionalLong whole(HubClient.Answer answer) {
    if (answer.status() == 200) {
      return answer.headers().firstValueAsLong("Content-Length");
    }
    Matcher range = CONTENT_RANGE.matcher(answer.headers().firstValue("Content-Range").orElse(""));
    return answer.status() == 206 && range.matches() && !range.group(2).equals("*")
        ? OptionalLong.of(Long.parseLong(range.group(2)))
        : OptionalLong.empty();
  }

  private boolean continues(HubClient.Answer answer, long there) {
    Matcher range = CONTENT_RANGE.matcher(answer.headers().firstValue("Content-Range").orElse(""));
    return answer.status() == 206
        && range.matches()
        && Long.parseLong(range.group(1)) == there
        && (range.group(2).equals("*") || Long.parseLong(range.group(2)) == file.size());
  }

  private void copy(InputStream body, FileChannel out, long start, HubClient.Answer answer)
      throws IOException {
    byte[] buffer = new byte[BUFFER_BYTES];
    long end = start;
    while (true) {
      int read = read(body, buffer, answer);
      if (read < 0) {
        break;
      }
      end += read;
      if (end > file.size()) {
        out.truncate(0);
        throw HubException.lasting(
            "%s has more bytes than the %d that %s lists"
                .formatted(file.path(), file.size(), hub.endpoint()),
            HubFailures.ANOTHER);
      }
      ByteBuffer bytes = ByteBuffer.wrap(buffer, 0, read);
      while (bytes.hasRemaining()) {
        out.write(bytes);
      }
      transferred += read;
      progress.accept(end);
    }
    if (end < file.size()) {
      throw HubFailures.interrupted(
          answer.source(),
          new IOException(String.format(Locale.ROOT, "%d of %d bytes came", end, file.size())));
    }
  }

  /** Keeps failures of the network apart from those of the disk. */
  private static int read(InputStream body, byte[] buffer, HubClient.Answer answer)
      throws HubException {
    try {
      return body.read(buffer);
    } catch (IOException e) {
      throw HubFailures.interrupted(answer.source(), e);
    }
  }
}
