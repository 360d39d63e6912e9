package io.semblance.embedding.model;

import com.google.protobuf.InvalidProtocolBufferException;
import io.semblance.embedding.model.NetworkFile.Kind;
import io.semblance.embedding.model.NetworkFile.Port;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.FunctionDef;
import org.tensorflow.proto.MetaGraphDef;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.proto.SavedModel;
import org.tensorflow.proto.SignatureDef;
import org.tensorflow.proto.TensorInfo;
import org.tensorflow.proto.TensorShapeProto;

/**
 * Reads of a TensorFlow SavedModel its signatures. A SavedModel is a program: one whose signature
 * reads or writes files, prints, or calls out is refused, for no embedding needs that.
 */
final class SavedModelFile {
  static final String FILE = "saved_model.pb";
  private static final String TAG = "serve";
  private static final String INITIALISER = "__saved_model_init_op";

  /** Operations with an effect outside the network. Every export has SaveV2, in its saver only. */
  private static final Pattern EFFECTS =
      Pattern.compile(
          "WriteFile|ReadFile|MatchingFiles|Save|SaveV2|SaveSlices|MergeV2Checkpoints|Print|PrintV2"
              + "|PyFunc|EagerPyFunc|PyFuncStateless|FileSystemSetConfiguration|LookupTableExport.*"
              + "|(Write|Create|Flush|Close|Import).*(Summary|Event).*|SummaryWriter"
              + "|Debug.*V?2?|SaveDataset.*|Snapshot.*Dataset.*|CacheDataset.*|TFRecordDataset.*"
              + "|TextLineDataset.*|FixedLengthRecordDataset.*|.*ReaderV2|WholeFileReader"
              + "|RpcCall|TryRpc|.*DataService.*|DistributedSave|WriteTrackedFile|AppendToFile");

  private SavedModelFile() {}

  /**
   * Returns the signatures of the SavedModel in {@code folder} that give something.
   *
   * @param path of the folder, relative to the package
   * @throws InvalidModelException if it is cut, has no signature, or one has effects on files
   */
  static List<NetworkFile> read(Path folder, String path) {
    MetaGraphDef graph = graph(folder.resolve(FILE));
    List<NetworkFile> found = new ArrayList<>();
    new TreeMap<>(graph.getSignatureDefMap())
        .forEach((name, signature) -> {
          requireNoEffects(folder, graph, name, signature);
          if (!name.equals(INITIALISER) && signature.getOutputsCount() > 0) {
            found.add(
                new NetworkFile(
                    EngineSettings.TENSORFLOW,
                    path,
                    name,
                    ports(signature.getInputsMap()),
                    ports(signature.getOutputsMap()),
                    false));
          }
        });
    if (found.isEmpty()) {
      throw new InvalidModelException(
          "%s has no signature with outputs: export it with one".formatted(folder.resolve(FILE)));
    }
    return found;
  }

  private static MetaGraphDef graph(Path file) {
    try (InputStream in = Files.newInputStream(file)) {
      List<MetaGraphDef> graphs = SavedModel.parseFrom(in).getMetaGraphsList();
      return graphs.stream()
          .filter(one -> one.getMetaInfoDef().getTagsList().contains(TAG))
          .findFirst()
          .orElseThrow(() ->
              new InvalidModelException(
                  "%s has no graph tagged \"%s\": export it for serving".formatted(file, TAG)));
    } catch (InvalidProtocolBufferException e) {
      throw new InvalidModelException(
          "%s is damaged or cut, or no network for %s: %s; fetch it again"
              .formatted(file, EngineSettings.TENSORFLOW, e.getMessage()),
          e);
    } catch (IOException e) {
      throw new InvalidModelException("cannot read %s: %s".formatted(file, e.getMessage()), e);
    }
  }

  private static List<Port> ports(Map<String, TensorInfo> tensors) {
    List<Port> ports = new ArrayList<>();
    new TreeMap<>(tensors)
        .forEach((name, info) -> {
          Kind kind =
              switch (info.getDtype()) {
                case DT_FLOAT -> Kind.FLOAT32;
                case DT_INT32 -> Kind.INT32;
                case DT_INT64 -> Kind.INT64;
                default -> Kind.OTHER;
              };
          List<Long> shape =
              info.getTensorShape().getDimList().stream()
                  .map(TensorShapeProto.Dim::getSize)
                  .toList();
          ports.add(new Port(name, kind, shape));
        });
    return ports;
  }

  private static void requireNoEffects(
      Path folder, MetaGraphDef graph, String name, SignatureDef signature) {
    Map<String, NodeDef> nodes = new HashMap<>();
    graph.getGraphDef().getNodeList().forEach(node -> nodes.put(node.getName(), node));
    Map<String, FunctionDef> functions = new HashMap<>();
    graph
        .getGraphDef()
        .getLibrary()
        .getFunctionList()
        .forEach(function -> functions.put(function.getSignature().getName(), function));
    Deque<NodeDef> open = new ArrayDeque<>();
    Set<String> seen = new HashSet<>();
    for (TensorInfo output : signature.getOutputsMap().values()) {
      reach(output.getName(), nodes, seen, open);
    }
    Set<String> called = new HashSet<>();
    while (!open.isEmpty()) {
      NodeDef node = open.remove();
      if (EFFECTS.matcher(node.getOp()).matches()) {
        throw new InvalidModelException(
            "%s: the signature \"%s\" runs %s (%s), which reads or writes outside the network: export it without"
                .formatted(folder.resolve(FILE), name, node.getOp(), node.getName()));
      }
      node.getInputList().forEach(input -> reach(input, nodes, seen, open));
      for (String function : functionsOf(node)) {
        FunctionDef body = functions.get(function);
        if (body != null && called.add(function)) {
          open.addAll(body.getNodeDefList());
        }
      }
    }
  }

  private static void reach(
      String tensor, Map<String, NodeDef> nodes, Set<String> seen, Deque<NodeDef> open) {
    String name = tensor.replaceFirst("^\\^", "").replaceFirst(":.*$", "");
    NodeDef node = nodes.get(name);
    if (node != null && seen.add(name)) {
      open.add(node);
    }
  }

  private static Collection<String> functionsOf(NodeDef node) {
    List<String> names = new ArrayList<>(List.of(node.getOp()));
    for (AttrValue value : node.getAttrMap().values()) {
      if (value.hasFunc()) {
        names.add(value.getFunc().getName());
      }
      value.getList().getFuncList().forEach(function -> names.add(function.getName()));
    }
    return names;
  }
}
