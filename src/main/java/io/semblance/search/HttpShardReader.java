package io.semblance.search;

import io.semblance.event.JsonSerde;
import io.semblance.vector.IndexRow;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.common.errors.SerializationException;

/**
 * Asks the shards that another instance holds of one index, over HTTP. The messages of its
 * exceptions say why there is no answer, not of whom: who asks knows, and tells.
 */
final class HttpShardReader implements ShardReader {
  private static final int OK = 200;
  private static final int DETAIL_LENGTH_MAX = 500;
  private static final String JSON = "application/json";

  private final HttpClient client;
  private final String address;
  private final String modelFingerprint;
  private final int answerBytesMax;

  HttpShardReader(HttpClient client, String address, String modelFingerprint, int answerBytesMax) {
    this.client = client;
    this.address = address;
    this.modelFingerprint = modelFingerprint;
    this.answerBytesMax = answerBytesMax;
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
        read(PeerMessages.FOUND, send(PeerMessages.SEARCH_PATH, body, timeLimit));
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
        read(PeerMessages.ROWS, send(PeerMessages.ROW_PATH, body, timeLimit));
    requireOwnModel(found.modelFingerprint());
    List<ShardAnswer<Optional<IndexRow>>> answers = new ArrayList<>();
    for (PeerMessages.RowFound row : found.shards()) {
      answers.add(new ShardAnswer<>(row.shard(), row.active(), Optional.ofNullable(row.row())));
    }
    return answers;
  }

  /** Returns what the instance says of itself, whatever its indexes. */
  InstanceStatus status(Duration timeLimit) throws IOException, InterruptedException {
    return read(PeerMessages.STATUS, send(PeerMessages.STATUS_PATH, new byte[0], timeLimit));
  }

  private static <T> T read(JsonSerde<T> serde, byte[] body) throws IOException {
    try {
      return serde.fromBytes(body);
    } catch (SerializationException e) {
      throw new IOException("an answer that is none: " + e.getMessage(), e);
    }
  }

  private void requireOwnModel(String fingerprint) throws IOException {
    if (!modelFingerprint.equals(fingerprint)) {
      throw new IOException(
          "it holds vectors of the model with fingerprint %s, this instance of %s: give all the same"
              .formatted(fingerprint, modelFingerprint));
    }
  }

  /** The time limit covers the whole exchange, the reading of the body included. */
  private byte[] send(String path, byte[] body, Duration timeLimit)
      throws IOException, InterruptedException {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create("http://" + address + path))
            .timeout(timeLimit)
            .header("content-type", JSON)
            .header("accept", JSON)
            .POST(HttpRequest.BodyPublishers.ofByteArray(body))
            .build();
    CompletableFuture<HttpResponse<byte[]>> pending =
        client.sendAsync(
            request,
            info ->
                HttpResponse.BodySubscribers.limiting(
                    HttpResponse.BodySubscribers.ofByteArray(), answerBytesMax));
    try {
      HttpResponse<byte[]> response = pending.get(timeLimit.toNanos(), TimeUnit.NANOSECONDS);
      if (response.statusCode() != OK) {
        throw new IOException(refusal(response));
      }
      return response.body();
    } catch (ExecutionException e) {
      throw new IOException(String.valueOf(e.getCause()), e);
    } catch (TimeoutException e) {
      throw new IOException(Scatter.TOO_LATE, e);
    } finally {
      pending.cancel(true);
    }
  }

  /** What the other instance says of itself is cut: it ends in a log. */
  private static String refusal(HttpResponse<byte[]> response) {
    String status = "it answers with status " + response.statusCode();
    try {
      String detail = PeerMessages.REFUSAL.fromBytes(response.body()).detail();
      return detail == null
          ? status
          : status + ": " + detail.substring(0, Math.min(detail.length(), DETAIL_LENGTH_MAX));
    } catch (SerializationException e) {
      return status;
    }
  }
}
