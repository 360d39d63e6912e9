package io.semblance.image;

import java.net.URI;

/** Where an image's bytes come from, or what stands in their place. */
public sealed interface ImageSource {
  /** Bytes at hand. The array is not copied: nobody may change it. */
  record Inline(byte[] bytes) implements ImageSource {}

  /**
   * A text in UTF-8, which is embedded where pictures are. The array is not copied: nobody may
   * change it.
   */
  record Text(byte[] bytes) implements ImageSource {}

  /** Bytes to be fetched, under {@code ImageFetcher}'s rules. */
  record Remote(URI uri) implements ImageSource {}
}
