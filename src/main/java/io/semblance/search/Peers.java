package io.semblance.search;

import io.semblance.embedding.model.ModelDescription;
import jakarta.annotation.PreDestroy;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.net.http.HttpClient;

/** Finds the reader of each instance: this one's own, or HTTP. Safe for use by several threads. */
@Singleton
final class Peers implements AutoCloseable {
  private final ShardReader local;
  private final ModelDescription model;
  private final SearchOptions options;
  private final HttpClient client;

  @Inject
  Peers(ShardReader local, ModelDescription model, SearchOptions options) {
    this.local = local;
    this.model = model;
    this.options = options;
    client =
        HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(options.connectTimeLimit())
            .followRedirects(HttpClient.Redirect.NEVER)
            .build();
  }

  ShardReader readerOf(Instance instance) {
    return instance.local()
        ? local
        : new HttpShardReader(
            client, instance.address(), model.fingerprint(), options.peerMessageBytesMax());
  }

  @Override
  @PreDestroy
  public void close() {
    client.shutdownNow();
  }
}
