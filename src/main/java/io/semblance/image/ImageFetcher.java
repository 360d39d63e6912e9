package io.semblance.image;

import io.semblance.image.ImageRejectedException.Reason;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import javax.net.ssl.SSLSocketFactory;

/**
 * Fetches referenced images without becoming a door into the network it runs in.
 *
 * <p>A host must be listed; its name is resolved once, every address of the answer must be public
 * or listed, and the connection goes to an address of that very answer, so that a name server
 * cannot change its mind in between (DNS rebinding). Redirects are followed by hand and each is
 * checked like the first reference. {@code java.net.http} cannot be pinned to an address without
 * losing SNI and the certificate check, hence a small HTTP/1.1 client of our own; proxies, cookies
 * and authentication are never used.
 *
 * <p>Each fetch runs on a virtual thread, which the time limit interrupts wherever it stands.
 * Immutable; callable from many threads; how many fetch at once is the caller's to bound.
 */
public final class ImageFetcher {
  private final FetchRules rules;
  private final List<AllowedHost> allowed;
  private final SSLSocketFactory sslSocketFactory;

  public ImageFetcher(FetchRules rules) {
    this(rules, (SSLSocketFactory) SSLSocketFactory.getDefault());
  }

  /** Lets tests trust a certificate of their own. */
  ImageFetcher(FetchRules rules, SSLSocketFactory sslSocketFactory) {
    this.rules = rules;
    this.allowed = rules.allowedHosts().stream().map(AllowedHost::parse).toList();
    this.sslSocketFactory = sslSocketFactory;
  }

  /**
   * Returns the referenced bytes, not yet looked at. Blocks for at most the time limit.
   *
   * @throws ImageRejectedException if the reference may not be or cannot be fetched
   * @throws InterruptedException if the calling thread is interrupted; the fetch is given up
   */
  public byte[] fetch(ImageSource.Remote source)
      throws ImageRejectedException, InterruptedException {
    FutureTask<byte[]> task = new FutureTask<>(() -> follow(source.uri()));
    Thread thread = Thread.ofVirtual().name("image-fetch").start(task);
    try {
      return task.get(rules.timeout().toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException e) {
      throw timedOut(source.uri(), e);
    } catch (ExecutionException e) {
      throw translate(source.uri(), e.getCause() == null ? e : e.getCause());
    } finally {
      // Interrupting a virtual thread closes the socket it waits on.
      thread.interrupt();
    }
  }

  private byte[] follow(URI first) throws ImageRejectedException, IOException {
    URI uri = first;
    int timeoutMillis = (int) Math.min(rules.timeout().toMillis() + 1, Integer.MAX_VALUE);
    for (int redirects = 0; redirects <= rules.maxRedirects(); redirects++) {
      FetchTarget target = FetchTarget.check(URI.create(uri.toASCIIString()), allowed);
      HttpExchange.Answer answer =
          HttpExchange.get(target, rules.maxBytes(), timeoutMillis, sslSocketFactory);
      if (answer.status() == 200) {
        return answer.body();
      }
      if (!answer.redirect() || answer.location().isEmpty()) {
        throw new ImageRejectedException(
            Reason.REFERENCE_UNREACHABLE,
            "Fetching "
                + FetchTarget.shown(uri)
                + " was answered with status "
                + answer.status()
                + ". Check that the image is there and needs no login.");
      }
      uri = redirected(uri, answer.location());
    }
    throw new ImageRejectedException(
        Reason.REFERENCE_UNREACHABLE,
        "Fetching "
            + FetchTarget.shown(first)
            + " led through more than "
            + rules.maxRedirects()
            + " redirects. Refer to the image's final address.");
  }

  private static URI redirected(URI from, String location) throws ImageRejectedException {
    try {
      return from.resolve(location);
    } catch (IllegalArgumentException e) {
      throw new ImageRejectedException(
          Reason.REFERENCE_UNREACHABLE,
          "Fetching "
              + FetchTarget.shown(from)
              + " was redirected to something that is no URI. Refer to the image's final address.",
          e);
    }
  }

  private ImageRejectedException translate(URI uri, Throwable cause) {
    return switch (cause) {
      case ImageRejectedException rejected -> rejected;
      case SocketTimeoutException e -> timedOut(uri, e);
      case IOException e ->
          new ImageRejectedException(
              Reason.REFERENCE_UNREACHABLE,
              "Fetching "
                  + FetchTarget.shown(uri)
                  + " failed: "
                  + e.getMessage()
                  + ". Check the reference, or send the image's bytes instead.",
              e);
      default -> throw new IllegalStateException("fetching an image failed unexpectedly", cause);
    };
  }

  private ImageRejectedException timedOut(URI uri, Throwable cause) {
    return new ImageRejectedException(
        Reason.REFERENCE_TIMEOUT,
        "Fetching "
            + FetchTarget.shown(uri)
            + " took longer than "
            + rules.timeout().toMillis()
            + " ms. Use a faster server, or send the image's bytes instead.",
        cause);
  }
}
