package io.semblance.topology;

import io.quarkus.runtime.configuration.MemorySize;
import io.semblance.image.Transparency;
import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Every property of Semblance's own. Values are checked when the service starts; a wrong one is
 * refused by its name.
 */
@ConfigMapping(prefix = "semblance")
public interface SemblanceConfiguration {
  /** The folder that Semblance lies in; the command {@code ./semblance} sets it. */
  @WithDefault(".")
  Path home();

  /** Where the state of the streams and of the embedded broker is kept. */
  @WithDefault(".semblance")
  Path stateDirectory();

  /** Under which {@code host:port} other instances reach this one's REST interface. */
  Optional<String> advertisedAddress();

  /** The embedding model, by which near-duplicates are told. */
  Model model();

  /** Models for searches alone, by their names. */
  Map<String, SearchModel> searchModels();

  /** What uploaded images may be. */
  Image image();

  /** The embedding pipeline. */
  Embedding embedding();

  /** The index. */
  Index index();

  /** The search kernels. */
  Vector vector();

  /** Matching. */
  Match match();

  /** Searching over REST. */
  Search search();

  /** The REST interface. */
  Api api();

  /** How a model is run. */
  interface Inference {
    /**
     * Which of the package's networks is run: TensorFlow, OnnxRuntime, PyTorch; by default the
     * first.
     */
    Optional<String> engine();

    /** Where it runs: auto (a GPU if there is one), cpu, gpu:N. */
    @WithDefault("auto")
    String device();

    /**
     * What it computes in: float32, bfloat16 (TensorFlow on a CPU), float16 (TensorFlow on a GPU;
     * ONNX Runtime, with a network of its own).
     */
    @WithDefault("float32")
    String numericFormat();

    /** Threads of one forward pass on a CPU; 0 lets the engine choose. */
    @WithDefault("0")
    int threads();

    /** Whether the model's text tower is loaded, if it has one. */
    @WithDefault("true")
    boolean texts();
  }

  /** The embedding model. */
  interface Model extends Inference {
    /** The model package; by default the one that ships with Semblance. */
    Optional<Path> directory();
  }

  /** A model for searches. */
  interface SearchModel extends Inference {
    /** The model package. */
    Path directory();
  }

  /** What uploaded images may be. */
  interface Image {
    /** Most bytes of an encoded image. */
    @WithDefault("20M")
    MemorySize bytesMax();

    /** Most pixels that an image's header may claim. */
    @WithDefault("50000000")
    long pixelsMax();

    /** Most scans of a progressive JPEG. */
    @WithDefault("100")
    int scansMax();

    /**
     * Most bytes of decoded pixels in memory at a time, two thirds of them on the heap; a picture
     * with more is decoded alone.
     */
    @WithDefault("1G")
    MemorySize decodingBytesMax();

    /** Whether pictures are turned upright as their EXIF orientation says. */
    @WithDefault("true")
    boolean applyOrientation();

    /** Whether transparency is flattened on white, or dropped as models' references do. */
    @WithDefault("flattened")
    Transparency transparency();

    /** Fetching of images that uploads refer to. */
    Fetch fetch();

    /** Fetching of images that uploads refer to. */
    interface Fetch {
      /**
       * From where images may be fetched: host (on every port), host:port or *.domain; nothing by
       * default.
       */
      Optional<List<String>> allowedHosts();

      /** Longest time for one image, redirects included. */
      @WithDefault("10s")
      Duration timeLimit();

      /** Most redirects followed for one image. */
      @WithDefault("3")
      int redirectsMax();

      /** Most images being fetched at a time; at most half of them from one host. */
      @WithDefault("32")
      int concurrencyMax();
    }
  }

  /** The embedding pipeline. */
  interface Embedding {
    /** Most images of one forward pass; a CPU gains nothing beyond 8, a GPU up to 64. */
    @WithDefault("8")
    int batchSizeMax();

    /** How long a batch waits for more images; zero takes what is ready. */
    @WithDefault("0s")
    Duration batchDelayMax();

    /** Most uploads between submission and result. */
    @WithDefault("128")
    int streamImagesMax();

    /** Most searches between submission and result; more are answered with 429. */
    @WithDefault("64")
    int interactiveImagesMax();

    /** Most texts of one forward pass. */
    @WithDefault("32")
    int textBatchSizeMax();

    /** Most texts of searches between submission and result; more are answered with 429. */
    @WithDefault("1024")
    int interactiveTextsMax();

    /** Most characters of an uploaded text. */
    @WithDefault("10000")
    int textLengthMax();

    /** Most bytes of images that wait for decoding, uploads and searches each. */
    @WithDefault("256M")
    MemorySize encodedBytesMax();

    /** Threads that decode and preprocess; 0 takes one for each core. */
    @WithDefault("0")
    int decodingThreads();

    /**
     * Longest wait for embeddings in one transaction, which is then aborted and done again. An
     * image whose own fetch and decoding take three quarters of it goes to the dead letters.
     * Shorter than Kafka's transaction timeout.
     */
    @WithDefault("15s")
    Duration timeLimit();
  }

  /** The index. */
  interface Index {
    /** Rows of one off-heap segment: the unit by which a shard grows; a multiple of 64. */
    @WithDefault("8192")
    int rowsPerSegment();

    /** Shortest time between two snapshots of a shard. */
    @WithDefault("30s")
    Duration snapshotIntervalMin();

    /** Changes that make a snapshot worth writing. */
    @WithDefault("1000")
    long snapshotChangesMin();

    /** Longest time that fewer changes may wait for a snapshot. */
    @WithDefault("10m")
    Duration snapshotIntervalMax();

    /**
     * A snapshot that fell behind its topic longer ago is not used: the topic may have forgotten
     * deletions since. Less than the topic's {@code delete.retention.ms}.
     */
    @WithDefault("3d")
    Duration snapshotAgeMax();

    /**
     * Whether all vectors are read from the disk, and checked, in the background when a shard's
     * snapshot was opened. False leaves them to the page cache: for shards larger than the memory.
     */
    @WithDefault("true")
    boolean preloadVectors();
  }

  /** The search kernels. */
  interface Vector {
    /** Forces a kernel, as a system property alone: scalar, 128, 256 or 512 (bits). */
    Optional<String> kernel();
  }

  /** Matching. */
  interface Match {
    /** Lowest similarity that counts as a match; by default the model's own threshold. */
    Optional<Float> threshold();

    /** Most matches that one shard reports for one upload. */
    @WithDefault("100")
    int matchesPerShardMax();

    /** Most probes scored together in one pass over a shard. */
    @WithDefault("64")
    int probesPerScanMax();

    /** How long it is remembered which pairs were alerted. */
    @WithDefault("30d")
    Duration pairRetention();

    /** Of how many pairs each shard remembers it; beyond, the oldest are forgotten. */
    @WithDefault("1000000")
    int pairsPerShardMax();

    /**
     * How long an upload's alert waits for the reports of all shards; then it names the others'.
     */
    @WithDefault("10m")
    Duration gatherTimeLimit();
  }

  /** Searching over REST. */
  interface Search {
    /** Most results of one search. */
    @WithDefault("1000")
    int resultsMax();

    /** Most categories that one search may name. */
    @WithDefault("100")
    int categoriesMax();

    /** Most characters of a text, a label or a prompt template. */
    @WithDefault("1000")
    int textLengthMax();

    /** Most labels of one classification. */
    @WithDefault("100")
    int labelsMax();

    /** Most searches carried out at a time; more are answered with 429. */
    @WithDefault("64")
    int concurrentMax();

    /** Longest time in which shards are asked for one search, retries included. */
    @WithDefault("5s")
    Duration timeLimit();

    /** Longest wait for another instance's answer to one question. */
    @WithDefault("2s")
    Duration attemptTimeLimit();

    /** Longest wait for a connection to another instance. */
    @WithDefault("1s")
    Duration connectTimeLimit();

    /** Most records by which a standby copy may lag behind and still answer. */
    @WithDefault("1000")
    long standbyLagMax();

    /** Most bytes of a message between instances. */
    @WithDefault("16M")
    MemorySize peerMessageBytesMax();
  }

  /** The REST interface. */
  interface Api {
    /** Most bytes of a JSON body. */
    @WithDefault("1M")
    MemorySize jsonBytesMax();

    /** Most requests with an image in their body at a time; more are answered with 429. */
    @WithDefault("64")
    int concurrentImagesMax();

    /** Most characters of a tenant or a category. */
    @WithDefault("256")
    int tenantLengthMax();

    /** Most characters of a reference to an image. */
    @WithDefault("2048")
    int dataReferenceLengthMax();

    /** Results of a search that does not say how many it wants. */
    @WithDefault("10")
    int resultsDefault();

    /** Longest wait for Kafka to confirm an upload. */
    @WithDefault("20s")
    Duration uploadTimeLimit();

    /** Most clients following alerts at a time; more are answered with 429. */
    @WithDefault("32")
    int alertClientsMax();

    /** After so long without an alert a comment is sent to the clients that follow. */
    @WithDefault("15s")
    Duration alertHeartbeat();
  }
}
