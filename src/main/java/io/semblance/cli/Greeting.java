package io.semblance.cli;

/**
 * Where a running service is reached.
 *
 * @param rest without a path
 * @param bootstrapServers of Kafka
 */
record Greeting(String rest, String bootstrapServers) {
  /** Returns the greeting of the service that this process runs. */
  static Greeting ofService() {
    return new Greeting(
        "http://%s:%d".formatted(ServiceProperties.host(), ServiceProperties.port()),
        ServiceProperties.bootstrapServers());
  }

  /** Returns a block of lines, {@code heading} first. */
  String text(String heading) {
    return """
    %s
      REST         %2$s/v1
      Swagger UI   %2$s/q/swagger-ui
      status       %2$s/v1/status
      Kafka        %3$s
    Commands in another terminal find it with
      export KAFKA_BOOTSTRAP_SERVERS=%3$s SEMBLANCE_URL=%2$s\
    """
        .formatted(heading, rest, bootstrapServers);
  }
}
