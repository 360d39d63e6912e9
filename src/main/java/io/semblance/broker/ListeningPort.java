package io.semblance.broker;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.Optional;

/**
 * A TCP port that a server is to listen on. Asked before anything is started, since a server that
 * cannot bind says so late and leaves its parts behind.
 *
 * @param address of the interface; the wildcard address for all of them
 * @param number 0 stands for any free port
 */
public record ListeningPort(InetAddress address, int number) {
  private static final int NUMBER_MAX = 65_535;

  /**
   * @throws IllegalArgumentException if there is no such port
   */
  public ListeningPort {
    if (number < 0 || number > NUMBER_MAX) {
      throw new IllegalArgumentException(
          "there is no port %d: name one from 0 to %d".formatted(number, NUMBER_MAX));
    }
  }

  /** Returns the port {@code number} of the loopback interface. */
  public static ListeningPort ofLoopback(int number) {
    return new ListeningPort(InetAddress.getLoopbackAddress(), number);
  }

  /** Returns what keeps a server from listening now, if anything does. */
  public Optional<IOException> obstacle() {
    try {
      new ServerSocket(number, 1, address).close();
      return Optional.empty();
    } catch (IOException e) {
      return Optional.of(e);
    }
  }

  /**
   * Checks that a server could listen now.
   *
   * @param choice how another port is chosen, such as {@code --port}
   * @throws BrokerException with cause and remedy if it could not
   */
  public void requireFree(String choice) {
    obstacle()
        .ifPresent(obstacle -> {
          throw new BrokerException(
              String.valueOf(obstacle.getMessage()).contains("already in use")
                  ? "port %d is taken: stop what listens there or choose another with %s"
                      .formatted(number, choice)
                  : "port %d of %s cannot be listened on (%s): choose another with %s"
                      .formatted(number, address.getHostAddress(), obstacle.getMessage(), choice),
              obstacle);
        });
  }
}
