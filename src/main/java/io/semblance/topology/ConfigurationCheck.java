package io.semblance.topology;

import io.quarkus.runtime.configuration.ConfigUtils;
import io.quarkus.runtime.configuration.MemorySize;
import io.semblance.embedding.model.ModelDescription;
import io.semblance.search.SearchOptions;
import io.semblance.vector.KernelProvider;
import io.smallrye.config.ConfigMappings;
import io.smallrye.config.SmallRyeConfig;
import java.util.Optional;
import java.util.Set;

/**
 * Refuses a configuration that the service could not run with. It needs no part of the service, so
 * that it comes before anything is opened, loaded or written.
 */
public final class ConfigurationCheck {
  private static final String SELF = "quarkus.kafka-streams.application-server";

  /** Stands in for the model, which is not loaded yet, where its properties do not matter. */
  private static final ModelDescription ANY_MODEL = new ModelDescription("any", "1", "any", 1, 1);

  private ConfigurationCheck() {}

  /**
   * Checks the configuration that the service would start with.
   *
   * @throws io.smallrye.config.ConfigValidationException if a property is unknown, or a value of
   *     another type
   * @throws IllegalArgumentException if a value makes no sense; the message names the property
   */
  public static void requireSound() {
    requireSound(
        ConfigUtils.configBuilder().withMapping(SemblanceConfiguration.class).build(),
        Optional.ofNullable(System.getProperty(KernelProvider.PROPERTY)));
  }

  /** Checks {@code config}, and the kernel that the JVM was started with. */
  static void requireSound(SmallRyeConfig config, Optional<String> kernel) {
    SemblanceConfiguration configuration = config.getConfigMapping(SemblanceConfiguration.class);
    requireKernel(configuration.vector().kernel(), kernel);
    Components components = new Components(configuration);
    ConfiguredModels.requireSound(configuration);
    components.decoder();
    components.fetchRules();
    components.embeddingOptions();
    components.textOptions();
    new IndexStores(configuration).options(ANY_MODEL);
    components.matchOptions(ANY_MODEL);
    SearchOptions search = components.searchOptions(config.getValue(SELF, String.class));
    StartChecks.requireConsistent(
        search,
        components.apiLimits(),
        config
            .getOptionalValue(StartChecks.BODY_BYTES_MAX, MemorySize.class)
            .map(MemorySize::asLongValue));
    StartChecks.requireRoomForTexts(
        search,
        config.getValue(StartChecks.FORM_ATTRIBUTE_BYTES_MAX, MemorySize.class).asLongValue());
    TopologyProducer.requireLongerTransactions(
        config
            .getOptionalValue(TopologyProducer.TRANSACTION_TIMEOUT, Long.class)
            .orElse(Long.valueOf(TopologyProducer.DEFAULT_TRANSACTION_MILLIS)),
        configuration.embedding().timeLimit());
  }

  /** The kernels are the JVM's, chosen before there is a configuration. */
  private static void requireKernel(Optional<String> configured, Optional<String> chosen) {
    configured.ifPresent(KernelProvider::requireKnown);
    if (!configured.equals(chosen)) {
      throw new IllegalArgumentException(
          "%s is \"%s\" where it has no effect: set it as a system property, JAVA_OPTS=-D%s=%s"
              .formatted(
                  KernelProvider.PROPERTY,
                  configured.orElse(""),
                  KernelProvider.PROPERTY,
                  configured.orElse("auto")));
    }
  }

  /** Returns the names of Semblance's own properties. */
  public static Set<String> properties() {
    return ConfigMappings.getProperties(
            ConfigMappings.ConfigClass.configClass(SemblanceConfiguration.class))
        .keySet();
  }
}
