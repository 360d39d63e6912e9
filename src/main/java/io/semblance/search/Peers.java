package io.semblance.search;

import jakarta.annotation.PreDestroy;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.net.http.HttpClient;

/**
 * Finds what asks each instance: this one's own shards, or HTTP. Safe for use by several threads.
 */
@Singleton
final class Peers implements AutoCloseable {
  private final LocalShards local;
  private final SearchOptions options;
  private final HttpClient client;

  @Inject
  Peers(LocalShards local, SearchOptions options) {
    this.local = local;
    this.options = options;
    client =
        HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(options.connectTimeLimit())
            .followRedirects(HttpClient.Redirect.NEVER)
            .build();
  }

  ShardReader readerOf(Instance instance, ModelIndex index) {
    return instance.local()
        ? local.reader(index)
        : new HttpShardReader(connection(instance), index.model().fingerprint());
  }

  /**
   * Returns what an instance says of itself.
   *
   * @throws IOException if it does not answer properly in time
   */
  InstanceStatus statusOf(Instance instance) throws IOException, InterruptedException {
    return instance.local()
        ? local.status()
        : connection(instance).status(options.attemptTimeLimit());
  }

  private PeerConnection connection(Instance instance) {
    return new PeerConnection(client, instance.address(), options.peerMessageBytesMax());
  }

  @Override
  @PreDestroy
  public void close() {
    client.shutdownNow();
  }
}
