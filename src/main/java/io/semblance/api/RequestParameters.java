package io.semblance.api;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.semblance.event.UploadEventReader;
import io.semblance.search.Labels;
import io.semblance.search.SearchParameters;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.net.URI;
import java.net.URISyntaxException;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Checks what requests say beside their bodies; each refusal names the parameter. */
@Singleton
final class RequestParameters {
  /** The last moment that RFC 3339, whose years have four digits, can name. */
  private static final Instant LATEST = Instant.parse("9999-12-31T23:59:59.999999999Z");

  private final ApiLimits limits;

  @Inject
  RequestParameters(ApiLimits limits) {
    this.limits = limits;
  }

  String imageId(String id) {
    if (id.isBlank() || id.indexOf('\0') >= 0) {
      throw ProblemException.badRequest(
          "invalid-id", "the id is blank or contains NUL: give the image an id");
    }
    int bytes = id.getBytes(UTF_8).length;
    if (bytes > UploadEventReader.IMAGE_ID_BYTES_MAX) {
      throw ProblemException.badRequest(
          "invalid-id",
          "the id has %d bytes in UTF-8: at most %d are allowed"
              .formatted(bytes, UploadEventReader.IMAGE_ID_BYTES_MAX));
    }
    return id;
  }

  /** Returns the tenant; a request that names none belongs to the empty one. */
  String tenant(@Nullable String tenant) {
    return label("tenant", tenant == null ? "" : tenant);
  }

  String category(@Nullable String category) {
    return label("category", category == null ? "" : category);
  }

  private String label(String name, String value) {
    if (value.length() > limits.tenantLengthMax()) {
      throw ProblemException.badRequest(
          "invalid-" + name,
          "the %s has %d characters: at most %d are allowed"
              .formatted(name, value.length(), limits.tenantLengthMax()));
    }
    if (value.chars().anyMatch(Character::isISOControl)) {
      throw ProblemException.badRequest(
          "invalid-" + name, "the %s contains a control character: leave it out".formatted(name));
    }
    return value;
  }

  /** Reads what is either true or false; false where it is not given. */
  boolean flag(String name, @Nullable String text) {
    return switch (text == null ? "false" : text.strip().toLowerCase(Locale.ROOT)) {
      case "true" -> true;
      case "false" -> false;
      default ->
          throw ProblemException.badRequest(
              "invalid-" + name, "%s is \"%s\": it must be true or false".formatted(name, text));
    };
  }

  /** Reads a search's query parameters; null where one is not given. */
  SearchParameters search(SearchWishes wishes) {
    String k = wishes.k();
    Integer count = null;
    try {
      count = k == null ? null : Integer.valueOf(k.strip());
    } catch (NumberFormatException e) {
      throw ProblemException.badRequest(
          "invalid-k", "k is \"%s\": it must be a whole number".formatted(k));
    }
    return search(
        count,
        number("threshold", wishes.threshold()),
        number("relativeThreshold", wishes.relativeThreshold()),
        wishes.tenant(),
        wishes.categories(),
        wishes.model());
  }

  private static @Nullable Float number(String name, @Nullable String text) {
    try {
      return text == null ? null : Float.valueOf(text.strip());
    } catch (NumberFormatException e) {
      throw ProblemException.badRequest(
          name.equals("threshold") ? "invalid-threshold" : "invalid-relative-threshold",
          "%s is \"%s\": it must be a number".formatted(name, text));
    }
  }

  SearchParameters search(
      @Nullable Integer k,
      @Nullable Float threshold,
      @Nullable Float relativeThreshold,
      @Nullable String tenant,
      @Nullable List<String> categories,
      @Nullable String model) {
    List<String> wanted = categories == null ? List.of() : categories;
    for (String category : wanted) {
      if (category == null) {
        throw ProblemException.badRequest("invalid-category", "a category is null: name it");
      }
      category(category);
    }
    return new SearchParameters(
        k == null ? limits.resultsDefault() : k,
        threshold,
        relativeThreshold,
        tenant(tenant),
        Set.copyOf(wanted),
        model);
  }

  /** Returns the labels of a classification; CLIP's own template if none is given. */
  Labels labels(@Nullable List<String> names, @Nullable String template) {
    List<String> given = names == null ? List.of() : names;
    if (given.stream().anyMatch(Objects::isNull)) {
      throw ProblemException.badRequest("invalid-label", "a label is null: name it");
    }
    return new Labels(given, template == null ? Labels.TEMPLATE_DEFAULT : template);
  }

  /** Checks a reference's form; whether it may be fetched is decided where it is fetched. */
  URI dataReference(String reference) {
    if (reference.length() > limits.dataReferenceLengthMax()) {
      throw ProblemException.badRequest(
          "invalid-dataref",
          "dataref has %d characters: at most %d are allowed"
              .formatted(reference.length(), limits.dataReferenceLengthMax()));
    }
    try {
      URI uri = new URI(reference);
      String scheme = uri.getScheme() == null ? "" : uri.getScheme().toLowerCase(Locale.ROOT);
      if ((scheme.equals("http") || scheme.equals("https")) && uri.getHost() != null) {
        return uri;
      }
    } catch (URISyntaxException e) {
      throw ProblemException.badRequest("invalid-dataref", "dataref: " + e.getMessage());
    }
    throw ProblemException.badRequest(
        "invalid-dataref", "dataref must be an absolute http or https URI with a host");
  }

  /** Reads a time, which Kafka counts in milliseconds since 1970; null where none is given. */
  @Nullable Instant time(String name, @Nullable String text) {
    if (text == null || text.isBlank()) {
      return null;
    }
    try {
      Instant time = OffsetDateTime.parse(text.strip()).toInstant();
      if (!time.isBefore(Instant.EPOCH) && !time.isAfter(LATEST)) {
        return time;
      }
    } catch (DateTimeException e) {
      // refused below, as times out of range are
    }
    throw ProblemException.badRequest(
        "invalid-" + name,
        "%s is \"%s\": it must be an RFC 3339 time from 1970 on, such as 2026-01-31T12:00:00Z"
            .formatted(name, text));
  }
}
