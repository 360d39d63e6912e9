package io.semblance.cli;

import io.quarkus.runtime.QuarkusBindException;
import io.semblance.broker.BrokerException;
import io.semblance.embedding.model.InvalidModelException;
import io.semblance.topology.ConfigurationCheck;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.apache.kafka.common.config.ConfigException;

/** Why a service did not start, in the words of whoever has to mend it. */
final class StartFailure {
  private static final Pattern WRONG_VALUE =
      Pattern.compile(
          "SRCFG00039: The config property (\\S+) with the config value \"(.*)\" threw an Exception whilst being converted (?:SRCFG\\d+: )?(.*)");
  private static final Pattern UNKNOWN =
      Pattern.compile("SRCFG00050: (\\S+) in .* does not map to any root");
  private static final Pattern MISSING_VALUE =
      Pattern.compile("SRCFG00014: The config property (\\S+) is required.*");

  private StartFailure() {}

  /**
   * Returns cause and remedy in one line; empty where the cause is not a known one, so that only
   * the stack trace helps.
   *
   * @param stateDirectory the service's
   */
  static Optional<String> explain(Throwable failure, Path stateDirectory) {
    List<Throwable> causes = new ArrayList<>(); // the innermost first: it knows most
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      causes.addFirst(cause);
    }
    return causes.stream().flatMap(cause -> known(cause, stateDirectory).stream()).findFirst();
  }

  private static Optional<String> known(Throwable cause, Path stateDirectory) {
    String message = String.valueOf(cause.getMessage());
    Optional<String> wrong = wrongConfiguration(cause);
    if (wrong.isPresent()) {
      return wrong;
    }
    if (message.contains("No space left on device")) {
      return Optional.of(
          "%s: make room under the state directory %s; temporary files lie in %s"
              .formatted(message, stateDirectory, System.getProperty("java.io.tmpdir")));
    }
    if (cause instanceof QuarkusBindException bind) {
      return Optional.of(
          "port %d of %s cannot be listened on: stop what listens there or choose another with --port"
              .formatted(bind.getPort(), bind.getHost()));
    }
    if (cause instanceof ConfigException && message.contains("bootstrap.servers")) {
      return Optional.of(
          message
              + "; name a host that is known, and its port, with --bootstrap-servers HOST:PORT");
    }
    boolean saysAll =
        cause instanceof ConfigException
            || cause instanceof BrokerException
            || cause instanceof InvalidModelException
            || (cause instanceof IllegalArgumentException && message.startsWith("semblance."));
    return saysAll ? Optional.of(message) : Optional.empty();
  }

  /** Returns which property is wrong, unknown or missing, if that is what {@code failure} says. */
  static Optional<String> wrongConfiguration(Throwable failure) {
    String message = String.valueOf(failure.getMessage());
    Matcher wrong = WRONG_VALUE.matcher(message);
    if (wrong.find()) {
      return Optional.of(
          "the property %s is \"%s\": %s"
              .formatted(wrong.group(1), wrong.group(2), wrong.group(3)));
    }
    Matcher unknown = UNKNOWN.matcher(message);
    if (unknown.find()) {
      return Optional.of(
          "unknown property %s: did you mean %s? README.md lists them all under \"Configuration\""
              .formatted(unknown.group(1), nearest(unknown.group(1))));
    }
    Matcher missing = MISSING_VALUE.matcher(message);
    return missing.find()
        ? Optional.of("the property %s is required: set it".formatted(missing.group(1)))
        : Optional.empty();
  }

  private static String nearest(String unknown) {
    return Collections.min(
        ConfigurationCheck.properties(),
        Comparator.<String>comparingInt(known -> edits(unknown, known))
            .thenComparing(Comparator.naturalOrder()));
  }

  /** Returns how many characters have to be put in, left out or changed (Levenshtein). */
  private static int edits(String from, String to) {
    int[] row = IntStream.rangeClosed(0, to.length()).toArray();
    for (int i = 1; i <= from.length(); i++) {
      int diagonal = row[0];
      row[0] = i;
      for (int j = 1; j <= to.length(); j++) {
        int changed = diagonal + (from.charAt(i - 1) == to.charAt(j - 1) ? 0 : 1);
        diagonal = row[j];
        row[j] = Math.min(changed, 1 + Math.min(row[j], row[j - 1]));
      }
    }
    return row[to.length()];
  }
}
