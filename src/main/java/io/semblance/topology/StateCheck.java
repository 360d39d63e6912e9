package io.semblance.topology;

import io.quarkus.runtime.StartupEvent;
import io.semblance.search.ModelIndex;
import io.semblance.search.ModelIndexes;
import io.semblance.store.SnapshotModel;
import jakarta.annotation.Priority;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.eclipse.microprofile.config.inject.ConfigProperty;

/**
 * Refuses indexes on the disk that another model made, before the streams start: by then this
 * instance would have joined its group.
 */
@ApplicationScoped
class StateCheck {
  void check(
      @Observes @Priority(2) StartupEvent event,
      ModelIndexes indexes,
      @ConfigProperty(name = "kafka-streams.state.dir") Path streams,
      @ConfigProperty(name = "quarkus.kafka-streams.application-id") String application) {
    requireSameModels(streams.resolve(application), indexes);
  }

  /**
   * Compares the snapshots of all shards with the models that are run.
   *
   * @param tasks the directory that has one for each task
   * @throws IllegalArgumentException if an index is of another model; names both, the properties
   *     that choose the model, and what to delete
   */
  static void requireSameModels(Path tasks, ModelIndexes indexes) {
    if (!Files.isDirectory(tasks)) {
      return;
    }
    try (DirectoryStream<Path> directories = Files.newDirectoryStream(tasks, Files::isDirectory)) {
      for (Path task : directories) {
        for (ModelIndex index : indexes.all()) {
          requireSameModel(tasks, index, SnapshotModel.read(task.resolve(index.store())));
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (DirectoryIteratorException e) {
      throw new UncheckedIOException(e.getCause());
    }
  }

  private static void requireSameModel(
      Path tasks, ModelIndex index, Optional<SnapshotModel> found) {
    SnapshotModel now =
        new SnapshotModel(
            Optional.of(index.model().id()),
            index.model().fingerprint(),
            index.model().dimension());
    if (found.isPresent() && !found.get().isSameAs(now)) {
      Path shards = tasks.resolve("*").resolve(index.store());
      String properties = ConfiguredModels.properties(index);
      throw new IllegalArgumentException(
          "%sdirectory chooses %s, but the index in %s holds vectors of %s, and vectors of two models cannot be compared: choose that model again (%sdirectory, .engine and .numeric-format), or delete %s, all shards at once: the index is then read from its topic, and images without an embedding by the new model there have to be uploaded again"
              .formatted(properties, now, shards, found.get(), properties, shards));
    }
  }
}
