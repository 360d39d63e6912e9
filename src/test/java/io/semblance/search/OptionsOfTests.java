package io.semblance.search;

import java.time.Duration;

/** How the tests of this package search. */
final class OptionsOfTests {
  static final SearchOptions SEARCH =
      new SearchOptions(
          "localhost:1",
          Duration.ofSeconds(1),
          Duration.ofSeconds(1),
          Duration.ofSeconds(5),
          Duration.ofSeconds(1),
          100,
          4,
          20,
          3,
          4,
          10,
          1 << 20);

  private OptionsOfTests() {}
}
