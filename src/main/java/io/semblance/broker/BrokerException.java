package io.semblance.broker;

/** A broker cannot be started or reached, or refuses; the message names the remedy. */
public final class BrokerException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  BrokerException(String message, Throwable cause) {
    super(message, cause);
  }
}
