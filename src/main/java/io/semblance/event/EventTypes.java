package io.semblance.event;

/** CloudEvents {@code type} attributes of the events that Semblance reads and writes. */
public final class EventTypes {
  public static final String IMAGE_UPLOADED = "io.semblance.image.uploaded.v1";
  public static final String IMAGE_EMBEDDED = "io.semblance.image.embedded.v1";
  public static final String IMAGE_MATCHED = "io.semblance.image.matched.v1";
  public static final String IMAGE_DELETED = "io.semblance.image.deleted.v1";

  private EventTypes() {}
}
