package io.semblance.cli;

import io.semblance.cli.hub.ByteCount;
import io.semblance.cli.hub.FetchListener;
import io.semblance.cli.hub.FetchPlan;
import io.semblance.embedding.model.ModelFiles.Reason;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Shows how a fetch goes on: as text with a line that moves on a terminal, or as JSON lines. */
final class FetchOutput implements FetchListener {
  private static final long INTERVAL_NANOS = Duration.ofSeconds(1).toNanos();
  private static final int LINE_WIDTH = 78;

  private final PrintWriter out;
  private final PrintWriter err;
  private final JsonOption json;
  private final boolean terminal;
  private @Nullable FetchPlan plan;
  private long transferred;
  private long shown = System.nanoTime() - INTERVAL_NANOS;

  /**
   * @param terminal whether somebody sees the output as it comes
   */
  FetchOutput(PrintWriter out, PrintWriter err, JsonOption json, boolean terminal) {
    this.out = out;
    this.err = err;
    this.json = json;
    this.terminal = terminal;
  }

  /** Returns how many bytes were transferred. */
  long transferred() {
    return transferred;
  }

  @Override
  public void planned(FetchPlan planned) {
    plan = planned;
    Map<String, Object> event = new LinkedHashMap<>();
    event.put("event", "plan");
    event.put("repository", planned.repository());
    event.put("revision", planned.revision());
    event.put("commit", planned.commit());
    event.put("directory", planned.directory().toString());
    event.put("files", planned.files());
    event.put("bytes", planned.bytes());
    event.put("bytesMissing", planned.bytesMissing());
    event.put(
        "leftOut",
        planned.leftOut().entrySet().stream()
            .collect(Collectors.toMap(one -> one.getKey().name(), Map.Entry::getValue)));
    json.print(out, event, text(planned));
  }

  private static String text(FetchPlan plan) {
    String leftOut =
        Arrays.stream(Reason.values())
            .filter(plan.leftOut()::containsKey)
            .map(reason -> {
              FetchPlan.LeftOut files = Objects.requireNonNull(plan.leftOut().get(reason));
              return "%d %s (%s)".formatted(files.files(), reason, ByteCount.of(files.bytes()));
            })
            .collect(Collectors.joining(", "));
    return """
    %s, %s, is commit %s
    %d files with %s, of which %s are missing, into %s
    left out: %s\
    """
        .formatted(
            plan.repository(),
            plan.revision(),
            plan.commit(),
            plan.files(),
            ByteCount.of(plan.bytes()),
            ByteCount.of(plan.bytesMissing()),
            plan.directory(),
            leftOut.isEmpty() ? "nothing" : leftOut);
  }

  @Override
  public void transferred(String file, long bytes) {
    long now = System.nanoTime();
    if (now - shown < INTERVAL_NANOS || !(json.json || terminal)) {
      return;
    }
    shown = now;
    long total = plan == null ? 0 : plan.bytes();
    if (json.json) {
      json.print(
          out, Map.of("event", "progress", "file", file, "bytesThere", bytes, "bytes", total), "");
      return;
    }
    line("%3d %% of %s  %s".formatted(100 * bytes / Math.max(1, total), ByteCount.of(total), file));
  }

  /** Writes over the line that moves. */
  private void line(String text) {
    String cut = text.length() > LINE_WIDTH ? text.substring(0, LINE_WIDTH) : text;
    err.print("\r%-78s".formatted(cut));
    err.flush();
  }

  private void clearLine() {
    if (terminal && !json.json) {
      err.print("\r%78s\r".formatted(""));
      err.flush();
    }
  }

  @Override
  public void completed(String file, long size, long bytesTransferred) {
    transferred += bytesTransferred;
    clearLine();
    String status = bytesTransferred == 0 ? "there" : "fetched";
    json.print(
        out,
        Map.of(
            "event", "file",
            "file", file,
            "size", size,
            "bytesTransferred", bytesTransferred,
            "status", status),
        "%-8s %10s  %s".formatted(status, ByteCount.of(size), file));
  }

  @Override
  public void pausing(String reason, Duration pause) {
    clearLine();
    err.println("%s; trying again in %d s".formatted(reason, pause.toSeconds()));
    err.flush();
  }

  @Override
  public void waiting(Path directory) {
    err.println("Another process is fetching into %s; waiting for it ...".formatted(directory));
    err.flush();
  }
}
