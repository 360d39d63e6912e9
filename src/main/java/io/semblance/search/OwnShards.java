package io.semblance.search;

import io.semblance.embedding.LoadedModel;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;

/**
 * Whether the shards that this instance owns of the index that near-duplicates are told by answer.
 * Safe for use by several threads.
 */
@Singleton
public final class OwnShards {
  private final ShardDirectory directory;
  private final LocalShards local;

  @Inject
  OwnShards(SearchedModels models, LocalShards local) {
    this(models.matching().shards().directory(), local);
  }

  OwnShards(ShardDirectory directory, LocalShards local) {
    this.directory = directory;
    this.local = local;
  }

  /**
   * Returns whether this instance owns shards of which none answers: they are all being restored,
   * or the threads that should do so have ended.
   */
  public boolean areSilent() {
    boolean owner =
        directory.instances().stream()
            .anyMatch(instance -> instance.local() && !instance.active().isEmpty());
    return owner
        && local.status().shards().stream()
            .noneMatch(shard -> shard.active() && shard.model().equals(LoadedModel.MATCHING));
  }
}
