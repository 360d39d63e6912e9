package io.semblance.cli;

import io.semblance.broker.TopicAdministration;
import io.semblance.broker.TopicDeclarations;
import java.io.PrintWriter;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The declared topics against a broker. */
@Command(
    name = "topics",
    description = "Create the declared topics on a broker, or compare them with it.",
    mixinStandardHelpOptions = true,
    synopsisSubcommandLabel = "(create | check)",
    subcommands = {TopicsCommand.Create.class, TopicsCommand.Check.class})
final class TopicsCommand implements Runnable {
  @Spec private CommandSpec spec;

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "Say create or check.");
  }

  /** Creates what is missing. */
  @Command(
      name = "create",
      description = "Create the declared topics that the broker lacks.",
      mixinStandardHelpOptions = true)
  static final class Create implements Callable<Integer> {
    @Spec private CommandSpec spec;
    @Mixin private BrokerOption broker;
    @Mixin private JsonOption json;

    @Override
    public Integer call() {
      PrintWriter out = spec.commandLine().getOut();
      try (TopicAdministration topics = new TopicAdministration(broker.bootstrapServers)) {
        List<String> created = topics.createMissing(TopicDeclarations.all());
        for (String name : created) {
          json.print(out, Map.of("created", name), "created " + name);
        }
        if (created.isEmpty() && !json.json) {
          out.println("every topic is there");
        }
        return 0;
      }
    }
  }

  /** Names what differs. */
  @Command(
      name = "check",
      description =
          "Name what differs between the declared topics and the broker's; ends 1 if any.",
      mixinStandardHelpOptions = true)
  static final class Check implements Callable<Integer> {
    @Spec private CommandSpec spec;
    @Mixin private BrokerOption broker;
    @Mixin private JsonOption json;

    @Override
    public Integer call() {
      PrintWriter out = spec.commandLine().getOut();
      try (TopicAdministration topics = new TopicAdministration(broker.bootstrapServers)) {
        List<String> differences = topics.differences(TopicDeclarations.all());
        for (String difference : differences) {
          json.print(out, Map.of("difference", difference), difference);
        }
        if (differences.isEmpty() && !json.json) {
          out.println("every topic is as declared");
        }
        return differences.isEmpty() ? 0 : 1;
      }
    }
  }
}
