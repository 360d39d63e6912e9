package io.semblance.cli;

import io.semblance.embedding.model.ModelCheck;
import io.semblance.embedding.model.ModelManifest;
import io.semblance.embedding.model.ModelOptions;
import io.semblance.embedding.model.ModelPackage;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
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

  private static Map<String, Object> summary(ModelPackage model) {
    return Map.of(
        "id", model.description().id(),
        "version", model.description().version(),
        "engine", model.network().engine(),
        "dimension", model.description().dimension(),
        "matchThreshold", model.description().matchThreshold(),
        "fingerprint", model.description().fingerprint());
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
          dimension    %s
          texts        %s
          threshold    %s
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
                  model.description().dimension() == 0
                      ? "known once it runs"
                      : model.description().dimension(),
                  texts(model),
                  model.description().matchThreshold(),
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
            + " golden.json. Ends with status 0 only if all hold."
      },
      mixinStandardHelpOptions = true)
  static final class Check extends PackageTask {
    @Option(
        names = "--images",
        paramLabel = "DIR",
        description = "Where the pictures lie that golden.json names; by default in the package.")
    private @Nullable Path images;

    @Mixin private InferenceOptions inference = new InferenceOptions();

    @Override
    public Integer call() {
      ModelOptions options = inference.of(directory);
      PrintWriter out = out();
      List<ModelCheck.Line> lines = ModelCheck.run(options, Optional.ofNullable(images));
      for (ModelCheck.Line line : lines) {
        json.print(
            out,
            Map.of(
                "engine", line.engine(),
                "network", line.network(),
                "device", line.device(),
                "format", line.format(),
                "subject", line.subject(),
                "compared", line.compared(),
                "deviation", Double.isFinite(line.deviation()) ? line.deviation() : "none",
                "similarity", Double.isFinite(line.similarity()) ? line.similarity() : "none",
                "ok", line.holds(),
                "remark", line.remark()),
            "%-6s %-12s %-6s %-8s %-28s %-22s %3d compared, largest deviation %.1e%s%s"
                .formatted(
                    line.holds() ? "ok" : "FAILED",
                    line.engine(),
                    line.device(),
                    line.format(),
                    line.network(),
                    line.subject(),
                    line.compared(),
                    line.deviation(),
                    Double.isNaN(line.similarity())
                        ? ""
                        : ", smallest similarity %.6f".formatted(line.similarity()),
                    line.remark().isEmpty() ? "" : ": " + line.remark()));
      }
      out.flush();
      return ModelCheck.holds(lines) ? 0 : 1;
    }
  }
}
