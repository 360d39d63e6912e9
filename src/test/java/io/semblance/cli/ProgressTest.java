package io.semblance.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;

class ProgressTest {
  @Test
  void shouldWriteALineForEachChangeWhereThereIsNoTerminal() {
    assertThat(written(false)).isEqualTo("0 of 2 processed\n1 of 2 processed\n2 of 2 processed\n");
  }

  @Test
  void shouldChangeOneLineOnATerminal() {
    assertThat(written(true)).isEqualTo("\r0 of 2 processed\r1 of 2 processed\r2 of 2 processed\n");
  }

  private static String written(boolean terminal) {
    StringWriter out = new StringWriter();
    Progress progress = new Progress(new PrintWriter(out), terminal, "processed", 2);
    progress.show(0);
    progress.show(1);
    progress.show(1);
    progress.end(2);
    return out.toString();
  }
}
