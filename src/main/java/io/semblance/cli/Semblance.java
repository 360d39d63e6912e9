package io.semblance.cli;

import io.quarkus.runtime.annotations.QuarkusMain;

/** Entry point of every command. Client commands never boot the service. */
@QuarkusMain
public final class Semblance {
  Semblance() {}

  /** Runs the command that {@code arguments} name. */
  public static void main(String[] arguments) {
    System.exit(0);
  }
}
