package io.semblance.cli.hub;

import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpHeaders;
import java.net.http.HttpTimeoutException;
import java.nio.channels.UnresolvedAddressException;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/** Says why a hub does not give what is asked for, and what helps. */
final class HubFailures {
  private static final Set<Integer> PASSING = Set.of(408, 429, 500, 502, 503, 504);
  private static final Pattern SECONDS = Pattern.compile("\\d{1,6}");

  /** Seconds until requests are answered again, as the hub tells it. */
  private static final Pattern RATE_LIMIT = Pattern.compile("r=0\\s*;\\s*t=(\\d{1,6})");

  /** What helps against a mirror that does not behave. */
  static final String ANOTHER = "name the hub itself, or another mirror, with --endpoint";

  private static final String WAYS_OUT =
      "check the network; behind a proxy set JAVA_OPTS=\"-Dhttps.proxyHost=HOST -Dhttps.proxyPort=PORT\"; name a mirror with --endpoint or HF_ENDPOINT; or bring the model's files into a folder yourself and name that in semblance.model.directory";

  private final HubEndpoint endpoint;
  private final String repository;
  private final TokenUse token;

  /** What became of the user's token. */
  enum TokenUse {
    NONE,
    SENT,
    /** It was kept back, since the endpoint is reached in the clear. */
    WITHHELD
  }

  HubFailures(HubEndpoint endpoint, String repository, TokenUse token) {
    this.endpoint = endpoint;
    this.repository = repository;
    this.token = token;
  }

  /** Returns why {@code uri} could not be asked. */
  static HubException unreachable(URI uri, IOException cause) {
    String host = uri.getScheme() + "://" + uri.getRawAuthority();
    if (has(cause, SSLException.class)) {
      return HubException.passing(
          "%s cannot be reached safely (%s)".formatted(host, cause.getMessage()),
          "if its certificate is your organisation's own, set JAVA_OPTS=-Djavax.net.ssl.trustStore=FILE",
          cause);
    }
    String reason;
    if (has(cause, UnresolvedAddressException.class)) {
      reason = "no address is known for its name";
    } else if (has(cause, HttpConnectTimeoutException.class)) {
      reason = "it takes no connection in time";
    } else if (has(cause, HttpTimeoutException.class)) {
      reason = "it does not answer in time";
    } else if (has(cause, ConnectException.class)) {
      reason = "it takes no connection";
    } else {
      reason = HubException.printable(String.valueOf(cause.getMessage()));
    }
    return HubException.passing(
        "%s cannot be reached, %s".formatted(host, reason), WAYS_OUT, cause);
  }

  private static boolean has(Throwable failure, Class<? extends Throwable> type) {
    for (Throwable one = failure; one != null; one = one.getCause()) {
      if (type.isInstance(one)) {
        return true;
      }
    }
    return false;
  }

  /** Returns that an answer broke off. */
  static HubException interrupted(URI uri, IOException cause) {
    return HubException.passing(
        "%s breaks off (%s)"
            .formatted(
                uri.getRawAuthority(), HubException.printable(String.valueOf(cause.getMessage()))),
        "fetch again, which goes on from there",
        cause);
  }

  /** Returns that {@code source} does not speak as hubs do. */
  static HubException noHub(HubEndpoint endpoint, URI source, @Nullable Exception cause) {
    return HubException.lasting(
        "%s is no hub, %s answers something else than a hub does".formatted(endpoint, source),
        "correct --endpoint or HF_ENDPOINT",
        cause);
  }

  /** Returns why the hub refused. */
  HubException of(HubClient.Answer answer) {
    int status = answer.status();
    Optional<Duration> pause = pause(answer.headers());
    if (!endpoint.isOriginOf(answer.source())) {
      String problem =
          "%s, to which %s leads, answers %d"
              .formatted(answer.source().getRawAuthority(), endpoint, status);
      String remedy = "try again later, or " + ANOTHER;
      boolean expired = status == 403; // so are links of the hub's that were made some time ago
      return expired || PASSING.contains(status)
          ? HubException.passing(problem, remedy, pause)
          : HubException.lasting(problem, remedy);
    }
    if (status == 429) {
      String wait =
          pause.map(one -> "wait %d s".formatted(one.toSeconds())).orElse("wait some minutes");
      return HubException.passing(
          "%s answers 429, too many requests".formatted(endpoint),
          token == TokenUse.NONE ? wait + ", or set HF_TOKEN, with which it allows more" : wait,
          pause);
    }
    return PASSING.contains(status)
        ? HubException.passing(
            "%s answers %d".formatted(endpoint, status), "try again later", pause)
        : refusal(status, answer);
  }

  private HubException refusal(int status, HubClient.Answer answer) {
    String code = answer.headers().firstValue("X-Error-Code").orElse("");
    String said = answer.headers().firstValue("X-Error-Message").orElse("");
    boolean sent = token == TokenUse.SENT;
    if (code.equals("GatedRepo")) {
      String accept = "accept its conditions at %s/%s".formatted(endpoint, repository);
      return sent
          ? HubException.lasting(
              "%s is gated, and the owner of HF_TOKEN may not read it".formatted(repository),
              accept + ", and let the token read gated repositories")
          : HubException.lasting(
              repository + " is gated", "%s, then %s".formatted(accept, setToken()));
    }
    if (status == 401 && said.startsWith("Invalid credentials")) {
      return HubException.lasting(
          "%s does not know HF_TOKEN".formatted(endpoint),
          "make a new token at %s/settings/tokens, or unset it".formatted(endpoint));
    }
    if (code.equals("RevisionNotFound")) {
      return HubException.lasting(
          repository + " has no such revision", "name a branch, a tag or a commit with --revision");
    }
    if (code.equals("EntryNotFound")) {
      return HubException.lasting(
          "%s lists a file that it does not have, %s"
              .formatted(endpoint, answer.source().getPath()),
          ANOTHER);
    }
    // Whether a repository exists is not told to strangers.
    if (status == 401 || code.equals("RepoNotFound")) {
      return HubException.lasting(
          "%s has no repository %s that you may read".formatted(endpoint, repository),
          "correct the name; if it is private, "
              + (sent ? "set HF_TOKEN to a token that may read it" : setToken()));
    }
    if (status == 403) {
      String words = said.isEmpty() ? "" : " (%s)".formatted(HubException.printable(said));
      return HubException.lasting(
          "%s forbids to read %s%s".formatted(endpoint, repository, words),
          sent ? "give HF_TOKEN the right to read it" : setToken());
    }
    return HubException.lasting(
        "%s answers %d".formatted(answer.source(), status),
        "correct --endpoint or HF_ENDPOINT if it is no hub, and the repository's name if it is");
  }

  private String setToken() {
    return token == TokenUse.WITHHELD
        ? "name the endpoint with https: HF_TOKEN is not sent in the clear"
        : "set HF_TOKEN to a token of yours that may read it";
  }

  /** How long the hub wants not to be asked. Dates in the place of seconds are passed over. */
  private static Optional<Duration> pause(HttpHeaders headers) {
    Optional<String> after =
        headers.firstValue("Retry-After").filter(one -> SECONDS.matcher(one).matches());
    if (after.isPresent()) {
      return after.map(one -> Duration.ofSeconds(Long.parseLong(one)));
    }
    Matcher limit = RATE_LIMIT.matcher(headers.firstValue("RateLimit").orElse(""));
    return limit.find()
        ? Optional.of(Duration.ofSeconds(Long.parseLong(limit.group(1))))
        : Optional.empty();
  }
}
