package io.semblance.embedding;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.semblance.embedding.PendingImage.Vectors;
import io.semblance.image.ImageRejectedException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/**
 * Embeds the texts among the uploads with every model that has a text tower, each as a row of the
 * same index as its pictures. Safe for use by several threads.
 */
final class UploadedTexts {
  /** Most bytes of a UTF-16 unit in UTF-8. */
  private static final int BYTES_PER_CHARACTER_MAX = 3;

  private UploadedTexts() {}

  /** Gives {@code pending} its result, now or later. */
  static void embed(PendingImage pending, byte[] bytes) {
    Map<String, TextPipeline> towers = new HashMap<>();
    for (ModelEmbedder model : pending.models) {
      model.texts().ifPresent(texts -> towers.put(model.name(), texts));
    }
    try {
      if (towers.isEmpty()) {
        throw withoutTexts(pending.models);
      }
      String text = text(bytes, towers.values().iterator().next().textLengthMax());
      Vectors vectors = new Vectors(pending, ImageContent.ofText(bytes), towers.size());
      towers.forEach((name, tower) -> {
        CompletableFuture<float[]> pass = tower.submitStream(text);
        // Given up, or failed by another tower, it need not be computed.
        pending.result.whenComplete((_, _) -> pass.cancel(false));
        pass.whenComplete((vector, failure) -> {
          if (failure == null) {
            vectors.add(name, vector);
          } else {
            vectors.fail(failure);
          }
        });
      });
    } catch (ImageRejectedException e) {
      pending.result.completeExceptionally(e);
    }
  }

  private static ImageRejectedException withoutTexts(List<ModelEmbedder> models) {
    return new ImageRejectedException(
        ImageRejectedException.Reason.UNSUPPORTED_FORMAT,
        "The upload is a text by its content-type, and of the models %s none has a text tower. Upload a picture, or run a model with one."
            .formatted(models.stream().map(ModelEmbedder::name).toList()));
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
