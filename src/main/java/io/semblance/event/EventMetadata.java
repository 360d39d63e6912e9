package io.semblance.event;

import java.time.Instant;
import java.util.Map;
import java.util.TreeMap;

/**
 * What an upload event says about itself, beside its image.
 *
 * @param eventId the CloudEvents id; unique per source
 * @param source the CloudEvents source
 * @param time when the upload happened, as its producer says; the record's timestamp if it does not
 * @param extensions every other CloudEvents attribute by its name without {@code ce_}, carried
 *     through unchanged to the embedding and the alerts; sorted by name
 */
public record EventMetadata(
    String eventId, String source, Instant time, Map<String, String> extensions) {

  /** The extension that says of a text what it is; images have none. */
  static final String MEDIA_TYPE = "mediatype";

  /** The media type of texts, without parameters. */
  static final String TEXT = "text/plain";

  private static final String TENANT = "tenant";
  private static final String CATEGORY = "category";

  public EventMetadata {
    extensions = java.util.Collections.unmodifiableMap(new TreeMap<>(extensions));
  }

  /** Returns the tenant that the image belongs to; empty where uploads name none. */
  public String tenant() {
    return extensions.getOrDefault(TENANT, "");
  }

  /** Returns the image's category; empty where uploads name none. */
  public String category() {
    return extensions.getOrDefault(CATEGORY, "");
  }

  /** Returns whether what was uploaded is a text, and no image. */
  public boolean isText() {
    return TEXT.equals(extensions.get(MEDIA_TYPE));
  }

  /** Returns the same, of a text. */
  EventMetadata ofText() {
    Map<String, String> all = new TreeMap<>(extensions);
    all.put(MEDIA_TYPE, TEXT);
    return new EventMetadata(eventId, source, time, all);
  }
}
