package io.semblance.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class JsonFaultTest {
  private static final ObjectMapper MAPPER =
      JsonMapper.builder()
          .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

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
        "[]| it is not an object",
        "{| it ends early",
        "{\"k\" 1}| Unexpected character",
        "{} {}| there is more after it",
        "' '| it is not an object",
      })
  void shouldNameFieldsAndNoJava(String body, String message) {
    JsonProcessingException fault =
        catchThrowableOfType(
            JsonProcessingException.class, () -> MAPPER.readValue(body, SearchBody.class));

    assertThat(JsonFault.explain(fault))
        .contains(message)
        .doesNotContain("io.semblance", "java.", "class ", "[Source");
  }
}
