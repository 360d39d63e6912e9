package io.semblance.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

class DeleteCommandTest {
  private final List<String> requests = new CopyOnWriteArrayList<>();
  private final StringWriter out = new StringWriter();
  private HttpServer service;

  @BeforeEach
  void startService() throws IOException {
    service = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    service.createContext(
        "/",
        exchange -> {
          requests.add(exchange.getRequestMethod() + " " + exchange.getRequestURI());
          boolean foreign = exchange.getRequestURI().getPath().contains("foreign");
          byte[] answer =
              (foreign ? "{\"detail\": \"there is no such image\"}" : "{\"eventId\": \"e-1\"}")
                  .getBytes(StandardCharsets.UTF_8);
          exchange.sendResponseHeaders(foreign ? 404 : 202, answer.length);
          exchange.getResponseBody().write(answer);
          exchange.close();
        });
    service.start();
  }

  @AfterEach
  void stopService() {
    service.stop(0);
  }

  private int execute(String... arguments) {
    CommandLine command = Semblance.commandLine().setOut(new PrintWriter(out, true));
    return command.execute(arguments);
  }

  private String url() {
    return "http://127.0.0.1:" + service.getAddress().getPort();
  }

  @Test
  void shouldDeleteEachImageOfItsTenant() {
    int status = execute("delete", "photos/one two.jpg", "b", "--tenant", "acme", "--url", url());

    assertThat(status).isZero();
    assertThat(requests)
        .containsExactly(
            "DELETE /v1/images/photos%2Fone%20two.jpg?tenant=acme",
            "DELETE /v1/images/b?tenant=acme");
    assertThat(out.toString().lines())
        .containsExactly("photos/one two.jpg  deletion accepted", "b  deletion accepted");
  }

  @Test
  void shouldGoOnAfterAnImageThatIsRefusedAndEndWithStatus1() {
    int status = execute("delete", "foreign", "b", "--json", "--url", url());

    assertThat(status).isEqualTo(1);
    assertThat(requests).hasSize(2);
    assertThat(out.toString().lines())
        .hasSize(2)
        .anyMatch(line -> line.contains("\"refused\"") && line.contains("there is no such image"))
        .anyMatch(line -> line.contains("\"eventId\":\"e-1\""));
  }
}
