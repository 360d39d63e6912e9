package io.semblance.cli.hub;

import io.semblance.embedding.model.ModelFiles;
import io.semblance.embedding.model.ModelFiles.Reason;
import io.semblance.embedding.model.NumericFormat;
import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * Fetches a model from a hub: what Semblance reads of its repository, at one commit, checked by the
 * checksums that the hub lists. What is there already is not transferred again, and what was begun
 * is gone on with. For one thread.
 */
public final class ModelFetch implements AutoCloseable {
  private static final String EXPORT =
      "export it (pip install optimum-onnx[onnxruntime]; optimum-cli export onnx --model %s --task feature-extraction DIR) and name DIR in semblance.model.directory";

  private final HubClient hub;
  private final FetchListener listener;
  private final Set<String> told = new HashSet<>();

  /**
   * @param token by which the hub knows the user; it goes to the endpoint alone
   * @throws IllegalArgumentException if the token cannot be sent
   */
  public ModelFetch(
      HubEndpoint endpoint, Optional<String> token, TransferLimits limits, FetchListener listener) {
    hub = new HubClient(endpoint, token, limits);
    this.listener = listener;
  }

  /**
   * Fetches a model. Blocks until all of it is there.
   *
   * @return what was fetched
   * @throws HubException if the hub does not give it
   * @throws IllegalArgumentException if the request makes no sense
   * @throws IllegalStateException if the folder holds something else, or a limit is too low
   * @throws IOException if the folder cannot be written
   */
  public FetchPlan run(FetchRequest request) throws IOException, InterruptedException {
    HubRepository repository =
        HubRepository.read(hub, request.repository(), request.revision(), listener);
    told.clear();
    SequencedMap<String, RepositoryFile> listed =
        repository.files().stream()
            .collect(
                Collectors.toMap(
                    RepositoryFile::path,
                    Function.identity(),
                    (one, _) -> one,
                    LinkedHashMap::new));
    ModelFiles choice = ModelFiles.choose(listed.keySet(), request.engine(), request.patterns());
    requireNetwork(request, choice);
    try (ModelFolder folder =
        ModelFolder.take(request.directory(), hub.limits().lockTimeLimit(), listener)) {
      List<RepositoryFile> files =
          new ArrayList<>(choice.chosen().stream().map(listed::get).toList());
      FetchPlan plan =
          bring(request, repository, folder, files, choice.formats(), leftOut(choice, listed));
      if (request.patterns().isEmpty() && needsBoth(choice, folder, listed)) {
        choice = choice.withBoth();
        files = new ArrayList<>(choice.chosen().stream().map(listed::get).toList());
        plan = bring(request, repository, folder, files, plan.formats(), leftOut(choice, listed));
      }
      // Weights in files whose names do not tell: the networks know.
      Set<String> chosen = Set.copyOf(choice.chosen());
      List<RepositoryFile> weights =
          choice.networks().stream()
              .flatMap(path ->
                  ModelFiles.weights(path, folder.place(Objects.requireNonNull(listed.get(path))))
                      .stream())
              .distinct()
              .filter(path -> listed.containsKey(path) && !chosen.contains(path))
              .map(listed::get)
              .toList();
      if (!weights.isEmpty()) {
        files.addAll(weights);
        plan = bring(request, repository, folder, files, plan.formats(), plan.leftOut());
      }
      folder.finish(hub.endpoint(), repository, files);
      return plan;
    }
  }

  /** Of the family its configuration tells, which is there now. */
  private static boolean needsBoth(
      ModelFiles choice, ModelFolder folder, Map<String, RepositoryFile> listed) {
    RepositoryFile configuration = listed.get(ModelFiles.CONFIGURATION);
    return configuration != null
        && !choice.both().isEmpty()
        && ModelFiles.needsBoth(folder.place(configuration));
  }

  private static Map<Reason, FetchPlan.LeftOut> leftOut(
      ModelFiles choice, Map<String, RepositoryFile> listed) {
    Map<Reason, FetchPlan.LeftOut> leftOut = new EnumMap<>(Reason.class);
    choice
        .leftOut()
        .forEach((reason, paths) ->
            leftOut.put(
                reason,
                new FetchPlan.LeftOut(
                    paths.size(),
                    paths.stream()
                        .mapToLong(path -> Objects.requireNonNull(listed.get(path)).size())
                        .sum())));
    return leftOut;
  }

  private void requireNetwork(FetchRequest request, ModelFiles choice) {
    if (!choice.networks().isEmpty()) {
      return;
    }
    String found =
        choice.leftOut().entrySet().stream()
            .filter(entry -> entry.getKey() != Reason.NOT_READ)
            .map(entry -> "%s (%s)".formatted(entry.getKey(), String.join(", ", entry.getValue())))
            .collect(Collectors.joining("; "));
    boolean others = choice.leftOut().containsKey(Reason.OTHER_NETWORK);
    String remedy = EXPORT.formatted(request.repository());
    if (others) {
      remedy = "leave --engine out, or correct --include";
    } else {
      remedy +=
          choice
              .reduced()
              .map(", or fetch one in reduced precision with --include '%s'"::formatted)
              .orElse("");
    }
    throw new IllegalStateException(
        "%s at %s has no network that is run here%s (ONNX in float32, or a SavedModel; with --engine PyTorch, TorchScript)%s: %s"
            .formatted(
                request.repository(),
                request.revision(),
                request.engine().map(" with "::concat).orElse(""),
                found.isEmpty() ? "" : ", only " + found,
                remedy));
  }

  /** Brings those of {@code files} that are missing. */
  private FetchPlan bring(
      FetchRequest request,
      HubRepository repository,
      ModelFolder folder,
      List<RepositoryFile> files,
      List<NumericFormat> formats,
      Map<Reason, FetchPlan.LeftOut> leftOut)
      throws IOException, InterruptedException {
    folder.require(repository, files);
    List<RepositoryFile> missing = new ArrayList<>();
    for (RepositoryFile file : files) {
      if (!folder.has(file)) {
        missing.add(file);
      }
    }
    FetchPlan plan =
        new FetchPlan(
            repository.id(),
            repository.revision(),
            repository.commit(),
            folder.directory(),
            formats,
            files.size(),
            bytes(files),
            bytes(missing),
            leftOut);
    requireRoom(request, folder, plan, missing);
    listener.planned(plan);
    long there = plan.bytes() - plan.bytesMissing();
    for (RepositoryFile file : files) {
      if (!missing.contains(file)) {
        if (told.add(file.path())) {
          listener.completed(file.path(), file.size(), 0);
        }
        continue;
      }
      long before = there;
      long transferred =
          new FileDownload(
                  hub,
                  repository,
                  file,
                  folder.partial(file),
                  bytes -> listener.transferred(file.path(), before + bytes))
              .run(new Attempts(hub.limits(), listener));
      folder.complete(file);
      there += file.size();
      told.add(file.path());
      listener.completed(file.path(), file.size(), transferred);
    }
    return plan;
  }

  private static long bytes(List<RepositoryFile> files) {
    return files.stream().mapToLong(RepositoryFile::size).sum();
  }

  private static void requireRoom(
      FetchRequest request, ModelFolder folder, FetchPlan plan, List<RepositoryFile> missing)
      throws IOException {
    if (plan.bytes() > request.bytesMax()) {
      throw new IllegalStateException(
          "%s has %s in %d files, more than --bytes-max = %s: raise it, or name fewer networks with --include"
              .formatted(
                  plan.repository(),
                  ByteCount.of(plan.bytes()),
                  plan.files(),
                  ByteCount.of(request.bytesMax())));
    }
    long needed = plan.bytesMissing();
    for (RepositoryFile file : missing) {
      if (Files.exists(folder.partial(file))) {
        needed -= Files.size(folder.partial(file));
      }
    }
    if (needed > folder.usableBytes()) {
      throw new IllegalStateException(
          "%s needs %s more, and the disk of %s has %s: make room, or name a folder elsewhere with --out"
              .formatted(
                  plan.repository(),
                  ByteCount.of(needed),
                  folder.directory(),
                  ByteCount.of(folder.usableBytes())));
    }
  }

  /** Ends every transfer. */
  @Override
  public void close() {
    hub.close();
  }
}
