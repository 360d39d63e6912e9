package io.semblance.embedding.model;

import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession.SessionOptions;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.Base64;
import java.util.Optional;
import org.tensorflow.proto.ConfigProto;
import org.tensorflow.proto.GPUOptions;
import org.tensorflow.proto.GraphOptions;
import org.tensorflow.proto.RewriterConfig;

/** What the engines are told beside the network itself. */
final class EngineSettings {
  static final String TENSORFLOW = "TensorFlow";
  static final String ONNX_RUNTIME = "OnnxRuntime";

  /** DJL's option with TensorFlow's settings, a base64 {@code ConfigProto}. */
  static final String TENSORFLOW_OPTION = "ConfigProto";

  /** DJL's option with the name of a SavedModel's signature. */
  static final String SIGNATURE_OPTION = "SignatureDefKey";

  /** DJL's option with ONNX Runtime's settings, an object and no text. */
  static final String ONNX_RUNTIME_OPTION = "sessionOptions";

  private static final String TELEMETRY = "ORT_DISABLE_TELEMETRY";

  private EngineSettings() {}

  /** To be called before DJL's first class is loaded, which reads these once. */
  static void forbidNetworkAccess() {
    System.setProperty("OPT_OUT_TRACKING", "true"); // DJL would phone home
    System.setProperty("ai.djl.offline", "true"); // and download what it does not find
    disableTelemetry();
  }

  /**
   * ONNX Runtime 1.29 phones home, too, and reads an environment variable alone that forbids it
   * from the start. Before it sends anything it matches the process's command line against regular
   * expressions that recurse: some thousand characters overflow the main thread's stack, and the
   * process dies without a word (<a
   * href="https://github.com/vespa-engine/vespa/pull/37786">vespa-engine/vespa#37786</a>).
   */
  @SuppressWarnings("restricted") // the launcher enables native access, as the engines need it too
  private static void disableTelemetry() {
    Linker linker = Linker.nativeLinker();
    Optional<MemorySegment> setEnvironment = linker.defaultLookup().find("setenv");
    if (setEnvironment.isEmpty()) { // no POSIX, and so no such telemetry
      return;
    }
    MethodHandle call =
        linker.downcallHandle(
            setEnvironment.get(),
            FunctionDescriptor.of(
                ValueLayout.JAVA_INT,
                ValueLayout.ADDRESS,
                ValueLayout.ADDRESS,
                ValueLayout.JAVA_INT));
    try (Arena arena = Arena.ofConfined()) {
      int _ = (int) call.invokeExact(arena.allocateFrom(TELEMETRY), arena.allocateFrom("1"), 1);
    } catch (Throwable e) {
      throw new IllegalStateException("ONNX Runtime's telemetry could not be disabled", e);
    }
  }

  /**
   * Returns TensorFlow's settings, which replace DJL's own.
   *
   * @param threads of one forward pass; 0 lets TensorFlow choose
   * @param remapping whether groups of operations may be replaced by faster ones
   */
  static String tensorFlow(int threads, boolean remapping) {
    ConfigProto.Builder configuration =
        ConfigProto.newBuilder()
            .setAllowSoftPlacement(true)
            .setGpuOptions(GPUOptions.newBuilder().setAllowGrowth(true))
            .setIntraOpParallelismThreads(threads);
    if (threads > 0) {
      configuration.setInterOpParallelismThreads(1);
    }
    if (!remapping) {
      configuration.setGraphOptions(
          GraphOptions.newBuilder()
              .setRewriteOptions(
                  RewriterConfig.newBuilder().setRemapping(RewriterConfig.Toggle.OFF)));
    }
    return Base64.getEncoder().encodeToString(configuration.build().toByteArray());
  }

  /**
   * Returns ONNX Runtime's settings, to be closed once the network is loaded.
   *
   * @param threads of one forward pass; 0 lets ONNX Runtime choose
   */
  static SessionOptions onnxRuntime(int threads) {
    try {
      SessionOptions options = new SessionOptions();
      options.setInterOpNumThreads(1);
      options.setIntraOpNumThreads(threads);
      // Threads that wait by spinning take the cores from those that decode.
      options.addConfigEntry("session.intra_op.allow_spinning", "0");
      return options;
    } catch (OrtException e) {
      throw new InvalidModelException(
          "ONNX Runtime refuses its settings, among them semblance.model.threads = %d: %s"
              .formatted(threads, e.getMessage()),
          e);
    }
  }
}
