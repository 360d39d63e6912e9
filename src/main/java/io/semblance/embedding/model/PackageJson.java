package io.semblance.embedding.model;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.exc.InvalidFormatException;
import com.fasterxml.jackson.databind.exc.UnrecognizedPropertyException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Objects;
import java.util.stream.Collectors;

/** Reads a package's JSON files; whatever is wrong is told by file and key. */
final class PackageJson {
  /** Unknown keys are refused unless a type says otherwise: one misspelt would be ignored. */
  private static final ObjectMapper MAPPER =
      JsonMapper.builder()
          .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          .enable(MapperFeature.ACCEPT_CASE_INSENSITIVE_ENUMS)
          .build();

  private PackageJson() {}

  /**
   * Reads {@code file}.
   *
   * @throws InvalidModelException if it is missing or does not hold what {@code type} needs
   */
  static <T> T read(Path file, Class<T> type) {
    try {
      T content = MAPPER.readValue(file.toFile(), type);
      if (content == null) {
        throw new InvalidModelException("%s holds null: restore the file".formatted(file));
      }
      return content;
    } catch (FileNotFoundException e) {
      throw new InvalidModelException("%s is missing: a model package needs it".formatted(file), e);
    } catch (UnrecognizedPropertyException e) {
      throw new InvalidModelException(
          "%s: \"%s\" is not known; known are %s: correct or remove it"
              .formatted(
                  file,
                  key(e),
                  e.getKnownPropertyIds() == null
                      ? "none"
                      : e.getKnownPropertyIds().stream().map(String::valueOf).sorted().toList()),
          e);
    } catch (InvalidFormatException e) {
      throw new InvalidModelException(
          "%s: \"%s\" is \"%s\", but must be %s: correct it"
              .formatted(file, key(e), e.getValue(), kind(e.getTargetType())),
          e);
    } catch (JsonMappingException e) {
      throw new InvalidModelException(
          "%s: \"%s\" is wrong: %s".formatted(file, key(e), e.getOriginalMessage()), e);
    } catch (JsonProcessingException e) {
      throw new InvalidModelException(
          "%s is no JSON at line %d: %s"
              .formatted(
                  file,
                  e.getLocation() == null ? 0 : e.getLocation().getLineNr(),
                  e.getOriginalMessage()),
          e);
    } catch (IOException e) {
      throw new InvalidModelException("cannot read %s: %s".formatted(file, e.getMessage()), e);
    }
  }

  /** Returns the key that is wrong, with those around it. */
  private static String key(JsonMappingException failure) {
    return failure.getPath().stream()
        .map(JsonMappingException.Reference::getFieldName)
        .filter(Objects::nonNull)
        .collect(Collectors.joining("."));
  }

  /** Returns what a key takes, in words of JSON. */
  private static String kind(Class<?> type) {
    if (type.isEnum()) {
      return "one of " + Arrays.toString(type.getEnumConstants());
    }
    if (type == boolean.class || type == Boolean.class) {
      return "true or false";
    }
    boolean whole =
        type == int.class || type == Integer.class || type == long.class || type == Long.class;
    return whole ? "a whole number" : type == String.class ? "a text" : "a number";
  }

  /** Reads {@code name}, which ships with Semblance, from beside this class. */
  static JsonNode resource(String name) {
    try (InputStream in = PackageJson.class.getResourceAsStream(name)) {
      return MAPPER.readTree(Objects.requireNonNull(in, name));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Reads {@code file} as it is. */
  static JsonNode tree(Path file) {
    return read(file, JsonNode.class);
  }
}
