package io.semblance.embedding.model;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.WireFormat;
import io.semblance.embedding.model.NetworkFile.Kind;
import io.semblance.embedding.model.NetworkFile.Port;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Reads of an ONNX file (onnx.proto3) what it takes and gives, and which files hold its weights.
 * Weights are skipped, not read.
 */
final class OnnxFile {
  private static final Map<Integer, Kind> KINDS =
      Map.of(1, Kind.FLOAT32, 6, Kind.INT32, 7, Kind.INT64);
  private static final int EXTERNAL = 1;

  private final List<Port> inputs = new ArrayList<>();
  private final List<Port> outputs = new ArrayList<>();
  private final Set<String> weights = new HashSet<>();

  /** Bytes that are needed of each file of weights, by its name. */
  private final Map<String, Long> external = new TreeMap<>();

  private boolean random;

  private OnnxFile() {}

  /**
   * Reads {@code file}.
   *
   * @param path of it, relative to the package
   * @throws InvalidModelException if it is no ONNX file, is cut, or its weights are not there
   */
  static NetworkFile read(Path file, String path) {
    OnnxFile onnx = parse(file);
    onnx.requireWeights(file);
    List<Port> fed =
        onnx.inputs.stream().filter(one -> !onnx.weights.contains(one.name())).toList();
    return new NetworkFile(
        EngineSettings.ONNX_RUNTIME, path, null, fed, List.copyOf(onnx.outputs), onnx.random);
  }

  /** Returns the files beside {@code file} that hold its weights. */
  static List<Path> weightFiles(Path file) {
    return parse(file).external.keySet().stream().map(file::resolveSibling).toList();
  }

  private static OnnxFile parse(Path file) {
    OnnxFile onnx = new OnnxFile();
    try (InputStream stream = Files.newInputStream(file)) {
      CodedInputStream in = CodedInputStream.newInstance(stream);
      in.setSizeLimit(Integer.MAX_VALUE);
      field(in, 7, () -> message(in, () -> onnx.graph(in)));
    } catch (InvalidProtocolBufferException e) {
      throw new InvalidModelException(
          "%s is damaged or cut, or no network for %s: %s; fetch it again"
              .formatted(file, EngineSettings.ONNX_RUNTIME, e.getMessage()),
          e);
    } catch (IOException e) {
      throw new InvalidModelException("cannot read %s: %s".formatted(file, e.getMessage()), e);
    }
    if (onnx.outputs.isEmpty()) {
      throw new InvalidModelException(
          "%s is damaged or cut, or no network for %s: it has no graph with outputs; fetch it again"
              .formatted(file, EngineSettings.ONNX_RUNTIME));
    }
    return onnx;
  }

  private void requireWeights(Path file) {
    external.forEach((name, bytes) -> {
      Path folder = file.toAbsolutePath().normalize().getParent();
      Path weightFile = file.toAbsolutePath().resolveSibling(name).normalize();
      if (!weightFile.startsWith(folder)) {
        throw new InvalidModelException(
            "%s keeps weights in %s, outside its folder: export it again".formatted(file, name));
      }
      try {
        if (!Files.isRegularFile(weightFile)) {
          throw new InvalidModelException(
              "%s keeps weights in %s, which is missing: put it beside the network's file"
                  .formatted(file, name));
        }
        if (Files.size(weightFile) < bytes) {
          throw new InvalidModelException(
              "%s needs %d bytes of %s, which has %d: it is cut; fetch it again"
                  .formatted(file, bytes, name, Files.size(weightFile)));
        }
      } catch (IOException e) {
        throw new InvalidModelException(
            "cannot read %s: %s".formatted(weightFile, e.getMessage()), e);
      }
    });
  }

  @FunctionalInterface
  private interface Field {
    /** Reads one field; returns whether the message goes on. */
    boolean read(int field, int tag) throws IOException;
  }

  @FunctionalInterface
  private interface Content {
    void read() throws IOException;
  }

  private static void fields(CodedInputStream in, Field reader) throws IOException {
    int tag = in.readTag();
    while (tag != 0 && reader.read(WireFormat.getTagFieldNumber(tag), tag)) {
      tag = in.readTag();
    }
  }

  /** Reads one field of a message, as often as it comes, and passes over all others. */
  private static void field(CodedInputStream in, int wanted, Content content) throws IOException {
    fields(
        in,
        (field, tag) -> {
          if (field != wanted) {
            return in.skipField(tag);
          }
          content.read();
          return true;
        });
  }

  private static void message(CodedInputStream in, Content content) throws IOException {
    int limit = in.pushLimit(in.readRawVarint32());
    content.read();
    in.checkLastTagWas(0);
    in.popLimit(limit);
  }

  private void graph(CodedInputStream in) throws IOException {
    fields(
        in,
        (field, tag) -> {
          switch (field) {
            case 1 -> message(in, () -> node(in));
            case 5 -> message(in, () -> tensor(in));
            case 11 -> message(in, () -> inputs.add(port(in)));
            case 12 -> message(in, () -> outputs.add(port(in)));
            default -> {
              return in.skipField(tag);
            }
          }
          return true;
        });
  }

  /** An operation's name, and constants among its attributes. */
  private void node(CodedInputStream in) throws IOException {
    fields(
        in,
        (field, tag) -> {
          switch (field) {
            case 4 -> random |= in.readString().startsWith("Random");
            case 5 -> message(in, () -> field(in, 5, () -> message(in, () -> tensor(in))));
            default -> {
              return in.skipField(tag);
            }
          }
          return true;
        });
  }

  private void tensor(CodedInputStream in) throws IOException {
    Map<String, String> places = new HashMap<>();
    int[] location = new int[1];
    fields(
        in,
        (field, tag) -> {
          switch (field) {
            case 8 -> weights.add(in.readString());
            case 13 -> message(in, () -> entry(in, places));
            case 14 -> location[0] = in.readEnum();
            default -> {
              return in.skipField(tag);
            }
          }
          return true;
        });
    String file = places.get("location");
    if (location[0] == EXTERNAL && file != null) {
      long end = number(places.get("offset")) + number(places.get("length"));
      external.merge(file, end, Math::max);
    }
  }

  private static long number(@Nullable String text) {
    return text == null || !text.matches("\\d{1,18}") ? 0 : Long.parseLong(text);
  }

  private static void entry(CodedInputStream in, Map<String, String> entries) throws IOException {
    String[] pair = {"", ""};
    fields(
        in,
        (field, tag) -> {
          if (field != 1 && field != 2) {
            return in.skipField(tag);
          }
          pair[field - 1] = in.readString();
          return true;
        });
    entries.put(pair[0], pair[1]);
  }

  private static Port port(CodedInputStream in) throws IOException {
    String[] name = {""};
    Kind[] kind = {Kind.OTHER};
    List<Long> shape = new ArrayList<>();
    fields(
        in,
        (field, tag) -> {
          switch (field) {
            case 1 -> name[0] = in.readString();
            case 2 -> message(in, () -> type(in, kind, shape));
            default -> {
              return in.skipField(tag);
            }
          }
          return true;
        });
    return new Port(name[0], kind[0], List.copyOf(shape));
  }

  /** TypeProto, TypeProto.Tensor and TensorShapeProto, one inside the other. */
  private static void type(CodedInputStream in, Kind[] kind, List<Long> shape) throws IOException {
    fields(
        in,
        (field, tag) -> {
          if (field != 1) {
            return in.skipField(tag);
          }
          message(
              in,
              () ->
                  fields(
                      in,
                      (part, partTag) -> {
                        switch (part) {
                          case 1 -> kind[0] = KINDS.getOrDefault(in.readInt32(), Kind.OTHER);
                          case 2 -> message(in, () -> shape(in, shape));
                          default -> {
                            return in.skipField(partTag);
                          }
                        }
                        return true;
                      }));
          return true;
        });
  }

  private static void shape(CodedInputStream in, List<Long> shape) throws IOException {
    field(
        in,
        1,
        () -> {
          long[] length = {-1};
          message(in, () -> field(in, 1, () -> length[0] = in.readInt64()));
          shape.add(length[0]);
        });
  }
}
