package io.semblance.cli;

import java.io.Console;
import java.io.PrintWriter;

/**
 * A count on its way to a total: one line that changes on a terminal, a line for each change where
 * the output goes to a file or a pipe.
 */
final class Progress {
  private final PrintWriter out;
  private final boolean terminal;
  private final String done;
  private final int total;
  private int shown = -1;

  /**
   * @param done what has been done, such as {@code uploaded}
   */
  Progress(PrintWriter out, boolean terminal, String done, int total) {
    this.out = out;
    this.terminal = terminal;
    this.done = done;
    this.total = total;
  }

  /** Returns whether somebody sees the output as it comes. */
  static boolean onTerminal() {
    Console console = System.console();
    return console != null && console.isTerminal();
  }

  void show(int count) {
    if (count == shown) {
      return;
    }
    shown = count;
    String text = "%d of %d %s".formatted(count, total, done);
    if (terminal) {
      out.print("\r" + text);
    } else {
      out.println(text);
    }
    out.flush();
  }

  /** Shows the last count; what follows begins on a line of its own. */
  void end(int count) {
    show(count);
    if (terminal) {
      out.println();
      out.flush();
    }
  }
}
