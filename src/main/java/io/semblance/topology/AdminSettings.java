package io.semblance.topology;

import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.clients.admin.AdminClientConfig;

/** Settings of administration clients, from those of all Kafka clients of the service. */
final class AdminSettings {
  private AdminSettings() {}

  /**
   * Returns what of {@code kafka} is an administration client's, such as the brokers and how to be
   * let in by them.
   *
   * @param kafka settings of Kafka clients, those of another kind of client included
   */
  static Map<String, Object> of(Map<String, Object> kafka) {
    Map<String, Object> settings = new HashMap<>(kafka);
    settings.keySet().retainAll(AdminClientConfig.configNames());
    return settings;
  }
}
