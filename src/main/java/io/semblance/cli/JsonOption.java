package io.semblance.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.PrintWriter;
import java.util.Map;
import picocli.CommandLine.Option;

/** Whether a command writes JSON lines in place of text. */
final class JsonOption {
  private static final ObjectMapper MAPPER = new ObjectMapper();

  @Option(names = "--json", description = "Write JSON lines, one object a line.")
  boolean json;

  /** Writes {@code object} as a line of JSON, or {@code text}. */
  void print(PrintWriter out, Map<String, ?> object, String text) {
    try {
      out.println(json ? MAPPER.writeValueAsString(object) : text);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("cannot write JSON", e);
    }
    out.flush();
  }
}
