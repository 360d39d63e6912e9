package io.semblance.cli;

import io.quarkus.runtime.configuration.MemorySizeConverter;
import io.semblance.cli.hub.ByteCount;
import io.semblance.cli.hub.FetchPlan;
import io.semblance.cli.hub.FetchRequest;
import io.semblance.cli.hub.HubEndpoint;
import io.semblance.cli.hub.ModelFetch;
import io.semblance.cli.hub.TransferLimits;
import io.semblance.embedding.model.InvalidModelException;
import io.semblance.embedding.model.ModelPackage;
import io.semblance.embedding.model.NumericFormat;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

/** Fetches a model from the Hugging Face hub, or from a mirror of it. */
@Command(
    name = "fetch",
    description = {
      "Fetch a model from the Hugging Face hub or a mirror: configuration, tokenizer, and networks"
          + " in ONNX (float32), as SavedModel or as TorchScript. Checksums are checked, and what"
          + " was begun is gone on with. Ends with status 0 only if the model can be used. $HF_TOKEN"
          + " opens private and gated repositories."
    },
    mixinStandardHelpOptions = true)
final class ModelFetchCommand implements Callable<Integer> {
  private static final String TOKEN = "HF_TOKEN";
  private static final String PYTORCH = "PyTorch";

  @Spec private CommandSpec spec;
  @Mixin private JsonOption json;

  @Parameters(
      paramLabel = "HUB_ID",
      description = "The repository, such as Xenova/clip-vit-base-patch32.")
  private String repository = "";

  @Option(
      names = "--revision",
      defaultValue = "main",
      description = "A branch, a tag or a commit; ${DEFAULT-VALUE} by default.")
  private String revision = "main";

  @Option(
      names = "--engine",
      paramLabel = "ENGINE",
      description =
          "Whose networks: OnnxRuntime, TensorFlow or PyTorch (TorchScript, for a build with -Ppytorch); by default ONNX Runtime's, if there are any, else TensorFlow's.")
  private @Nullable String engine;

  @Option(
      names = "--include",
      paramLabel = "PATTERN",
      description =
          "Fetch the files of this name in the place of the usual networks, such as onnx/model_fp16.onnx; * stands for any characters. Can be given several times.")
  private List<String> patterns = new ArrayList<>();

  @Option(
      names = "--out",
      paramLabel = "DIR",
      description =
          "The model's folder; by default models/HUB_ID in the state directory (semblance.state-directory).")
  private @Nullable Path directory;

  @Option(
      names = "--endpoint",
      paramLabel = "URL",
      defaultValue = "${env:HF_ENDPOINT:-https://huggingface.co}",
      description = "The hub or a mirror of it; $$HF_ENDPOINT or https://huggingface.co.")
  private String endpoint = "";

  @Option(
      names = "--bytes-max",
      paramLabel = "SIZE",
      defaultValue = "10G",
      converter = Size.class,
      description = "Most bytes of all files together; ${DEFAULT-VALUE} by default.")
  private long bytesMax;

  /** Sizes as the service's properties have them. */
  static final class Size implements ITypeConverter<Long> {
    private static final MemorySizeConverter CONVERTER = new MemorySizeConverter();

    Size() {}

    @Override
    public Long convert(String value) {
      try {
        return CONVERTER.convert(value).asLongValue();
      } catch (IllegalArgumentException e) {
        throw new TypeConversionException(
            "\"%s\" is no size: bytes, or a number with K, M, G or T, such as 10G"
                .formatted(value));
      }
    }
  }

  @Override
  public Integer call() throws IOException, InterruptedException {
    PrintWriter out = spec.commandLine().getOut();
    FetchOutput output =
        new FetchOutput(out, spec.commandLine().getErr(), json, Progress.onTerminal());
    Path folder =
        directory != null
            ? directory
            : ServiceProperties.stateDirectory().resolve("models").resolve(repository);
    FetchPlan plan;
    try (ModelFetch fetch =
        new ModelFetch(
            HubEndpoint.parse(endpoint),
            Optional.ofNullable(System.getenv(TOKEN)),
            TransferLimits.STANDARD,
            output)) {
      plan =
          fetch.run(
              new FetchRequest(
                  repository, revision, Optional.ofNullable(engine), patterns, folder, bytesMax));
    }
    return tellUse(plan, output);
  }

  private int tellUse(FetchPlan plan, FetchOutput output) {
    ModelPackage model;
    try {
      model = read(plan);
    } catch (InvalidModelException e) {
      throw new IllegalStateException(
          "%s is there, but cannot be used yet: %s".formatted(plan.directory(), e.getMessage()), e);
    }
    String format =
        model.format() == NumericFormat.FLOAT32
            ? ""
            : " SEMBLANCE_MODEL_NUMERIC_FORMAT=" + model.format();
    String build = model.network().engine().equals(PYTORCH) ? " in a build with -Ppytorch" : "";
    json.print(
        spec.commandLine().getOut(),
        Map.of(
            "event", "done",
            "directory", plan.directory().toString(),
            "commit", plan.commit(),
            "bytesTransferred", output.transferred(),
            "engine", model.network().engine(),
            "numericFormat", model.format().toString(),
            "fingerprint", model.description().fingerprint()),
        "%s of %s fetched; %s runs %s\nuse it%s with SEMBLANCE_MODEL_DIRECTORY=%s%s"
            .formatted(
                ByteCount.of(output.transferred()),
                ByteCount.of(plan.bytes()),
                model.network().engine(),
                model.network().path(),
                build,
                plan.directory(),
                format));
    return 0;
  }

  /** Reads what was fetched in the most exact of its formats that makes a model. */
  private ModelPackage read(FetchPlan plan) {
    InvalidModelException first = null;
    for (NumericFormat format : plan.formats()) {
      try {
        return ModelPackage.read(plan.directory(), Optional.ofNullable(engine), format);
      } catch (InvalidModelException e) {
        first = first == null ? e : first;
      }
    }
    if (first != null) {
      throw first;
    }
    return ModelPackage.read(plan.directory(), Optional.ofNullable(engine));
  }
}
