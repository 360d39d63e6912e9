package io.semblance.cli.hub;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * By what a file of the hub is known.
 *
 * @param value in hexadecimal
 */
record Checksum(Kind kind, String value) {
  /** Large files lie in LFS storage, the others in git itself. */
  enum Kind {
    /** Of the content. */
    SHA256("sha256", "SHA-256", 64),
    /** SHA-1 of the content after git's header, which holds its length. */
    GIT_BLOB("git-blob", "SHA-1", 40);

    private final String name;
    private final String algorithm;
    private final int digits;

    Kind(String name, String algorithm, int digits) {
      this.name = name;
      this.algorithm = algorithm;
      this.digits = digits;
    }

    boolean allows(String value) {
      return value.length() == digits && value.matches("[0-9a-f]*");
    }

    @Override
    public String toString() {
      return name;
    }
  }

  /** Returns whether {@code file} holds what this is the checksum of. */
  boolean matches(Path file) throws IOException {
    MessageDigest digest = digest();
    if (kind == Kind.GIT_BLOB) {
      digest.update(("blob " + Files.size(file) + "\0").getBytes(StandardCharsets.US_ASCII));
    }
    try (InputStream in = new DigestInputStream(Files.newInputStream(file), digest)) {
      in.transferTo(OutputStream.nullOutputStream());
    }
    return HexFormat.of().formatHex(digest.digest()).equals(value);
  }

  private MessageDigest digest() {
    try {
      return MessageDigest.getInstance(kind.algorithm);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has " + kind.algorithm, e);
    }
  }
}
