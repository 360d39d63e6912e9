package io.semblance.event;

import java.net.URI;
import org.jspecify.annotations.Nullable;

/** An event of the topic {@code image-uploads}, as {@code UploadEventReader} reads it. */
public sealed interface UploadEvent {
  /** Returns the record's key: the image's id. */
  String imageId();

  /** Returns what the event says about itself. */
  EventMetadata metadata();

  /** An image whose bytes are in the event. The array is not copied: nobody may change it. */
  record Inline(String imageId, byte[] bytes, @Nullable String contentType, EventMetadata metadata)
      implements UploadEvent {}

  /** An image whose bytes lie at {@code uri}. */
  record Reference(String imageId, URI uri, EventMetadata metadata) implements UploadEvent {}

  /** The image is to be forgotten. */
  record Deletion(String imageId, EventMetadata metadata) implements UploadEvent {}
}
