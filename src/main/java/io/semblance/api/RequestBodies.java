package io.semblance.api;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.module.SimpleModule;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import jakarta.ws.rs.core.Response;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.function.Function;
import org.jboss.resteasy.reactive.multipart.FileUpload;
import org.jspecify.annotations.Nullable;

/** Reads request bodies, never more than the limits allow. Safe for use by several threads. */
@Singleton
final class RequestBodies {
  private static final Duration RETRY_AFTER = Duration.ofSeconds(1);

  /** Drops and alters nothing that a body says: what it cannot read as sent, it refuses. */
  static final ObjectMapper MAPPER =
      JsonMapper.builder()
          .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .disable(DeserializationFeature.ACCEPT_FLOAT_AS_INT)
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .addModule(new SimpleModule().addDeserializer(String.class, new TextDeserializer()))
          .build();

  private final ApiLimits limits;
  private final Semaphore images;

  @Inject
  RequestBodies(ApiLimits limits) {
    this.limits = limits;
    images = new Semaphore(limits.concurrentImagesMax());
  }

  /**
   * Reads an image and hands it to {@code use}; refuses where too many images are held already.
   *
   * @throws ProblemException if it is empty or too large, or there is no room for it
   */
  <T> T withImage(@Nullable InputStream body, Function<byte[], T> use) {
    return withUpload(body, false, use);
  }

  /** As {@link #withImage(InputStream, Function)}, of what may be {@code text} instead. */
  <T> T withUpload(@Nullable InputStream body, boolean text, Function<byte[], T> use) {
    acquire();
    try {
      byte[] bytes =
          body == null
              ? new byte[0]
              : read(body, limits.imageBytesMax(), "image-too-many-bytes", "an image");
      if (bytes.length == 0) {
        throw text
            ? ProblemException.badRequest("text-empty", "the text is empty: send one in UTF-8")
            : ProblemException.badRequest(
                "image-empty", "the body is empty: send the image's bytes in it");
      }
      return use.apply(bytes);
    } finally {
      images.release();
    }
  }

  /**
   * Reads the form field {@code image} and hands it to {@code use}.
   *
   * @throws ProblemException as {@link #withImage(InputStream, Function)}, or if there is no field
   */
  <T> T withImage(@Nullable FileUpload field, Function<byte[], T> use) {
    return withUpload(field, false, use);
  }

  /** As {@link #withImage(FileUpload, Function)}, of what may be {@code text} instead. */
  <T> T withUpload(@Nullable FileUpload field, boolean text, Function<byte[], T> use) {
    if (field == null) {
      throw ProblemException.badRequest(
          "image-field-missing",
          "the form has no file in the field \"image\": send it as curl -F image=@FILE does");
    }
    Path file = field.uploadedFile();
    try (InputStream body = Files.newInputStream(file)) {
      return withUpload(body, text, use);
    } catch (IOException e) {
      throw new IllegalStateException("cannot read the uploaded file " + file, e);
    }
  }

  /**
   * Reads a JSON body.
   *
   * @throws ProblemException if it is too large or no such document
   */
  <T> T json(@Nullable InputStream body, Class<T> type) {
    byte[] bytes =
        body == null
            ? new byte[0]
            : read(body, limits.jsonBytesMax(), "body-too-large", "a JSON body");
    try {
      T value = MAPPER.readValue(bytes, type);
      if (value == null) {
        throw ProblemException.badRequest("invalid-json", "the body is null: send a JSON object");
      }
      return value;
    } catch (JsonProcessingException e) {
      throw ProblemException.badRequest(
          "invalid-json", "the body is not the JSON object expected: " + JsonFault.explain(e));
    } catch (IOException e) {
      throw ProblemException.badRequest("invalid-json", "the body cannot be read: " + e);
    }
  }

  /**
   * Reads a body of at most {@code bytesMax} bytes.
   *
   * @throws ProblemException if it is larger or ends early
   */
  static byte[] read(InputStream body, int bytesMax, String code, String what) {
    try {
      byte[] bytes = body.readNBytes(bytesMax);
      if (bytes.length == bytesMax && body.read() >= 0) {
        throw ProblemException.tooLarge(
            code,
            "the body has more than %d bytes: %s may have at most as many"
                .formatted(bytesMax, what));
      }
      return bytes;
    } catch (IOException e) {
      throw ProblemException.badRequest(
          "body-incomplete", "the body ended early: send it again (%s)".formatted(e.getMessage()));
    }
  }

  private void acquire() {
    if (!images.tryAcquire()) {
      throw new ProblemException(
          Response.Status.TOO_MANY_REQUESTS.getStatusCode(),
          "images-full",
          "%d images are being received, the most at a time: try again"
              .formatted(limits.concurrentImagesMax()),
          RETRY_AFTER);
    }
  }
}
