package io.semblance.embedding.model;

import io.semblance.embedding.model.NetworkFile.Kind;
import io.semblance.embedding.model.NetworkFile.Port;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.ZipEntry;
import java.util.zip.ZipException;
import java.util.zip.ZipFile;

/**
 * Reads of a TorchScript archive what its {@code forward} takes and gives. An archive is a program:
 * one that reads or writes files, or prints, is refused, for no embedding needs that.
 */
final class TorchScriptFile {
  /** What TorchScript does not name: the one tensor that {@code forward} returns. */
  static final String OUTPUT = "output";

  static final String EXTENSION = ".pt";

  private static final byte[] ZIP = {'P', 'K', 3, 4};
  private static final int CODE_BYTES_MAX = 16 << 20;

  /** A pickle begins with its protocol and, here, with the name of the network's class. */
  private static final Pattern CLASS =
      Pattern.compile("^\\x80.c(__torch__[\\w.]*)\\n(\\w+)\\n", Pattern.DOTALL);

  private static final Pattern FORWARD =
      Pattern.compile("def forward\\(self[^,)]*,?\\s*([^)]*)\\) -> ([^\\n]*):");

  private static final Pattern EFFECTS =
      Pattern.compile("\\b(torch\\.(save|load|from_file)|ops\\.aten\\.(save|from_file)|print)\\(");

  private TorchScriptFile() {}

  /**
   * Reads {@code file}.
   *
   * @param path of it, relative to the package
   * @return empty if it is no TorchScript: weights alone have the same names
   * @throws InvalidModelException if it is cut, or has effects on files
   */
  static Optional<NetworkFile> read(Path file, String path) {
    try {
      if (!isArchive(file)) {
        return Optional.empty();
      }
      try (ZipFile archive = new ZipFile(file.toFile())) {
        return read(file, path, archive);
      }
    } catch (ZipException e) {
      throw new InvalidModelException(
          "%s is damaged or cut, or no network for %s: %s; fetch it again"
              .formatted(file, EngineSettings.PYTORCH, e.getMessage()),
          e);
    } catch (IOException e) {
      throw new InvalidModelException("cannot read %s: %s".formatted(file, e.getMessage()), e);
    }
  }

  private static boolean isArchive(Path file) throws IOException {
    try (InputStream in = Files.newInputStream(file)) {
      return Arrays.equals(in.readNBytes(ZIP.length), ZIP);
    }
  }

  private static Optional<NetworkFile> read(Path file, String path, ZipFile archive)
      throws IOException {
    List<? extends ZipEntry> code =
        archive.stream().filter(one -> one.getName().matches("[^/]+/code/.*\\.py")).toList();
    if (code.isEmpty()) {
      return Optional.empty();
    }
    for (ZipEntry entry : code) {
      Matcher effect = EFFECTS.matcher(text(archive, entry));
      if (effect.find()) {
        throw new InvalidModelException(
            "%s: its code (%s) calls %s, which reads or writes outside the network: export it without"
                .formatted(file, entry.getName(), effect.group(1)));
      }
    }
    String root = code.getFirst().getName().replaceFirst("/.*", "/");
    ZipEntry pickle = archive.getEntry(root + "data.pkl");
    Matcher top = CLASS.matcher(pickle == null ? "" : text(archive, pickle));
    if (!top.find()) {
      throw new InvalidModelException(
          "%s names no network in data.pkl: export it by torch.jit.save".formatted(file));
    }
    ZipEntry source = archive.getEntry(root + "code/" + top.group(1).replace('.', '/') + ".py");
    return Optional.of(
        network(file, path, source == null ? "" : text(archive, source), top.group(2)));
  }

  private static NetworkFile network(Path file, String path, String source, String type) {
    int begin = source.indexOf("class " + type + "(");
    int end = source.indexOf("\nclass ", begin + 1);
    Matcher forward = FORWARD.matcher(source);
    forward.region(Math.max(0, begin), end < 0 ? source.length() : end);
    if (begin < 0 || !forward.find()) {
      throw new InvalidModelException(
          "%s: its network, %s, has no forward: export it by torch.jit.trace or torch.jit.script"
              .formatted(file, type));
    }
    List<Port> inputs = new ArrayList<>();
    String[] parameters = forward.group(1).strip().split("\\s*,\\s*");
    for (String parameter : parameters) {
      String name = parameter.replaceFirst(":.*", "");
      boolean picture = parameters.length == 1 && parameter.endsWith(": Tensor");
      inputs.add(
          picture
              ? new Port(name, Kind.FLOAT32, List.of(-1L, 3L, -1L, -1L))
              : new Port(name, Kind.OTHER, List.of()));
    }
    String returned = forward.group(2).strip();
    String name = returned.equals("Tensor") ? OUTPUT : returned;
    return new NetworkFile(
        EngineSettings.PYTORCH,
        path,
        null,
        inputs,
        List.of(new Port(name, Kind.FLOAT32, List.of(-1L, -1L))),
        false);
  }

  private static String text(ZipFile archive, ZipEntry entry) throws IOException {
    try (InputStream in = archive.getInputStream(entry)) {
      byte[] bytes =
          in.readNBytes(CODE_BYTES_MAX + 1); // the size that the archive tells may be wrong
      if (bytes.length > CODE_BYTES_MAX) {
        throw new ZipException(
            "%s has more than %d bytes".formatted(entry.getName(), CODE_BYTES_MAX));
      }
      return new String(bytes, StandardCharsets.ISO_8859_1);
    }
  }
}
