package io.semblance.image;

import java.net.URI;

/** Where an image's bytes come from. */
public sealed interface ImageSource {
  /** Bytes at hand. The array is not copied: nobody may change it. */
  record Inline(byte[] bytes) implements ImageSource {}

  /** Bytes to be fetched, under {@code ImageFetcher}'s rules. */
  record Remote(URI uri) implements ImageSource {}
}
