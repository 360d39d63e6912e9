package io.semblance.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MappingIterator;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.csv.CsvMapper;
import com.fasterxml.jackson.dataformat.csv.CsvSchema;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * A file of texts in UTF-8: one text, or, where its name ends in {@code .jsonl}, a JSON object with
 * {@code id} and {@code text} in each line, or, where it ends in {@code .csv}, columns of these
 * names.
 */
record TextFile(Path path) {
  private static final int BYTES_MAX = 100 << 20;
  private static final ObjectMapper MAPPER = new ObjectMapper();
  private static final CsvMapper CSV = new CsvMapper();
  private static final String BYTE_ORDER_MARK = "\uFEFF"; // with which spreadsheets begin a file

  /** A text and its id. */
  record Entry(String id, String text) {}

  /**
   * Reads the file; the id of one text is the file's path.
   *
   * @throws IllegalArgumentException naming the line that is no such object, or says nothing
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
    String name = path.toString().toLowerCase(Locale.ROOT);
    if (name.endsWith(".csv")) {
      return rows(content.startsWith(BYTE_ORDER_MARK) ? content.substring(1) : content);
    }
    if (!name.endsWith(".jsonl")) {
      return List.of(entry(path.toString(), content, path.toString()));
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

  private List<Entry> rows(String content) throws IOException {
    List<Entry> entries = new ArrayList<>();
    try (MappingIterator<Map<String, String>> rows =
        CSV.readerForMapOf(String.class)
            .with(CsvSchema.emptySchema().withHeader())
            .readValues(content.endsWith("\n") ? content : content + "\n")) {
      while (rows.hasNextValue()) {
        Map<String, String> row = rows.nextValue();
        int line = rows.getCurrentLocation().getLineNr() - 1;
        String id = row.get("id");
        String text = row.get("text");
        if (id == null || text == null) {
          throw new IllegalArgumentException(
              "%s, line %d, has the columns %s: id and text are wanted, separated by a comma, and named in the first line"
                  .formatted(path, line, row.keySet()));
        }
        entries.add(entry(id, text, place(line)));
      }
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException(
          "%s is no CSV: %s".formatted(path, e.getOriginalMessage()), e);
    }
    return entries;
  }

  private Entry entry(String line, int number) {
    try {
      JsonNode object = MAPPER.readTree(line);
      if (object.path("id").isTextual() && object.path("text").isTextual()) {
        return entry(object.path("id").textValue(), object.path("text").textValue(), place(number));
      }
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException(
          "%s, line %d, is no JSON: %s".formatted(path, number, e.getOriginalMessage()), e);
    }
    throw new IllegalArgumentException(
        "%s, line %d: say {\"id\": \"photo-1/caption\", \"text\": \"red boots\"}"
            .formatted(path, number));
  }

  private String place(int line) {
    return "%s, line %d,".formatted(path, line);
  }

  /** Refuses what the service would, where its place is still known. */
  private static Entry entry(String id, String text, String place) {
    if (id.isBlank()) {
      throw new IllegalArgumentException(
          "%s has no id: give the text one of its own".formatted(place));
    }
    if (text.isBlank()) {
      throw new IllegalArgumentException(
          "%s has no text: write one, or take it out".formatted(place));
    }
    return new Entry(id, text);
  }
}
