package io.semblance.broker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What the administration of topics does on any broker. */
abstract class TopicAdministrationContract {
  /** Returns the address of a broker. */
  abstract String bootstrapServers();

  @Test
  void shouldCreateTheDeclaredTopicsOnce() {
    try (TopicAdministration topics = new TopicAdministration(bootstrapServers())) {
      topics.createMissing(TopicDeclarations.all());

      assertThat(topics.createMissing(TopicDeclarations.all())).isEmpty();
      assertThat(topics.differences(TopicDeclarations.all())).isEmpty();
    }
  }

  @Test
  void shouldNameEachDifference() {
    try (TopicAdministration topics = new TopicAdministration(bootstrapServers())) {
      topics.createMissing(TopicDeclarations.all());
      TopicDeclaration alerts =
          TopicDeclarations.all().stream()
              .filter(topic -> topic.name().equals("match-alerts"))
              .findFirst()
              .orElseThrow();
      Map<String, String> otherSettings = new HashMap<>(alerts.configuration());
      otherSettings.put("retention.ms", "1234");

      List<String> differences =
          topics.differences(
              List.of(
                  new TopicDeclaration("match-alerts", 7, 1, otherSettings),
                  new TopicDeclaration("not-there", 1, 1, Map.of())));

      assertThat(differences)
          .containsExactly(
              "match-alerts: 4 partitions, declared 7",
              "match-alerts: retention.ms is 2592000000, declared 1234",
              "not-there: missing");
    }
  }

  @Test
  void shouldSayHowToCreateATopicThatIsMissing() {
    try (TopicAdministration topics = new TopicAdministration(bootstrapServers())) {
      assertThatThrownBy(() -> topics.requirePresent("not-there"))
          .isInstanceOf(BrokerException.class)
          .hasMessageContaining("not-there")
          .hasMessageContaining("./semblance topics create");
    }
  }
}
