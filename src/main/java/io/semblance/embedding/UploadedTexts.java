package io.semblance.embedding;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.semblance.embedding.model.ModelDescription;
import io.semblance.image.ImageRejectedException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.util.Optional;

/**
 * Embeds the texts among the uploads, each as a row of the same index. A text has no size, and is
 * never called low in information. Safe for use by several threads.
 */
final class UploadedTexts {
  /** Most bytes of a UTF-16 unit in UTF-8. */
  private static final int BYTES_PER_CHARACTER_MAX = 3;

  private final Optional<TextPipeline> texts;
  private final ModelDescription model;

  UploadedTexts(Optional<TextPipeline> texts, ModelDescription model) {
    this.texts = texts;
    this.model = model;
  }

  /** Gives {@code pending} its result, now or later. */
  void embed(PendingImage pending, byte[] bytes) {
    try {
      TextPipeline pipeline = texts.orElseThrow(this::withoutTexts);
      pipeline
          .submitStream(text(bytes, pipeline.textLengthMax()))
          .whenComplete((vector, failure) -> {
            if (failure == null) {
              pending.result.complete(
                  new ImageEmbedding(vector, ContentHash.of(bytes), 0, 0, false));
            } else {
              pending.result.completeExceptionally(failure);
            }
          });
    } catch (ImageRejectedException e) {
      pending.result.completeExceptionally(e);
    }
  }

  private ImageRejectedException withoutTexts() {
    return new ImageRejectedException(
        ImageRejectedException.Reason.UNSUPPORTED_FORMAT,
        "The upload is a text by its content-type, and the model %s embeds pictures alone. Upload a picture, or run a model with a text tower."
            .formatted(model.id()));
  }

  private static String text(byte[] bytes, int lengthMax) throws ImageRejectedException {
    String text = "";
    if (bytes.length <= (long) lengthMax * BYTES_PER_CHARACTER_MAX) {
      try {
        text = UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
      } catch (CharacterCodingException e) {
        throw new ImageRejectedException(
            ImageRejectedException.Reason.CORRUPT,
            "The text is not UTF-8. Encode it so, or name the picture's own content-type.",
            e);
      }
      if (text.isBlank()) {
        throw new ImageRejectedException(
            ImageRejectedException.Reason.EMPTY, "The text is blank. Upload one that says more.");
      }
    }
    if (text.isEmpty() || text.length() > lengthMax) {
      throw new ImageRejectedException(
          ImageRejectedException.Reason.TOO_MANY_BYTES,
          "The text has more than semblance.embedding.text-length-max = %d characters. Shorten it; models read its beginning alone."
              .formatted(lengthMax));
    }
    return text;
  }
}
