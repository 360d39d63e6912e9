package io.semblance.cli;

import io.quarkus.runtime.QuarkusBindException;
import io.semblance.broker.BrokerException;
import io.semblance.embedding.model.InvalidModelException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.kafka.common.config.ConfigException;

/** Why a service did not start, in the words of whoever has to mend it. */
final class StartFailure {
  private static final Pattern WRONG_VALUE =
      Pattern.compile(
          "SRCFG00039: The config property (\\S+) with the config value \"(.*)\" threw an Exception whilst being converted (?:SRCFG\\d+: )?(.*)");
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
    Optional<String> wrong = wrongValue(cause);
    if (wrong.isPresent()) {
      return wrong;
    }
    Matcher missing = MISSING_VALUE.matcher(message);
    if (missing.find()) {
      return Optional.of("the property %s is required: set it".formatted(missing.group(1)));
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

  /** Returns which property has a wrong value, if that is what {@code failure} says. */
  static Optional<String> wrongValue(Throwable failure) {
    Matcher wrong = WRONG_VALUE.matcher(String.valueOf(failure.getMessage()));
    return wrong.find()
        ? Optional.of(
            "the property %s is \"%s\": %s"
                .formatted(wrong.group(1), wrong.group(2), wrong.group(3)))
        : Optional.empty();
  }
}
