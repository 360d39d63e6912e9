package io.semblance.cli;

import io.semblance.embedding.model.ModelCheck;
import io.semblance.embedding.model.ModelManifest;
import io.semblance.embedding.model.ModelPackage;
import io.semblance.embedding.model.Pooling;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Model packages. */
@Command(
    name = "model",
    description = "List, show, check and fetch model packages.",
    mixinStandardHelpOptions = true,
    synopsisSubcommandLabel = "(list | show | check | fetch)",
    subcommands = {
      ModelCommand.ListPackages.class,
      ModelCommand.Show.class,
      ModelCommand.Check.class,
      ModelFetchCommand.class
    })
final class ModelCommand extends CommandGroup {
  /** What is done with packages; prints text or JSON. */
  abstract static class Task implements Callable<Integer> {
    @Mixin JsonOption json;
    @Spec private CommandSpec spec;

    final PrintWriter out() {
      return spec.commandLine().getOut();
    }
  }

  /** What is done with one package. */
  abstract static class PackageTask extends Task {
    @Parameters(paramLabel = "DIR", description = "The package.")
    Path directory = Path.of("");
  }

  /** What a run alone can tell is left out. */
  private static Map<String, Object> summary(ModelPackage model) {
    Map<String, Object> summary = new LinkedHashMap<>();
    summary.put("id", model.description().id());
    summary.put("version", model.description().version());
    summary.put("engine", model.network().engine());
    summary.put("output", model.network().output());
    summary.put("pooling", model.network().pooling().toString());
    if (model.description().dimension() > 0) {
      summary.put("dimension", model.description().dimension());
    }
    summary.put("matchThreshold", model.description().matchThreshold());
    summary.put("fingerprint", model.description().fingerprint());
    return summary;
  }

  /** Lists the packages that ship with Semblance. */
  @Command(
      name = "list",
      description = "List the packages that ship with Semblance.",
      mixinStandardHelpOptions = true)
  static final class ListPackages extends Task {
    @Override
    public Integer call() throws IOException {
      Path models = Path.of(System.getProperty("semblance.home", "."), "src", "main", "models");
      PrintWriter out = out();
      List<Path> directories;
      try (Stream<Path> entries = Files.list(models)) {
        directories =
            entries.filter(one -> Files.exists(one.resolve("model.json"))).sorted().toList();
      }
      for (Path directory : directories) {
        ModelPackage model = ModelPackage.read(directory, Optional.empty());
        json.print(
            out,
            summary(model),
            "%s  version %s  %d dimensions  %s"
                .formatted(
                    model.description().id(),
                    model.description().version(),
                    model.description().dimension(),
                    directory));
      }
      return 0;
    }
  }

  /** Shows one package. */
  @Command(
      name = "show",
      description = "Show a package: what it computes, and what was measured at which threshold.",
      mixinStandardHelpOptions = true)
  static final class Show extends PackageTask {
    @Override
    public Integer call() {
      PrintWriter out = out();
      ModelPackage model = ModelPackage.read(directory, Optional.empty());
      json.print(
          out,
          summary(model),
          """
          %s, version %s
          engine       %s, %s
          input        %d by %d pixels, %s
          vector       output %s%s
          dimension    %s
          texts        %s
          threshold    %s%s
          fingerprint  %s\
          """
              .formatted(
                  model.description().id(),
                  model.description().version(),
                  model.network().engine(),
                  model.network().path(),
                  model.recipe().width(),
                  model.recipe().height(),
                  model.recipe().resampling(),
                  model.network().output(),
                  model.network().pooling() == Pooling.NONE
                      ? ""
                      : ", pooled by " + model.network().pooling(),
                  model.description().dimension() == 0
                      ? "known once it runs"
                      : model.description().dimension(),
                  texts(model),
                  model.description().matchThreshold(),
                  model.manifest().matchThreshold() == null ? ", which nobody measured" : "",
                  model.description().fingerprint()));
      if (!json.json) {
        model
            .files()
            .forEach((file, digest) -> out.println("file         " + digest + "  " + file));
      }
      if (!json.json && model.manifest().thresholds() != null) {
        out.println("measured     similarity  recall  false matches  precision");
        for (ModelManifest.Threshold measured : model.manifest().thresholds()) {
          out.println(
              "             %9.3f  %5.1f%%  %13.1e  %8.2f%%"
                  .formatted(
                      measured.similarity(),
                      100 * measured.recall(),
                      measured.falseMatchRate(),
                      100 * measured.precision()));
        }
      }
      out.flush();
      return 0;
    }
  }

  /** Returns which network embeds texts, or why none does. */
  private static String texts(ModelPackage model) {
    if (model.text() != null) {
      return model.text().network().path();
    }
    return model.textObstacle() == null ? "none" : "none: " + model.textObstacle();
  }

  /** Compares what a package computes with what its reference computed. */
  @Command(
      name = "check",
      description = {
        "Compare what a package computes with what its reference computed: the golden vectors that"
            + " its model.json names, or the pixels, vectors, token ids and probabilities of its"
            + " golden.json. With a model.json that is what a service would run, else all that its"
            + " networks give. Ends with status 0 only if nothing fails and vectors were compared;"
            + " with 3 if the model runs, but no vector was compared, since there is no reference."
      },
      mixinStandardHelpOptions = true)
  static final class Check extends PackageTask {
    /** Ended with where a model runs, and nothing tells whether it runs right. */
    private static final int NOTHING_COMPARED = 3;

    @Option(
        names = "--images",
        paramLabel = "DIR",
        description = "Where the pictures lie that golden.json names; by default in the package.")
    private @Nullable Path images;

    @Mixin private InferenceOptions inference = new InferenceOptions();

    @Override
    public Integer call() {
      PrintWriter out = out();
      List<ModelCheck.Line> lines =
          inference.named(
              () -> ModelCheck.run(inference.of(directory), Optional.ofNullable(images)));
      for (ModelCheck.Line line : lines) {
        json.print(out, fields(line), text(line));
      }
      out.flush();
      return switch (ModelCheck.outcome(lines)) {
        case HOLDS -> 0;
        case FAILS -> 1;
        case NOT_CHECKED -> NOTHING_COMPARED;
      };
    }

    private static Map<String, Object> fields(ModelCheck.Line line) {
      return Map.ofEntries(
          Map.entry("engine", line.engine()),
          Map.entry("network", line.network()),
          Map.entry("device", line.device()),
          Map.entry("format", line.format()),
          Map.entry("subject", line.subject()),
          Map.entry("compared", line.compared()),
          Map.entry("deviation", Double.isFinite(line.deviation()) ? line.deviation() : "none"),
          Map.entry("similarity", Double.isFinite(line.similarity()) ? line.similarity() : "none"),
          Map.entry("ok", line.holds()),
          Map.entry("outcome", line.outcome().toString()),
          Map.entry("remark", line.remark()));
    }

    private static String text(ModelCheck.Line line) {
      String compared =
          line.compared() == 0
              ? ""
              : " %3d compared, largest deviation %.1e%s"
                  .formatted(
                      line.compared(),
                      line.deviation(),
                      Double.isNaN(line.similarity())
                          ? ""
                          : ", smallest similarity %.6f".formatted(line.similarity()));
      return "%-11s %-12s %-6s %-8s %-28s %-22s%s%s"
          .formatted(
              line.outcome(),
              line.engine(),
              line.device(),
              line.format(),
              line.network(),
              line.subject(),
              compared,
              line.remark().isEmpty() ? "" : ": " + line.remark());
    }
  }
}
