package io.semblance.vector;

import java.util.Arrays;
import java.util.concurrent.ConcurrentHashMap;

/** Codes strings as small ints. One writer; any number of readers. Codes are never taken back. */
final class StringDictionary {
  /** Code of a string that no row has. */
  static final int ABSENT = -1;

  private final ConcurrentHashMap<String, Integer> codes = new ConcurrentHashMap<>();
  private volatile String[] strings = new String[0];

  /** Returns the code of {@code string}, giving it one if it has none; writer only. */
  int encode(String string) {
    Integer known = codes.get(string);
    if (known != null) {
      return known;
    }
    int code = codes.size();
    String[] grown = strings;
    if (code == grown.length) {
      grown = Arrays.copyOf(grown, Math.max(8, code * 2));
    }
    grown[code] = string;
    strings = grown;
    codes.put(string, code);
    return code;
  }

  int codeOf(String string) {
    return codes.getOrDefault(string, ABSENT);
  }

  String decode(int code) {
    return strings[code];
  }

  int size() {
    return codes.size();
  }
}
