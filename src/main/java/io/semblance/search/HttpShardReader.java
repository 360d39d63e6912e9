package io.semblance.search;

import io.semblance.vector.IndexRow;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Asks the shards that another instance holds of one index, over HTTP. The messages of its
 * exceptions say why there is no answer, not of whom: who asks knows, and tells.
 */
final class HttpShardReader implements ShardReader {
  private final PeerConnection peer;
  private final String modelFingerprint;

  HttpShardReader(PeerConnection peer, String modelFingerprint) {
    this.peer = peer;
    this.modelFingerprint = modelFingerprint;
  }

  @Override
  public List<ShardAnswer<ShardHits>> search(
      Set<Integer> shards, ShardSearch search, Duration timeLimit)
      throws IOException, InterruptedException {
    byte[] body =
        PeerMessages.SEARCH.toBytes(
            new PeerMessages.SearchShards(
                modelFingerprint,
                shards,
                search.vector(),
                search.limit(),
                search.threshold(),
                search.tenant(),
                search.categories(),
                search.excludedIds()));
    PeerMessages.ShardsFound found =
        peer.ask(PeerMessages.SEARCH_PATH, body, PeerMessages.FOUND, timeLimit);
    requireOwnModel(found.modelFingerprint());
    List<ShardAnswer<ShardHits>> answers = new ArrayList<>();
    for (PeerMessages.ShardFound shard : found.shards()) {
      answers.add(
          new ShardAnswer<>(
              shard.shard(), shard.active(), new ShardHits(shard.hits(), shard.truncated())));
    }
    return answers;
  }

  @Override
  public List<ShardAnswer<Optional<IndexRow>>> row(int shard, String imageId, Duration timeLimit)
      throws IOException, InterruptedException {
    byte[] body =
        PeerMessages.LOOK_UP.toBytes(new PeerMessages.LookUpRow(modelFingerprint, shard, imageId));
    PeerMessages.RowsFound found =
        peer.ask(PeerMessages.ROW_PATH, body, PeerMessages.ROWS, timeLimit);
    requireOwnModel(found.modelFingerprint());
    List<ShardAnswer<Optional<IndexRow>>> answers = new ArrayList<>();
    for (PeerMessages.RowFound row : found.shards()) {
      answers.add(new ShardAnswer<>(row.shard(), row.active(), Optional.ofNullable(row.row())));
    }
    return answers;
  }

  private void requireOwnModel(String fingerprint) throws IOException {
    if (!modelFingerprint.equals(fingerprint)) {
      throw new IOException(
          "it holds vectors of the model with fingerprint %s, this instance of %s: give all the same"
              .formatted(fingerprint, modelFingerprint));
    }
  }
}
