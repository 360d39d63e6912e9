package io.semblance.image;

import io.semblance.image.ImageRejectedException.Reason;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.hc.client5.http.DnsResolver;
import org.apache.hc.client5.http.classic.methods.HttpGet;
import org.apache.hc.client5.http.config.ConnectionConfig;
import org.apache.hc.client5.http.config.RequestConfig;
import org.apache.hc.client5.http.impl.classic.CloseableHttpClient;
import org.apache.hc.client5.http.impl.classic.HttpClients;
import org.apache.hc.client5.http.impl.io.PoolingHttpClientConnectionManagerBuilder;
import org.apache.hc.core5.http.ClassicHttpResponse;
import org.apache.hc.core5.http.Header;
import org.apache.hc.core5.http.HttpHeaders;
import org.apache.hc.core5.util.Timeout;
import org.jspecify.annotations.Nullable;

/**
 * Fetches images that uploads refer to, under {@link FetchRules}.
 *
 * <p>References come from strangers, so every hop is judged afresh: scheme, host and port against
 * the allow-list, then each address that the name resolves to. The client connects only to the
 * addresses that were judged, so that a name cannot point elsewhere between the check and the
 * connection. Safe for use by several threads; each call blocks its own.
 */
public final class ImageFetcher implements AutoCloseable {
  private static final int CONNECTIONS_MAX_DEFAULT = 64;
  private static final int BUFFER_BYTES = 1 << 14;
  private static final String REMEDY = "list the host in semblance.image.fetch.allowed-hosts";

  /** How long a thread that looks names up is kept without work. */
  private static final Duration LOOKUP_THREAD_IDLE = Duration.ofSeconds(30);

  /** The addresses that the current thread's connection may go to. */
  private static final ScopedValue<InetAddress[]> JUDGED = ScopedValue.newInstance();

  private final FetchRules rules;
  private final Lookup lookup;
  private final CloseableHttpClient client;
  private final ScheduledExecutorService deadlines;
  private final ExecutorService lookups;

  /** Finds the addresses of a name. */
  @FunctionalInterface
  interface Lookup {
    InetAddress[] addresses(String host) throws UnknownHostException;
  }

  /** Creates a fetcher of a few images at a time. */
  public ImageFetcher(FetchRules rules) {
    this(rules, CONNECTIONS_MAX_DEFAULT);
  }

  /**
   * @param connectionsMax most connections at a time: as many as there are callers
   */
  public ImageFetcher(FetchRules rules, int connectionsMax) {
    this(rules, connectionsMax, InetAddress::getAllByName);
  }

  ImageFetcher(FetchRules rules, int connectionsMax, Lookup lookup) {
    this.rules = rules;
    this.lookup = lookup;
    Timeout timeLimit = Timeout.of(rules.timeLimit());
    client =
        HttpClients.custom()
            .disableRedirectHandling()
            .disableCookieManagement()
            .disableAuthCaching()
            .disableAutomaticRetries()
            // One image, one connection: a kept one may have died since.
            .setConnectionReuseStrategy((request, response, context) -> false)
            .setUserAgent("Semblance")
            .setDefaultRequestConfig(RequestConfig.custom().setResponseTimeout(timeLimit).build())
            .setConnectionManager(
                PoolingHttpClientConnectionManagerBuilder.create()
                    .setMaxConnTotal(connectionsMax)
                    .setMaxConnPerRoute(connectionsMax)
                    .setDnsResolver(new JudgedAddresses())
                    .setDefaultConnectionConfig(
                        ConnectionConfig.custom()
                            .setConnectTimeout(timeLimit)
                            .setSocketTimeout(timeLimit)
                            .build())
                    .build())
            .build();
    deadlines =
        Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().daemon().name("fetch-deadlines").factory());
    // Platform threads, since nothing ends a lookup: a virtual one would keep its carrier.
    ThreadPoolExecutor pool =
        new ThreadPoolExecutor(
            connectionsMax,
            connectionsMax,
            LOOKUP_THREAD_IDLE.toMillis(),
            TimeUnit.MILLISECONDS,
            new LinkedBlockingQueue<>(),
            Thread.ofPlatform().daemon().name("fetch-lookup-", 0).factory());
    pool.allowCoreThreadTimeOut(true);
    lookups = pool;
  }

  /** Says that a name resolves to addresses which may not be connected to. */
  private static final class ForbiddenAddressException extends UnknownHostException {
    private static final long serialVersionUID = 1L;

    ForbiddenAddressException(String message) {
      super(message);
    }
  }

  /** Lets the client connect to what has been judged, and look nothing up itself. */
  private static final class JudgedAddresses implements DnsResolver {
    @Override
    public InetAddress[] resolve(String host) throws UnknownHostException {
      if (!JUDGED.isBound()) {
        throw new UnknownHostException(host + " has not been looked up");
      }
      return JUDGED.get();
    }

    @Override
    public String resolveCanonicalHostname(String host) {
      return host;
    }
  }

  /** Returns where {@code host} is, if all of it may be connected to. */
  private InetAddress[] judged(String host, int port, long deadline) throws IOException {
    InetAddress[] addresses = addresses(host, deadline);
    for (InetAddress address : addresses) {
      if (!AddressRules.isPublic(address) && !rules.lists(address, port)) {
        throw new ForbiddenAddressException(
            "%s is at %s, which is no public address; list that address itself, with port %d or without one, in"
                    .formatted(host, address.getHostAddress(), port)
                + " semblance.image.fetch.allowed-hosts to allow it");
      }
    }
    return addresses;
  }

  /** Nothing interrupts a lookup, which may take minutes: after the deadline it is left alone. */
  private InetAddress[] addresses(String host, long deadline) throws IOException {
    Future<InetAddress[]> result = lookups.submit(() -> lookup.addresses(host));
    try {
      return result.get(Math.max(0, deadline - System.nanoTime()), TimeUnit.NANOSECONDS);
    } catch (ExecutionException e) {
      throw e.getCause() instanceof IOException cause ? cause : new IOException(e.getCause());
    } catch (TimeoutException e) {
      throw new IOException("looking " + host + " up takes too long", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while looking " + host + " up", e);
    } finally {
      result.cancel(true);
    }
  }

  /**
   * Returns the bytes at {@code uri}.
   *
   * @throws ImageRejectedException if the reference is forbidden, unreachable, too slow or too
   *     large
   */
  public byte[] fetch(URI uri) throws ImageRejectedException {
    long deadline = System.nanoTime() + rules.timeLimit().toNanos();
    URI hop = uri;
    for (int redirects = 0; redirects <= rules.redirectsMax(); redirects++) {
      requireAllowed(hop);
      Object answer = get(hop, deadline);
      if (answer instanceof byte[] bytes) {
        return bytes;
      }
      hop = (URI) answer;
    }
    throw new ImageRejectedException(
        Reason.REFERENCE_UNREACHABLE,
        "%s redirects more than semblance.image.fetch.redirects-max = %d times"
            .formatted(uri, rules.redirectsMax()));
  }

  private void requireAllowed(URI uri) throws ImageRejectedException {
    @Nullable String scheme = uri.getScheme();
    @Nullable String host = uri.getHost();
    if (scheme == null
        || host == null
        || !(scheme.equalsIgnoreCase("http") || scheme.equalsIgnoreCase("https"))) {
      throw forbidden("%s is no http or https reference".formatted(uri));
    }
    if (uri.getRawUserInfo() != null) {
      throw forbidden("a reference may carry no user name or password");
    }
    int port = port(uri);
    if (!rules.allows(host, port)) {
      throw forbidden("images may not be fetched from %s:%d; %s".formatted(host, port, REMEDY));
    }
  }

  private static int port(URI uri) {
    return uri.getPort() >= 0
        ? uri.getPort()
        : uri.getScheme().equalsIgnoreCase("https") ? 443 : 80;
  }

  /** Returns the bytes, or the URI that the answer redirects to. */
  private Object get(URI uri, long deadline) throws ImageRejectedException {
    HttpGet request = new HttpGet(uri);
    ScheduledFuture<?> abort =
        deadlines.schedule(
            request::cancel, Math.max(0, deadline - System.nanoTime()), TimeUnit.NANOSECONDS);
    try {
      return ScopedValue.where(JUDGED, judged(uri.getHost(), port(uri), deadline))
          .call(() -> client.execute(request, response -> read(uri, request, response)));
    } catch (RejectedIoException e) {
      throw e.rejection;
    } catch (ForbiddenAddressException e) {
      throw forbidden(e.getMessage());
    } catch (IOException | RuntimeException e) {
      if (System.nanoTime() - deadline >= 0) {
        throw new ImageRejectedException(
            Reason.REFERENCE_TIMEOUT,
            "fetching %s took longer than semblance.image.fetch.time-limit = %s"
                .formatted(uri, rules.timeLimit()),
            e);
      }
      throw new ImageRejectedException(
          Reason.REFERENCE_UNREACHABLE, "cannot fetch %s: %s".formatted(uri, e.getMessage()), e);
    } finally {
      abort.cancel(false);
    }
  }

  /** Carries a rejection through the client's response handler. */
  private static final class RejectedIoException extends IOException {
    private static final long serialVersionUID = 1L;
    private final transient ImageRejectedException rejection;

    RejectedIoException(ImageRejectedException rejection) {
      super(rejection);
      this.rejection = rejection;
    }
  }

  private Object read(URI uri, HttpGet request, ClassicHttpResponse response) throws IOException {
    int status = response.getCode();
    @Nullable Header location = response.getFirstHeader(HttpHeaders.LOCATION);
    if (status >= 300 && status < 400 && location != null) {
      try {
        return uri.resolve(location.getValue());
      } catch (IllegalArgumentException e) {
        throw new RejectedIoException(forbidden(uri + " redirects to something that is no URI"));
      }
    }
    if (status != 200 || response.getEntity() == null) {
      throw new RejectedIoException(
          new ImageRejectedException(
              Reason.REFERENCE_UNREACHABLE, "%s answers %d".formatted(uri, status)));
    }
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    byte[] buffer = new byte[BUFFER_BYTES];
    try (InputStream in = response.getEntity().getContent()) {
      for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
        bytes.write(buffer, 0, read);
        if (bytes.size() > rules.bytesMax()) {
          request.cancel(); // closing alone would read an endless body to its end
          throw new RejectedIoException(
              new ImageRejectedException(
                  Reason.TOO_MANY_BYTES,
                  "%s has more than semblance.image.bytes-max = %d bytes"
                      .formatted(uri, rules.bytesMax())));
        }
      }
    }
    return bytes.toByteArray();
  }

  private static ImageRejectedException forbidden(@Nullable String message) {
    return new ImageRejectedException(
        Reason.REFERENCE_FORBIDDEN, message == null ? "the reference is forbidden" : message);
  }

  /** Ends every fetch. */
  @Override
  public void close() {
    deadlines.shutdownNow();
    lookups.shutdownNow();
    client.close(org.apache.hc.core5.io.CloseMode.IMMEDIATE);
  }
}
