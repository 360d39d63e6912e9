package io.semblance.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * A file of texts in UTF-8: one text, or, where its name ends in {@code .jsonl}, a JSON object with
 * {@code id} and {@code text} in each line.
 */
record TextFile(Path path) {
  private static final int BYTES_MAX = 100 << 20;
  private static final ObjectMapper MAPPER = new ObjectMapper();

  /** A text and its id. */
  record Entry(String id, String text) {}

  /**
   * Reads the file; the id of one text is the file's path.
   *
   * @throws IllegalArgumentException naming the line that is no such object
   */
  List<Entry> read() throws IOException {
    String content;
    try {
      content =
          UTF_8
              .newDecoder()
              .decode(ByteBuffer.wrap(new InputFile(path).read(BYTES_MAX)))
              .toString();
    } catch (CharacterCodingException e) {
      throw new IllegalArgumentException("%s is no text in UTF-8: convert it".formatted(path), e);
    }
    if (!path.toString().toLowerCase(Locale.ROOT).endsWith(".jsonl")) {
      return List.of(new Entry(path.toString(), content));
    }
    List<Entry> entries = new ArrayList<>();
    int number = 0;
    for (String line : content.lines().toList()) {
      number++;
      if (!line.isBlank()) {
        entries.add(entry(line, number));
      }
    }
    return entries;
  }

  private Entry entry(String line, int number) {
    try {
      JsonNode object = MAPPER.readTree(line);
      if (object.path("id").isTextual() && object.path("text").isTextual()) {
        return new Entry(object.path("id").textValue(), object.path("text").textValue());
      }
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException(
          "%s, line %d, is no JSON: %s".formatted(path, number, e.getOriginalMessage()), e);
    }
    throw new IllegalArgumentException(
        "%s, line %d: say {\"id\": \"photo-1/caption\", \"text\": \"red boots\"}"
            .formatted(path, number));
  }
}
