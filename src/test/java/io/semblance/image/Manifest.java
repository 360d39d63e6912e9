package io.semblance.image;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Reads the data folders' CSV files (RFC 4180, no line breaks inside fields). */
public final class Manifest {
  /**
   * Files of the torture set that are valid, but outside of the formats that are taken: refusing
   * them is the documented answer.
   */
  public static final Set<String> FORMATS_NOT_TAKEN =
      Set.of(
          "suite-pillow/hopper.ico",
          "suite-pillow/hopper.Lab.tif",
          "suite-pillow/12bit.cropped.tif");

  private Manifest() {}

  /** One line by column name. */
  public record Row(Map<String, String> fields) {
    public String get(String name) {
      return fields.getOrDefault(name, "");
    }
  }

  public static List<Row> read(Path file) throws IOException {
    List<String> lines = Files.readAllLines(file);
    List<String> names = fields(lines.getFirst());
    List<Row> rows = new ArrayList<>();
    for (String line : lines.subList(1, lines.size())) {
      List<String> values = fields(line);
      Map<String, String> row = new LinkedHashMap<>();
      for (int i = 0; i < names.size(); i++) {
        row.put(names.get(i), values.get(i));
      }
      rows.add(new Row(row));
    }
    return rows;
  }

  private static List<String> fields(String line) {
    List<String> fields = new ArrayList<>();
    StringBuilder field = new StringBuilder();
    boolean quoted = false;
    for (int i = 0; i < line.length(); i++) {
      char c = line.charAt(i);
      if (c == '"') {
        if (quoted && i + 1 < line.length() && line.charAt(i + 1) == '"') {
          field.append(c);
          i++;
        } else {
          quoted = !quoted;
        }
      } else if (c == ',' && !quoted) {
        fields.add(field.toString());
        field.setLength(0);
      } else {
        field.append(c);
      }
    }
    fields.add(field.toString());
    return fields;
  }
}
