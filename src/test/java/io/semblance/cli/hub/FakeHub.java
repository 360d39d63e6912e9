package io.semblance.cli.hub;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * A hub on this machine with one repository, of the files in a folder. It lists them in pages;
 * gives small files itself, after a redirect within it, with git's checksum for an ETag; and sends
 * clients to another port for large ones, which answers ranges and sends no ETag, as the hub's
 * storage does. It can be told to misbehave.
 *
 * <p>Needs the JDK alone, so that it can be started by itself: {@code java FakeHub.java FOLDER ID}
 * serves until standard input ends. Python's huggingface_hub downloads from it (src/bench/hub.py).
 */
public final class FakeHub implements AutoCloseable {
  private static final int LARGE_BYTES = 100_000;
  private static final int CHUNK_BYTES = 1 << 20;
  private static final Pattern RANGE = Pattern.compile("bytes=(\\d+)-(\\d*)");

  private final String id;
  private final Map<String, byte[]> files = new TreeMap<>();
  private final Map<String, String> checksums = new TreeMap<>();
  private final List<Request> requests = new CopyOnWriteArrayList<>();
  private final Deque<Special> specials = new ArrayDeque<>();
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final HttpServer hub;
  private final HttpServer storage;
  private int pageSize = 1000;
  private String listing = "";

  /**
   * What was asked.
   *
   * @param server {@code hub} or {@code storage}
   * @param target path and query
   * @param range empty if there was none
   * @param authorization empty if there was none
   */
  public record Request(
      String server, String method, String target, String range, String authorization) {}

  /** What answers the next request whose target contains something. */
  private record Special(String contained, HttpHandler handler) {}

  /** Starts a hub whose repository {@code id} has the files in {@code folder}. */
  public FakeHub(String id, Path folder) throws IOException {
    this(id);
    try (Stream<Path> walk = Files.walk(folder)) {
      for (Path file : walk.filter(Files::isRegularFile).toList()) {
        put(folder.relativize(file).toString(), Files.readAllBytes(file));
      }
    }
  }

  /** Starts a hub with an empty repository. */
  public FakeHub(String id) throws IOException {
    this.id = id;
    hub = start("hub", this::answer);
    storage = start("storage", this::store);
  }

  private HttpServer start(String name, HttpHandler handler) throws IOException {
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setExecutor(threads);
    server.createContext(
        "/",
        exchange -> {
          try (exchange) {
            requests.add(
                new Request(
                    name,
                    exchange.getRequestMethod(),
                    exchange.getRequestURI().toString(),
                    header(exchange, "Range"),
                    header(exchange, "Authorization")));
            special(exchange.getRequestURI().toString(), handler).handle(exchange);
          }
        });
    server.start();
    return server;
  }

  private static String header(HttpExchange exchange, String name) {
    String value = exchange.getRequestHeaders().getFirst(name);
    return value == null ? "" : value;
  }

  private synchronized HttpHandler special(String target, HttpHandler usual) {
    for (Special special : specials) {
      if (target.contains(special.contained())) {
        specials.remove(special);
        return special.handler();
      }
    }
    return usual;
  }

  /** Puts a file into the repository, which makes another commit of it. */
  public void put(String path, byte[] content) {
    files.put(path, content);
    checksums.put(path, sha256(content));
  }

  /** Lists so many files on a page. */
  public void pages(int size) {
    pageSize = size;
  }

  /** Lists this JSON in the place of the files. */
  public void list(String json) {
    listing = json;
  }

  /** Lets {@code handler} answer the next request whose target contains {@code contained}. */
  public synchronized void next(String contained, HttpHandler handler) {
    specials.add(new Special(contained, handler));
  }

  /** Returns the endpoint. */
  public String url() {
    return "http://127.0.0.1:" + hub.getAddress().getPort();
  }

  /** Returns what was asked so far. */
  public List<Request> requests() {
    return List.copyOf(requests);
  }

  /** Forgets what was asked. */
  public void forget() {
    requests.clear();
  }

  /** Returns the only commit. */
  public String commit() {
    StringBuilder all = new StringBuilder();
    checksums.forEach((path, checksum) -> all.append(path).append(checksum));
    return hash("SHA-1", all.toString().getBytes(StandardCharsets.UTF_8));
  }

  private void answer(HttpExchange exchange) throws IOException {
    String path = exchange.getRequestURI().getRawPath();
    String api = "/api/models/" + id;
    if (path.startsWith(api + "/revision/")) {
      if (knows(exchange, path.substring(path.lastIndexOf('/') + 1))) {
        json(exchange, description());
      }
    } else if (path.startsWith(api + "/tree/")) {
      if (knows(exchange, path.substring(path.lastIndexOf('/') + 1))) {
        tree(exchange);
      }
    } else if (path.startsWith("/" + id + "/resolve/")) {
      resolve(exchange, path.substring(id.length() + "/resolve/".length() + 1));
    } else if (path.startsWith("/api/resolve-cache/models/" + id + "/")) {
      String rest = path.substring("/api/resolve-cache/models/".length() + id.length() + 1);
      give(exchange, decode(rest.substring(rest.indexOf('/') + 1)), true);
    } else {
      fail(exchange, 401, "RepoNotFound", "Repository not found");
    }
  }

  private boolean knows(HttpExchange exchange, String revision) throws IOException {
    if (List.of("main", "v1.0", "refs/pr/1", commit()).contains(decode(revision))) {
      return true;
    }
    fail(exchange, 404, "RevisionNotFound", "Invalid rev id: " + revision);
    return false;
  }

  private String description() {
    List<String> siblings = new ArrayList<>();
    files.keySet().forEach(path -> siblings.add("{\"rfilename\":\"%s\"}".formatted(path)));
    return "{\"_id\":\"1\",\"id\":\"%s\",\"modelId\":\"%s\",\"sha\":\"%s\",\"private\":false,\"gated\":false,\"disabled\":false,\"tags\":[],\"downloads\":0,\"likes\":0,\"siblings\":[%s]}"
        .formatted(id, id, commit(), String.join(",", siblings));
  }

  private void tree(HttpExchange exchange) throws IOException {
    if (!listing.isEmpty()) {
      json(exchange, listing);
      return;
    }
    List<String> entries = new ArrayList<>();
    files.forEach((path, content) -> {
      if (path.contains("/")) {
        String folder = path.substring(0, path.indexOf('/'));
        String entry =
            "{\"type\":\"directory\",\"oid\":\"%s\",\"size\":0,\"path\":\"%s\"}"
                .formatted("0".repeat(40), folder);
        if (!entries.contains(entry)) {
          entries.add(entry);
        }
      }
      entries.add(entry(path, content, checksums.getOrDefault(path, "")));
    });
    Matcher cursor = Pattern.compile("cursor=(\\d+)").matcher(exchange.getRequestURI().toString());
    int begin = cursor.find() ? Integer.parseInt(cursor.group(1)) : 0;
    int end = Math.min(entries.size(), begin + pageSize);
    if (end < entries.size()) {
      exchange
          .getResponseHeaders()
          .set(
              "Link",
              "<%s%s?recursive=true&cursor=%d>; rel=\"next\""
                  .formatted(url(), exchange.getRequestURI().getRawPath(), end));
    }
    json(exchange, "[" + String.join(",", entries.subList(begin, end)) + "]");
  }

  private static String entry(String path, byte[] content, String checksum) {
    if (content.length < LARGE_BYTES) {
      return "{\"type\":\"file\",\"oid\":\"%s\",\"size\":%d,\"path\":\"%s\"}"
          .formatted(gitBlob(content), content.length, path);
    }
    return "{\"type\":\"file\",\"oid\":\"%s\",\"size\":%d,\"lfs\":{\"oid\":\"%s\",\"size\":%d,\"pointerSize\":134},\"xetHash\":\"%s\",\"path\":\"%s\"}"
        .formatted("1".repeat(40), content.length, checksum, content.length, "2".repeat(64), path);
  }

  private void resolve(HttpExchange exchange, String rest) throws IOException {
    int slash = rest.indexOf('/');
    if (!knows(exchange, rest.substring(0, slash))) {
      return;
    }
    String path = decode(rest.substring(slash + 1));
    byte[] content = files.get(path);
    if (content == null) {
      fail(exchange, 404, "EntryNotFound", "Entry not found");
      return;
    }
    exchange.getResponseHeaders().set("X-Repo-Commit", commit());
    exchange.getResponseHeaders().set("Accept-Ranges", "bytes");
    if (content.length < LARGE_BYTES) {
      exchange.getResponseHeaders().set("ETag", "\"" + gitBlob(content) + "\"");
      redirect(
          exchange,
          307,
          "/api/resolve-cache/models/%s/%s/%s?etag=x"
              .formatted(id, commit(), rest.substring(slash + 1)));
    } else {
      exchange.getResponseHeaders().set("X-Linked-Size", Integer.toString(content.length));
      exchange.getResponseHeaders().set("X-Linked-Etag", "\"" + checksums.get(path) + "\"");
      redirect(
          exchange,
          302,
          "http://127.0.0.1:%d/blobs/%s?Signature=x"
              .formatted(storage.getAddress().getPort(), checksums.get(path)));
    }
  }

  private void store(HttpExchange exchange) throws IOException {
    String blob = exchange.getRequestURI().getPath().replace("/blobs/", "");
    for (Map.Entry<String, String> file : checksums.entrySet()) {
      if (file.getValue().equals(blob)) {
        give(exchange, file.getKey(), false);
        return;
      }
    }
    fail(exchange, 403, "", "");
  }

  private void give(HttpExchange exchange, String path, boolean tagged) throws IOException {
    byte[] content = files.getOrDefault(path, new byte[0]);
    if (tagged) {
      exchange.getResponseHeaders().set("X-Repo-Commit", commit());
      exchange.getResponseHeaders().set("ETag", "\"" + gitBlob(content) + "\"");
    }
    int begin = 0;
    int status = 200;
    Matcher range = RANGE.matcher(header(exchange, "Range"));
    if (range.matches()) {
      begin = Integer.parseInt(range.group(1));
      status = 206;
      if (begin >= content.length) {
        exchange.getResponseHeaders().set("Content-Range", "bytes */" + content.length);
        exchange.sendResponseHeaders(416, -1);
        return;
      }
      exchange
          .getResponseHeaders()
          .set(
              "Content-Range",
              "bytes %d-%d/%d".formatted(begin, content.length - 1, content.length));
    }
    send(exchange, status, content, begin, content.length - begin);
  }

  /** Answers with so many bytes of {@code content}, and breaks off where it has said more. */
  static void send(HttpExchange exchange, int status, byte[] content, int begin, int said)
      throws IOException {
    if (exchange.getRequestMethod().equals("HEAD")) {
      exchange.getResponseHeaders().set("Content-Length", Integer.toString(said));
      exchange.sendResponseHeaders(status, -1);
      return;
    }
    exchange.sendResponseHeaders(status, said == 0 ? -1 : said);
    try (OutputStream out = exchange.getResponseBody()) {
      int end = begin + Math.min(said, content.length - begin);
      for (int at = begin; at < end; at += CHUNK_BYTES) { // each write needs as much memory again
        out.write(content, at, Math.min(CHUNK_BYTES, end - at));
      }
    }
  }

  /** Answers with a status, and the hub's words for it. */
  static void fail(HttpExchange exchange, int status, String code, String message)
      throws IOException {
    if (!code.isEmpty()) {
      exchange.getResponseHeaders().set("X-Error-Code", code);
    }
    if (!message.isEmpty()) {
      exchange.getResponseHeaders().set("X-Error-Message", message);
    }
    byte[] body = "{\"error\":\"%s\"}".formatted(message).getBytes(StandardCharsets.UTF_8);
    send(exchange, status, body, 0, body.length);
  }

  /** Sends the client elsewhere. */
  static void redirect(HttpExchange exchange, int status, String location) throws IOException {
    exchange.getResponseHeaders().set("Location", location);
    byte[] body = ("Redirecting to " + location).getBytes(StandardCharsets.UTF_8);
    send(exchange, status, body, 0, body.length);
  }

  private static void json(HttpExchange exchange, String json) throws IOException {
    exchange.getResponseHeaders().set("Content-Type", "application/json; charset=utf-8");
    byte[] body = json.getBytes(StandardCharsets.UTF_8);
    send(exchange, 200, body, 0, body.length);
  }

  private static String decode(String text) {
    return URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
  }

  static String sha256(byte[] content) {
    return hash("SHA-256", content);
  }

  static String gitBlob(byte[] content) {
    byte[] header = ("blob " + content.length + "\0").getBytes(StandardCharsets.US_ASCII);
    return hash("SHA-1", header, content);
  }

  private static String hash(String algorithm, byte[]... parts) {
    try {
      MessageDigest digest = MessageDigest.getInstance(algorithm);
      for (byte[] part : parts) {
        digest.update(part);
      }
      return HexFormat.of().formatHex(digest.digest());
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void close() {
    hub.stop(0);
    storage.stop(0);
    threads.shutdownNow();
  }

  /** Serves a folder until standard input ends; the first line of output is the endpoint. */
  public static void main(String[] arguments) {
    try (FakeHub hub = new FakeHub(arguments[1], Path.of(arguments[0]))) {
      hub.pages(3);
      System.out.println(hub.url());
      while (System.in.read() >= 0) {
        // until the one who started it goes
      }
      hub.requests().forEach(System.err::println);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
