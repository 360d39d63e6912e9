package io.semblance.crash;

import io.semblance.broker.EmbeddedBroker;
import io.semblance.broker.TopicAdministration;
import io.semblance.broker.TopicDeclarations;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/**
 * A broker with the declared topics in a process of its own, so that it can be killed. Arguments:
 * data directory, port, and names of further topics of embeddings. It ends when its standard input
 * does, so that it never outlives the test that started it.
 */
final class BrokerProcess {
  private BrokerProcess() {}

  public static void main(String[] arguments) throws IOException {
    EmbeddedBroker broker =
        EmbeddedBroker.start(Path.of(arguments[0]), Integer.parseInt(arguments[1]));
    try (TopicAdministration topics = new TopicAdministration(broker.bootstrapServers())) {
      topics.createMissing(TopicDeclarations.with(List.of(arguments).subList(2, arguments.length)));
    }
    System.out.println("broker at " + broker.bootstrapServers());
    while (System.in.read() >= 0) {
      // only its end matters
    }
    Runtime.getRuntime().halt(0);
  }
}
