package io.semblance.event;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;

/** Names a pair of images, the same from either side. */
public final class PairId {
  private static final int BYTES = 16;

  private PairId() {}

  /**
   * Returns the pair's name: the first 16 bytes, in hexadecimal, of the SHA-256 over both image ids
   * and content hashes in the order of the ids. An image whose bytes are replaced forms new pairs.
   */
  public static String of(String imageId, String contentHash, String otherId, String otherHash) {
    boolean inOrder = imageId.compareTo(otherId) <= 0;
    String text =
        inOrder
            ? String.join("\0", imageId, contentHash, otherId, otherHash)
            : String.join("\0", otherId, otherHash, imageId, contentHash);
    try {
      byte[] digest = MessageDigest.getInstance("SHA-256").digest(text.getBytes(UTF_8));
      return HexFormat.of().formatHex(Arrays.copyOf(digest, BYTES));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }
}
