package io.semblance.topology;

import io.quarkus.kafka.client.runtime.KafkaRuntimeConfigProducer;
import io.quarkus.runtime.ApplicationConfig;
import io.smallrye.common.annotation.Identifier;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import java.util.Map;
import org.eclipse.microprofile.config.Config;

/**
 * The settings of all Kafka clients of the service, in the place of the extension's own, which
 * reads {@code KAFKA_BOOTSTRAP_SERVERS} and {@code kafka.bootstrap.servers} as two properties of
 * which either may win.
 */
@ApplicationScoped
class KafkaSettings {
  private static final String PREFIX = "kafka.";

  @Produces
  @Singleton
  @Identifier("default-kafka-broker")
  Map<String, Object> settings(Config config, ApplicationConfig application) {
    Map<String, Object> settings =
        new KafkaRuntimeConfigProducer().createKafkaRuntimeConfig(config, application);
    settings.replaceAll((name, value) ->
        config
            .getOptionalValue(PREFIX + name, String.class)
            .<Object>map(preferred -> preferred)
            .orElse(value));
    return settings;
  }
}
