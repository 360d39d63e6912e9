package io.semblance.search;

import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.time.Duration;

/** Whether the shards that this instance owns answer. Safe for use by several threads. */
@Singleton
public final class OwnShards {
  private final ShardDirectory directory;
  private final ShardReader local;
  private final Duration timeLimit;

  @Inject
  OwnShards(ShardDirectory directory, ShardReader local, SearchOptions options) {
    this(directory, local, options.attemptTimeLimit());
  }

  OwnShards(ShardDirectory directory, ShardReader local, Duration timeLimit) {
    this.directory = directory;
    this.local = local;
    this.timeLimit = timeLimit;
  }

  /**
   * Returns whether this instance owns shards of which none answers: they are all being restored,
   * or the threads that should do so have ended.
   */
  public boolean areSilent() throws InterruptedException {
    boolean owner =
        directory.instances().stream()
            .anyMatch(instance -> instance.local() && !instance.active().isEmpty());
    try {
      return owner
          && local.status(timeLimit).shards().stream().noneMatch(InstanceStatus.Shard::active);
    } catch (IOException e) {
      return true;
    }
  }
}
