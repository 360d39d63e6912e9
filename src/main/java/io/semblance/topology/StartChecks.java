package io.semblance.topology;

import io.quarkus.runtime.StartupEvent;
import io.quarkus.runtime.configuration.MemorySize;
import io.semblance.api.ApiLimits;
import io.semblance.search.SearchOptions;
import io.semblance.vector.KernelProvider;
import jakarta.annotation.Priority;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.util.Optional;
import org.eclipse.microprofile.config.inject.ConfigProperty;

/** Refuses settings that make no sense, or none together, before anything is served. */
@ApplicationScoped
class StartChecks {
  static final String BODY_BYTES_MAX = "quarkus.http.limits.max-body-size";
  static final String FORM_ATTRIBUTE_BYTES_MAX = "quarkus.http.limits.max-form-attribute-size";

  /** Most bytes in UTF-8 of a character as Java counts them. */
  private static final long BYTES_PER_CHARACTER_MAX = 3;

  /**
   * Asking for the options creates them, and so checks each by itself: else the first request would
   * be the one to fail.
   */
  void check(
      @Observes @Priority(1) StartupEvent event,
      SearchOptions search,
      ApiLimits api,
      @ConfigProperty(name = BODY_BYTES_MAX) Optional<MemorySize> bodyBytesMax,
      @ConfigProperty(name = FORM_ATTRIBUTE_BYTES_MAX) MemorySize formAttributeBytesMax) {
    requireConsistent(search, api, bodyBytesMax.map(MemorySize::asLongValue));
    requireRoomForTexts(search, formAttributeBytesMax.asLongValue());
    // What is wrong with them would else show in threads that restore.
    KernelProvider.choose();
  }

  /** Without {@code bodyBytesMax} bodies are not limited. */
  static void requireConsistent(SearchOptions search, ApiLimits api, Optional<Long> bodyBytesMax) {
    if (api.resultsDefault() > search.resultsMax()) {
      throw new IllegalArgumentException(
          "semblance.api.results-default is %d, semblance.search.results-max %d: the former must not be larger"
              .formatted(api.resultsDefault(), search.resultsMax()));
    }
    bodyBytesMax.ifPresent(bytes -> {
      requireLarger(bytes, "semblance.image.bytes-max", api.imageBytesMax());
      requireLarger(bytes, "semblance.api.json-bytes-max", api.jsonBytesMax());
    });
  }

  /** A text that is allowed must fit into a form, whatever its script. */
  static void requireRoomForTexts(SearchOptions search, long formAttributeBytesMax) {
    long bytes = BYTES_PER_CHARACTER_MAX * search.textLengthMax();
    if (formAttributeBytesMax < bytes) {
      throw new IllegalArgumentException(
          "%s is %d bytes, semblance.search.text-length-max %d characters: the former must be at least %d"
              .formatted(
                  FORM_ATTRIBUTE_BYTES_MAX, formAttributeBytesMax, search.textLengthMax(), bytes));
    }
  }

  private static void requireLarger(long bodyBytesMax, String property, long bytesMax) {
    if (bodyBytesMax <= bytesMax) {
      throw new IllegalArgumentException(
          "%s is %d bytes, %s %d: the former must be larger"
              .formatted(BODY_BYTES_MAX, bodyBytesMax, property, bytesMax));
    }
  }
}
