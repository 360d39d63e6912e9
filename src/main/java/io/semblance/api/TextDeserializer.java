package io.semblance.api;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.DeserializationContext;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.deser.std.StdScalarDeserializer;
import java.io.IOException;

/**
 * Reads texts as they were sent or refuses them: Jackson would take numbers for texts, and half a
 * surrogate pair, which becomes a question mark in UTF-8.
 */
final class TextDeserializer extends StdScalarDeserializer<String> {
  private static final long serialVersionUID = 1L;

  TextDeserializer() {
    super(String.class);
  }

  /**
   * Reads the text at which {@code parser} stands.
   *
   * @throws JsonMappingException if it is none
   */
  @Override
  public String deserialize(JsonParser parser, DeserializationContext context) throws IOException {
    if (!parser.hasToken(JsonToken.VALUE_STRING)) {
      return (String) context.handleUnexpectedToken(String.class, parser);
    }
    String text = parser.getText();
    if (!UTF_8.newEncoder().canEncode(text)) {
      throw context.weirdStringException(text, String.class, "half a surrogate pair");
    }
    return text;
  }
}
