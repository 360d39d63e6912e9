package io.semblance.embedding;

import io.semblance.image.DecodedImage;
import io.semblance.image.InformationContent;

/**
 * What an upload is, whichever model embeds it.
 *
 * @param hash hexadecimal SHA-256 of its bytes
 * @param width of the upright picture, in pixels; 0 of a text
 * @param height of the upright picture, in pixels; 0 of a text
 * @param lowInformation whether it carries no information (invariant 9)
 */
record ImageContent(String hash, int width, int height, boolean lowInformation) {
  static ImageContent of(byte[] bytes, DecodedImage picture) {
    return new ImageContent(
        ContentHash.of(bytes),
        picture.width(),
        picture.height(),
        InformationContent.isLow(picture));
  }

  /** A text has no size, and is never called low in information. */
  static ImageContent ofText(byte[] bytes) {
    return new ImageContent(ContentHash.of(bytes), 0, 0, false);
  }
}
