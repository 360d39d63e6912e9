package io.semblance.embedding.model;

import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtLoggingLevel;
import ai.onnxruntime.OrtSession.SessionOptions;
import ai.onnxruntime.providers.OrtCUDAProviderOptions;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.tensorflow.proto.ConfigProto;
import org.tensorflow.proto.GPUOptions;
import org.tensorflow.proto.GraphOptions;
import org.tensorflow.proto.RewriterConfig;

/** What the engines are told beside the network itself. */
final class EngineSettings {
  static final String TENSORFLOW = "TensorFlow";
  static final String ONNX_RUNTIME = "OnnxRuntime";
  static final String PYTORCH = "PyTorch";

  /** All that are known, the preferred first. */
  static final List<String> ENGINES = List.of(TENSORFLOW, ONNX_RUNTIME, PYTORCH);

  /** DJL's option with TensorFlow's settings, a base64 {@code ConfigProto}. */
  static final String TENSORFLOW_OPTION = "ConfigProto";

  /** DJL's option with the name of a SavedModel's signature. */
  static final String SIGNATURE_OPTION = "SignatureDefKey";

  /** DJL's option with ONNX Runtime's settings, an object and no text. */
  static final String ONNX_RUNTIME_OPTION = "sessionOptions";

  private static final String PYTORCH_THREADS = "ai.djl.pytorch.num_threads";

  private static final String TELEMETRY = "ORT_DISABLE_TELEMETRY";

  private EngineSettings() {}

  /**
   * To be called before DJL's first class is loaded, which reads these once.
   *
   * @param threads of one forward pass on a CPU; 0 lets the engine choose
   */
  static void prepare(int threads) {
    forbidNetworkAccess();
    // DJL would start TensorFlow beside ONNX Runtime, for computations that nobody asks for.
    System.setProperty("ai.djl.onnx.disable_alternative", "true");
    shareGpus();
    if (threads > 0) {
      // TensorFlow computes with one pool for all networks, which is made as DJL starts the engine:
      // what a network's own settings say comes too late.
      setEnvironment("TF_NUM_INTRAOP_THREADS", Integer.toString(threads), true);
    }
  }

  private static void forbidNetworkAccess() {
    System.setProperty("OPT_OUT_TRACKING", "true"); // DJL would phone home
    System.setProperty("ai.djl.offline", "true"); // and download what it does not find
    disableTelemetry();
  }

  /**
   * What the engines do on a GPU unless the environment says otherwise already. DJL starts
   * TensorFlow with settings of its own, by which it takes all memory of every GPU and which no
   * model's settings change. Both engines' libraries would compute in TF32, whose ten bits of
   * mantissa do not reproduce a CPU's vectors.
   */
  private static void shareGpus() {
    setEnvironment("TF_FORCE_GPU_ALLOW_GROWTH", "true", false);
    setEnvironment("NVIDIA_TF32_OVERRIDE", "0", false);
  }

  /**
   * ONNX Runtime 1.29 phones home, too, and reads an environment variable alone that forbids it
   * from the start. Before it sends anything it matches the process's command line against regular
   * expressions that recurse: some thousand characters overflow the main thread's stack, and the
   * process dies without a word (<a
   * href="https://github.com/vespa-engine/vespa/pull/37786">vespa-engine/vespa#37786</a>).
   */
  private static void disableTelemetry() {
    setEnvironment(TELEMETRY, "1", true);
  }

  /**
   * Settles how many threads PyTorch takes, all networks alike: it asks once, when it starts.
   *
   * @param threads of one forward pass; 0 lets PyTorch choose
   */
  static void pyTorch(int threads) {
    if (threads > 0 && System.getProperty(PYTORCH_THREADS) == null) {
      System.setProperty(PYTORCH_THREADS, Integer.toString(threads));
    }
  }

  /** Sets a variable for the natives, which do not see what Java sets otherwise. */
  @SuppressWarnings("restricted") // the launcher enables native access, as the engines need it too
  private static void setEnvironment(String name, String value, boolean overwrite) {
    Linker linker = Linker.nativeLinker();
    Optional<MemorySegment> function = linker.defaultLookup().find("setenv");
    if (function.isEmpty()) { // no POSIX, and so no such natives
      return;
    }
    MethodHandle call =
        linker.downcallHandle(
            function.get(),
            FunctionDescriptor.of(
                ValueLayout.JAVA_INT,
                ValueLayout.ADDRESS,
                ValueLayout.ADDRESS,
                ValueLayout.JAVA_INT));
    try (Arena arena = Arena.ofConfined()) {
      int _ =
          (int)
              call.invokeExact(
                  arena.allocateFrom(name), arena.allocateFrom(value), overwrite ? 1 : 0);
    } catch (Throwable e) {
      throw new IllegalStateException("%s could not be set".formatted(name), e);
    }
  }

  /**
   * Returns TensorFlow's settings, which replace DJL's own.
   *
   * @param gpu whether it may use a GPU, which it would for all that it finds one
   * @param threads of one forward pass; 0 lets TensorFlow choose
   * @param remapping whether groups of operations may be replaced by faster ones
   * @param format what is computed in, where TensorFlow holds it to be safe
   */
  static String tensorFlow(boolean gpu, int threads, boolean remapping, NumericFormat format) {
    ConfigProto.Builder configuration =
        ConfigProto.newBuilder()
            .setAllowSoftPlacement(true)
            .setGpuOptions(GPUOptions.newBuilder().setAllowGrowth(true))
            .setIntraOpParallelismThreads(threads);
    if (!gpu) {
      configuration.putDeviceCount("GPU", 0);
    }
    if (threads > 0) {
      configuration.setInterOpParallelismThreads(1);
    }
    RewriterConfig.Builder rewriting = RewriterConfig.newBuilder();
    if (!remapping) {
      rewriting.setRemapping(RewriterConfig.Toggle.OFF);
    }
    switch (format) {
      case FLOAT32 -> {}
      case BFLOAT16 -> rewriting.setAutoMixedPrecisionOnednnBfloat16(RewriterConfig.Toggle.ON);
      case FLOAT16 -> rewriting.setAutoMixedPrecision(RewriterConfig.Toggle.ON);
    }
    configuration.setGraphOptions(GraphOptions.newBuilder().setRewriteOptions(rewriting));
    return Base64.getEncoder().encodeToString(configuration.build().toByteArray());
  }

  /**
   * Returns ONNX Runtime's settings, to be closed once the network is loaded.
   *
   * @param gpu the number of the GPU to run on; empty for the CPU
   * @param threads of one forward pass; 0 lets ONNX Runtime choose
   */
  static SessionOptions onnxRuntime(OptionalInt gpu, int threads) {
    SessionOptions options = new SessionOptions();
    try {
      if (gpu.isPresent()) {
        addCuda(options, gpu.getAsInt());
      }
      options.setInterOpNumThreads(1);
      options.setIntraOpNumThreads(threads);
      // Threads that wait by spinning take the cores from those that decode.
      options.addConfigEntry("session.intra_op.allow_spinning", "0");
      return options;
    } catch (OrtException e) {
      options.close();
      throw new InvalidModelException(
          "ONNX Runtime refuses its settings, among them semblance.model.threads = %d: %s"
              .formatted(threads, e.getMessage()),
          e);
    }
  }

  private static void addCuda(SessionOptions options, int number) throws OrtException {
    try (OrtCUDAProviderOptions cuda = new OrtCUDAProviderOptions(number)) {
      cuda.add("use_tf32", "0");
      cuda.add("arena_extend_strategy", "kSameAsRequested");
      // Batches come in all sizes, and the default tries every algorithm for each of them.
      cuda.add("cudnn_conv_algo_search", "HEURISTIC");
      options.addCUDA(cuda);
      // It warns at every load that shapes are computed on the CPU, which is as it should be.
      options.setSessionLogLevel(OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR);
    }
  }
}
