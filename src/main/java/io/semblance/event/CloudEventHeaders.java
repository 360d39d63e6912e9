package io.semblance.event;

import static java.nio.charset.StandardCharsets.UTF_8;

import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;
import org.jspecify.annotations.Nullable;

/**
 * Names of the record headers of the wire contract: CloudEvents 1.0, Kafka protocol binding, binary
 * mode. Header values are UTF-8 text.
 */
public final class CloudEventHeaders {
  /** Prefix that turns a CloudEvents attribute name into a header name. */
  public static final String PREFIX = "ce_";

  public static final String SPEC_VERSION = "ce_specversion";
  public static final String ID = "ce_id";
  public static final String SOURCE = "ce_source";
  public static final String TYPE = "ce_type";
  public static final String TIME = "ce_time";
  public static final String SUBJECT = "ce_subject";
  public static final String CONTENT_TYPE = "content-type";

  /** Claim check: the URI of the image's bytes, in place of the bytes. */
  public static final String DATA_REFERENCE = "ce_dataref";

  public static final String TENANT = "ce_tenant";
  public static final String CATEGORY = "ce_category";

  /** The id of the event that caused this one: of an embedding and of an alert, the upload's. */
  public static final String CAUSATION_ID = "ce_causationid";

  public static final String MODEL_ID = "ce_modelid";
  public static final String MODEL_VERSION = "ce_modelversion";

  /** Hexadecimal SHA-256 over everything that determines the model's vectors. */
  public static final String MODEL_FINGERPRINT = "ce_modelfingerprint";

  public static final String DIMENSION = "ce_dimension";

  /** Hexadecimal SHA-256 of the image's bytes as they were uploaded. */
  public static final String CONTENT_HASH = "ce_contenthash";

  /** Width of the upright picture, in pixels. */
  public static final String WIDTH = "ce_width";

  /** Height of the upright picture, in pixels. */
  public static final String HEIGHT = "ce_height";

  /** {@code true} for a picture that carries no information; such a picture never matches. */
  public static final String LOW_INFORMATION = "ce_lowinformation";

  private CloudEventHeaders() {}

  /** Returns the last value of the header {@code name} as text, or null where it is absent. */
  public static @Nullable String text(Headers headers, String name) {
    Header header = headers.lastHeader(name);
    return header == null || header.value() == null ? null : new String(header.value(), UTF_8);
  }

  /** Sets the header {@code name}, replacing earlier values. */
  public static void set(Headers headers, String name, String value) {
    headers.remove(name);
    headers.add(name, value.getBytes(UTF_8));
  }
}
