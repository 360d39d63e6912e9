package io.semblance.search;

import io.semblance.event.JsonSerde;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.common.errors.SerializationException;

/**
 * Asks another instance over HTTP. The messages of its exceptions say why there is no answer, not
 * of whom: who asks knows, and tells. Safe for use by several threads.
 */
final class PeerConnection {
  private static final int OK = 200;
  private static final int DETAIL_LENGTH_MAX = 500;
  private static final String JSON = "application/json";

  private final HttpClient client;
  private final String address;
  private final int answerBytesMax;

  /**
   * @param client stays the caller's
   * @param address {@code host:port}
   */
  PeerConnection(HttpClient client, String address, int answerBytesMax) {
    this.client = client;
    this.address = address;
    this.answerBytesMax = answerBytesMax;
  }

  /** Returns what the instance says of itself. */
  InstanceStatus status(Duration timeLimit) throws IOException, InterruptedException {
    return ask(PeerMessages.STATUS_PATH, new byte[0], PeerMessages.STATUS, timeLimit);
  }

  /**
   * Sends a message and returns its answer.
   *
   * @throws IOException if there is no proper answer within {@code timeLimit}
   */
  <T> T ask(String path, byte[] body, JsonSerde<T> answer, Duration timeLimit)
      throws IOException, InterruptedException {
    byte[] answered = send(path, body, timeLimit);
    try {
      return answer.fromBytes(answered);
    } catch (SerializationException e) {
      throw new IOException("an answer that is none: " + e.getMessage(), e);
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
