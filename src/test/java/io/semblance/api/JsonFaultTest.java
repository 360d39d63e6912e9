package io.semblance.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.fasterxml.jackson.core.JsonProcessingException;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class JsonFaultTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{\"vectr\": [1]}| there is no field \"vectr\"; there are categories, id, k, model, relativeThreshold, tenant, text, threshold, vector",
        "{\"k\": \"many\"}| the field \"k\" is not a whole number",
        "{\"threshold\": \"high\"}| the field \"threshold\" is not a number",
        "{\"vector\": {}}| the field \"vector\" is not a list",
        "{\"categories\": 3}| the field \"categories\" is not a list",
        "{\"id\": {}}| the field \"id\" is not a text",
        "{\"text\": 5}| the field \"text\" is not a text",
        "{\"tenant\": true}| the field \"tenant\" is not a text",
        "{\"categories\": [\"a\", 5]}| the field \"categories[1]\" is not a text",
        "{\"text\": \"a\\ud800b\"}| the field \"text\" has half of a surrogate pair",
        "{\"k\": 1.5}| the field \"k\" is not a whole number",
        "{\"tenant\": \"a\", \"tenant\": \"b\"}| Duplicate field 'tenant'",
        "[]| it is not an object",
        "{| it ends early",
        "{\"k\" 1}| Unexpected character",
        "{} {}| there is more after it",
        "' '| it is not an object",
      })
  void shouldNameFieldsAndNoJava(String body, String message) {
    JsonProcessingException fault =
        catchThrowableOfType(
            JsonProcessingException.class,
            () -> RequestBodies.MAPPER.readValue(body, SearchBody.class));

    assertThat(JsonFault.explain(fault))
        .contains(message)
        .doesNotContain("io.semblance", "java.", "class ", "[Source");
  }
}
