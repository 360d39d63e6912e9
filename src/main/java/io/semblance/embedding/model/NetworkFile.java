package io.semblance.embedding.model;

import io.semblance.image.ImageRecipe.Layout;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What a network's file declares of itself, read without an engine.
 *
 * @param engine that runs such files
 * @param path of the file or folder, relative to the package
 * @param signature of a SavedModel that is described; null for ONNX, which has one only
 * @param inputs what it takes
 * @param outputs what it gives
 * @param random whether it draws random numbers
 */
record NetworkFile(
    String engine,
    String path,
    @Nullable String signature,
    List<Port> inputs,
    List<Port> outputs,
    boolean random) {
  private static final int RANK_PICTURES = 4;

  /** The types of tensors that can be fed. */
  enum Kind {
    FLOAT32,
    INT32,
    INT64,
    OTHER
  }

  /**
   * An input or output.
   *
   * @param shape as declared; -1 where a length is open. Exports declare wrong shapes, too
   */
  record Port(String name, Kind kind, List<Long> shape) {
    /** Returns whether the text tower takes this: token ids or their mask. */
    boolean isText() {
      return (kind == Kind.INT64 || kind == Kind.INT32) && shape.size() == 2;
    }

    /** Returns the length of {@code axis}; -1 if it is open or there is no such axis. */
    long length(int axis) {
      return axis < shape.size() ? shape.get(axis) : -1;
    }
  }

  /** Returns the input for pictures: the only one of floats with four axes. */
  Optional<Port> pictures() {
    List<Port> found =
        inputs.stream()
            .filter(one -> one.kind() == Kind.FLOAT32 && one.shape().size() == RANK_PICTURES)
            .toList();
    return found.size() == 1 ? Optional.of(found.getFirst()) : Optional.empty();
  }

  Optional<Port> input(String name) {
    return inputs.stream().filter(one -> one.name().equals(name)).findFirst();
  }

  Optional<Port> output(String name) {
    return outputs.stream().filter(one -> one.name().equals(name)).findFirst();
  }

  /** Returns the order of the samples of {@code pictures}, if its declared shape tells. */
  static Optional<Layout> layout(Port pictures) {
    if (pictures.length(1) == 3 && pictures.length(3) != 3) {
      return Optional.of(Layout.NCHW);
    }
    return pictures.length(3) == 3 && pictures.length(1) != 3
        ? Optional.of(Layout.NHWC)
        : Optional.empty();
  }

  List<String> outputNames() {
    return outputs.stream().map(Port::name).toList();
  }

  List<String> inputNames() {
    return inputs.stream().map(Port::name).toList();
  }
}
