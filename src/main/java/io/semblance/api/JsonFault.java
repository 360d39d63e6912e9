package io.semblance.api;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.io.JsonEOFException;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.exc.InvalidFormatException;
import com.fasterxml.jackson.databind.exc.MismatchedInputException;
import com.fasterxml.jackson.databind.exc.UnrecognizedPropertyException;
import java.util.Collection;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** What is wrong with a JSON body, in the words of whoever sent it: its fields, no Java. */
final class JsonFault {
  /** Jackson has no exception of its own for what follows a value. */
  private static final String TRAILING = "Trailing token";

  private JsonFault() {}

  static String explain(JsonProcessingException fault) {
    return switch (fault) {
      case UnrecognizedPropertyException unknown -> {
        Collection<Object> known = unknown.getKnownPropertyIds();
        yield "there is no field \"%s\"; there are %s"
            .formatted(
                unknown.getPropertyName(),
                known.stream().map(String::valueOf).sorted().collect(Collectors.joining(", ")));
      }
      case JsonEOFException _ -> "it ends early";
      case InvalidFormatException broken
          when broken.getValue() instanceof String && broken.getTargetType() == String.class ->
          "the field \"%s\" has half of a surrogate pair: send whole characters"
              .formatted(path(broken.getPath()));
      case MismatchedInputException mismatched -> mismatch(mismatched);
      default -> fault.getOriginalMessage();
    };
  }

  private static String mismatch(MismatchedInputException fault) {
    if (fault.getOriginalMessage().startsWith(TRAILING)) {
      return "there is more after it";
    }
    String type = name(fault.getTargetType());
    String path = path(fault.getPath());
    if (path.isEmpty()) {
      return "it is not " + (type.isEmpty() ? "of the kind expected" : type);
    }
    return "the field \"%s\" is not %s"
        .formatted(path, type.isEmpty() ? "of the kind expected" : type);
  }

  private static String path(List<JsonMappingException.Reference> references) {
    StringBuilder path = new StringBuilder();
    for (JsonMappingException.Reference reference : references) {
      if (reference.getFieldName() == null) {
        path.append('[').append(reference.getIndex()).append(']');
      } else {
        path.append(path.isEmpty() ? "" : ".").append(reference.getFieldName());
      }
    }
    return path.toString();
  }

  private static String name(@Nullable Class<?> type) {
    if (type == null) {
      return "";
    }
    if (type == String.class) {
      return "a text";
    }
    if (type == Integer.class || type == int.class || type == Long.class || type == long.class) {
      return "a whole number";
    }
    if (type == Float.class || type == float.class || type == Double.class) {
      return "a number";
    }
    if (type.isArray() || Collection.class.isAssignableFrom(type)) {
      return "a list";
    }
    return type.isRecord() ? "an object" : "";
  }
}
