package io.semblance.cli;

import io.semblance.broker.TopicAdministration;
import io.semblance.broker.TopicDeclaration;
import java.io.PrintWriter;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** The declared topics against a broker. */
@Command(
    name = "topics",
    description =
        "Create the declared topics on a broker, or compare them with it; those of"
            + " semblance.search-models are among them.",
    mixinStandardHelpOptions = true,
    synopsisSubcommandLabel = "(create | check)",
    subcommands = {TopicsCommand.Create.class, TopicsCommand.Check.class})
final class TopicsCommand extends CommandGroup {
  /** What is done with the declared topics and those of a broker. */
  abstract static class Task implements Callable<Integer> {
    @Spec private CommandSpec spec;
    @Mixin private BrokerOption broker;
    @Mixin private JsonOption json;

    @Override
    public final Integer call() {
      ServiceProperties.requireSound(); // a topic of a wrong name would stay
      try (TopicAdministration topics = new TopicAdministration(broker.bootstrapServers)) {
        return run(topics, ServiceProperties.topics());
      }
    }

    /** Returns the exit status. */
    abstract int run(TopicAdministration topics, List<TopicDeclaration> declared);

    /** Prints a line for each of {@code items}, or one that says that there is none. */
    final void print(String kind, List<String> items, String text, String none) {
      PrintWriter out = spec.commandLine().getOut();
      for (String item : items) {
        json.print(out, Map.of(kind, item), text.formatted(item));
      }
      if (items.isEmpty()) {
        json.print(out, Map.of(), none);
      }
    }
  }

  /** Creates what is missing. */
  @Command(
      name = "create",
      description = "Create the declared topics that the broker lacks.",
      mixinStandardHelpOptions = true)
  static final class Create extends Task {
    @Override
    int run(TopicAdministration topics, List<TopicDeclaration> declared) {
      print("created", topics.createMissing(declared), "created %s", "every topic is there");
      return 0;
    }
  }

  /** Names what differs. */
  @Command(
      name = "check",
      description =
          "Name what differs between the declared topics and the broker's; ends 1 if any.",
      mixinStandardHelpOptions = true)
  static final class Check extends Task {
    @Override
    int run(TopicAdministration topics, List<TopicDeclaration> declared) {
      List<String> differences = topics.differences(declared);
      print("difference", differences, "%s", "every topic is as declared");
      return differences.isEmpty() ? 0 : 1;
    }
  }
}
