package io.semblance.embedding.model;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** The default model in tests, and damaged copies of it. */
final class TestModels {
  static final Path DEFAULT = Path.of("src/main/models/semblance-copy-160");

  /** Tiny networks of random weights, in the layout of their families. */
  static final Path CLIP = Path.of("src/test/resources/models/clip-tiny");

  static final Path VIT = Path.of("src/test/resources/models/vit-tiny");
  static final Path RESNET = Path.of("src/test/resources/models/resnet-tiny");

  private TestModels() {}

  static ModelOptions options(Path directory, String engine) {
    return new ModelOptions(directory, Optional.of(engine), new InferenceDevice.Cpu(), 2);
  }

  static ModelOptions options(Path directory, String engine, NumericFormat format) {
    return new ModelOptions(directory, Optional.of(engine), new InferenceDevice.Cpu(), 2, format);
  }

  static EmbeddingModel load(String engine) {
    return EmbeddingModels.load(options(DEFAULT, engine));
  }

  static ByteBuffer inputs(EmbeddingModel model, int count) {
    return ByteBuffer.allocateDirect(count * model.recipe().samples() * Float.BYTES)
        .order(ByteOrder.nativeOrder());
  }

  /** Copies the default package into {@code folder}. */
  static Path copy(Path folder) throws IOException {
    return copy(DEFAULT, folder);
  }

  /** Copies the package {@code source} into {@code folder}. */
  static Path copy(Path source, Path folder) throws IOException {
    Path target = folder.resolve("model");
    List<Path> files;
    try (Stream<Path> walk = Files.walk(source)) {
      files = walk.filter(Files::isRegularFile).toList();
    }
    for (Path file : files) {
      Path copy = target.resolve(source.relativize(file).toString());
      Files.createDirectories(copy.getParent());
      Files.copy(file, copy);
    }
    return target;
  }

  static void edit(Path file, String from, String to) throws IOException {
    String text = Files.readString(file);
    if (!text.contains(from)) {
      throw new IllegalArgumentException(file + " lacks " + from);
    }
    Files.writeString(file, text.replace(from, to));
  }
}
