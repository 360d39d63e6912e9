package io.semblance.image;

import io.semblance.image.ImageRejectedException.Reason;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.SSLSocketFactory;

/**
 * One HTTP/1.1 GET on one connection to one checked address (RFC 9112). The JDK's client resolves
 * names by itself, which would leave room for another answer than the one that was checked; here
 * the socket goes to the address, while {@code Host}, SNI and the certificate check keep the name.
 */
final class HttpExchange {
  private static final int MAX_LINE_BYTES = 8 * 1024;
  private static final int MAX_HEADERS = 100;
  private static final int BUFFER_BYTES = 16 * 1024;
  private static final int CR = '\r';
  private static final int LF = '\n';

  /**
   * What a server answered.
   *
   * @param location of a redirect, or empty
   * @param body of a success, or empty
   */
  record Answer(int status, String location, byte[] body) {
    boolean redirect() {
      return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
    }
  }

  private final FetchTarget target;
  private final int maxBytes;

  private HttpExchange(FetchTarget target, int maxBytes) {
    this.target = target;
    this.maxBytes = maxBytes;
  }

  /** Blocks; an interrupt of the calling virtual thread closes the socket. */
  static Answer get(
      FetchTarget target, int maxBytes, int timeoutMillis, SSLSocketFactory sslSocketFactory)
      throws IOException, ImageRejectedException {
    HttpExchange exchange = new HttpExchange(target, maxBytes);
    try (Socket plain = new Socket()) {
      plain.setSoTimeout(timeoutMillis);
      plain.connect(new InetSocketAddress(target.address(), target.port()), timeoutMillis);
      if (!target.secure()) {
        return exchange.run(plain);
      }
      try (SSLSocket secure =
          (SSLSocket) sslSocketFactory.createSocket(plain, target.host(), target.port(), false)) {
        SSLParameters parameters = secure.getSSLParameters();
        parameters.setEndpointIdentificationAlgorithm("HTTPS");
        secure.setSSLParameters(parameters);
        secure.startHandshake();
        return exchange.run(secure);
      }
    }
  }

  private Answer run(Socket socket) throws IOException, ImageRejectedException {
    socket.getOutputStream().write(request().getBytes(StandardCharsets.US_ASCII));
    socket.getOutputStream().flush();
    InputStream in = new BufferedInputStream(socket.getInputStream(), BUFFER_BYTES);
    int status;
    Map<String, String> headers;
    do {
      status = status(line(in));
      headers = headers(in);
    } while (status >= 100 && status < 200);
    byte[] body = status == 200 ? body(in, headers) : new byte[0];
    return new Answer(status, headers.getOrDefault("location", ""), body);
  }

  private String request() {
    String path = target.uri().getRawPath();
    String query = target.uri().getRawQuery();
    boolean ipv6 = target.host().contains(":");
    boolean standardPort = target.port() == (target.secure() ? 443 : 80);
    String host = ipv6 ? "[" + target.host() + "]" : target.host();
    return "GET "
        + (path == null || path.isEmpty() ? "/" : path)
        + (query == null ? "" : "?" + query)
        + " HTTP/1.1\r\nHost: "
        + host
        + (standardPort ? "" : ":" + target.port())
        + "\r\nUser-Agent: semblance\r\nAccept: image/*\r\nAccept-Encoding: identity\r\n"
        + "Connection: close\r\n\r\n";
  }

  private static int status(String line) throws IOException {
    String[] parts = line.split(" ", 3);
    if (parts.length < 2 || !parts[0].startsWith("HTTP/1.") || !parts[1].matches("\\d{3}")) {
      throw new IOException("the answer is not HTTP/1.1");
    }
    return Integer.parseInt(parts[1]);
  }

  private static Map<String, String> headers(InputStream in) throws IOException {
    Map<String, String> headers = new HashMap<>();
    for (int i = 0; i <= MAX_HEADERS; i++) {
      String line = line(in);
      if (line.isEmpty()) {
        return headers;
      }
      int colon = line.indexOf(':');
      if (colon > 0) {
        headers.put(
            line.substring(0, colon).toLowerCase(Locale.ROOT), line.substring(colon + 1).strip());
      }
    }
    throw new IOException("the answer has more than " + MAX_HEADERS + " headers");
  }

  private byte[] body(InputStream in, Map<String, String> headers)
      throws IOException, ImageRejectedException {
    String encoding = headers.getOrDefault("content-encoding", "identity");
    if (!encoding.equalsIgnoreCase("identity")) {
      throw new IOException("the answer is encoded as " + encoding + " though that was not asked");
    }
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    String transfer = headers.getOrDefault("transfer-encoding", "");
    if (transfer.equalsIgnoreCase("chunked")) {
      chunks(in, out);
    } else if (!transfer.isEmpty()) {
      throw new IOException("the answer's transfer encoding " + transfer + " is not known");
    } else if (headers.containsKey("content-length")) {
      long length = number(headers.getOrDefault("content-length", ""), 10);
      copy(in, out, length);
    } else {
      int read;
      byte[] buffer = new byte[BUFFER_BYTES];
      while ((read = in.read(buffer)) >= 0) {
        requireWithin(out.size() + (long) read);
        out.write(buffer, 0, read);
      }
    }
    return out.toByteArray();
  }

  private void chunks(InputStream in, ByteArrayOutputStream out)
      throws IOException, ImageRejectedException {
    while (true) {
      String line = line(in);
      int extension = line.indexOf(';');
      long length = number((extension < 0 ? line : line.substring(0, extension)).strip(), 16);
      if (length == 0) {
        return;
      }
      copy(in, out, length);
      if (!line(in).isEmpty()) {
        throw new IOException("the answer's chunks are malformed");
      }
    }
  }

  private void copy(InputStream in, ByteArrayOutputStream out, long length)
      throws IOException, ImageRejectedException {
    requireWithin(out.size() + length);
    byte[] buffer = new byte[BUFFER_BYTES];
    long left = length;
    while (left > 0) {
      int read = in.read(buffer, 0, (int) Math.min(left, buffer.length));
      if (read < 0) {
        throw new EOFException("the answer ends before its declared length");
      }
      out.write(buffer, 0, read);
      left -= read;
    }
  }

  private void requireWithin(long bytes) throws ImageRejectedException {
    if (bytes > maxBytes) {
      throw new ImageRejectedException(
          Reason.TOO_MANY_BYTES,
          "The referenced image has more than "
              + maxBytes
              + " bytes. Refer to a smaller version or raise the byte limit.");
    }
  }

  private static long number(String text, int radix) throws IOException {
    try {
      long value = Long.parseLong(text, radix);
      if (value >= 0 && value <= Integer.MAX_VALUE) {
        return value;
      }
      if (value > 0) {
        return Integer.MAX_VALUE;
      }
    } catch (NumberFormatException e) {
      throw new IOException("the answer claims a length of '" + text + "'", e);
    }
    throw new IOException("the answer claims a length of " + text);
  }

  private static String line(InputStream in) throws IOException {
    StringBuilder line = new StringBuilder();
    int c;
    while ((c = in.read()) != LF) {
      if (c < 0) {
        throw new EOFException("the answer ends inside its header");
      }
      if (line.length() >= MAX_LINE_BYTES) {
        throw new IOException("the answer has a line of more than " + MAX_LINE_BYTES + " bytes");
      }
      line.append((char) c);
    }
    int end = line.length();
    if (end > 0 && line.charAt(end - 1) == CR) {
      line.setLength(end - 1);
    }
    return line.toString();
  }
}
