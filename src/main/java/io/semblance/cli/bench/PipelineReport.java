package io.semblance.cli.bench;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.Comparator;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;

/**
 * Everything that {@code semblance bench pipeline} measured. Rates are per second, times in
 * milliseconds, sizes in MiB unless named otherwise.
 *
 * @param engine the bare engine at each batch size
 * @param pipelineAlone decode, preprocess and embed, without Kafka
 * @param singleImage one image that has the pipeline to itself
 */
record PipelineReport(
    Machine machine,
    String model,
    Input input,
    Map<Integer, EngineBench.Measured> engine,
    EngineBench.Measured pipelineAlone,
    ThroughputBench.Result kafka,
    Distribution singleImage,
    LatencyBench.Result idle,
    LatencyBench.Result halfLoad,
    DecodeBench.Result twoMegapixels,
    DecodeBench.Result uploads,
    IndexBench.Result index,
    Resident resident) {

  /**
   * What was uploaded.
   *
   * @param images distinct images of each round
   * @param photographs they were made of
   * @param batchSizeMax most images of one forward pass in service and pipeline
   * @param rounds whose medians the figures are
   */
  record Input(int images, int photographs, int rounds, int batchSizeMax, long seed) {}

  /** Memory of the service, its broker included: after its start, at the end, and at most. */
  record Resident(long startMebibytes, long endMebibytes, long maxMebibytes) {}

  /** The batch size at which the bare engine is fastest. */
  @JsonProperty
  int bestBatch() {
    return engine.entrySet().stream()
        .max(Comparator.comparingDouble(entry -> entry.getValue().embeddingsPerSecond()))
        .orElseThrow(() -> new IllegalStateException("no batch size was measured"))
        .getKey();
  }

  /** The bare engine at its best batch size. */
  @JsonProperty
  EngineBench.Measured bareEngine() {
    return Objects.requireNonNull(engine.get(bestBatch()));
  }

  /** Through Kafka under exactly-once ÷ the bare engine at its best batch. */
  @JsonProperty
  double efficiency() {
    return kafka.embeddingsPerSecond() / bareEngine().embeddingsPerSecond();
  }

  /** Through Kafka under exactly-once ÷ the pipeline without Kafka, which decodes as well. */
  @JsonProperty
  double efficiencyOfKafka() {
    return kafka.embeddingsPerSecond() / pipelineAlone.embeddingsPerSecond();
  }

  /** Processor time of one embedding in the bare engine ÷ in the service with its broker. */
  @JsonProperty
  double processorEfficiency() {
    return bareEngine().processorMillis() / kafka.processorMillis();
  }

  /** Processor time of one embedding in the pipeline ÷ in the service with its broker. */
  @JsonProperty
  double processorEfficiencyOfKafka() {
    return pipelineAlone.processorMillis() / kafka.processorMillis();
  }

  /** How much of the bare engine is left once the same cores decode and preprocess as well. */
  @JsonProperty
  double efficiencyOfPipeline() {
    return pipelineAlone.embeddingsPerSecond() / bareEngine().embeddingsPerSecond();
  }

  /** Idle alert p99 less the median time of one image in the pipeline. */
  @JsonProperty
  double alertAboveInferenceMillis() {
    return idle.alert().p99() - singleImage.p50();
  }

  String json() {
    try {
      return new ObjectMapper().writeValueAsString(this);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("cannot write JSON", e);
    }
  }

  String text() {
    StringBuilder text = new StringBuilder();
    line(
        text,
        "machine",
        "%s, %s, %d cores, %d MiB, load %.1f before",
        machine.processor(),
        machine.vectors(),
        machine.cores(),
        machine.memoryMebibytes(),
        machine.loadAverage());
    line(text, "", "%s; %s; index kernel %s", machine.java(), machine.system(), index.kernel());
    line(
        text,
        "input",
        "%d images made of %d photographs, seed %d; medians of %d rounds; batches up to %d; model %s",
        input.images(),
        input.photographs(),
        input.seed(),
        input.rounds(),
        input.batchSizeMax(),
        model);
    engine.forEach((batch, measured) -> rate(text, "bare engine, batch " + batch, measured));
    rate(text, "pipeline without Kafka", pipelineAlone);
    line(
        text,
        "through Kafka, exactly once",
        "%8.1f embeddings/s, %6.1f ms of processor time each (%.1f/s from first to last)",
        kafka.embeddingsPerSecond(),
        kafka.processorMillis(),
        kafka.firstToLastPerSecond());
    line(text, "efficiency", "%8.3f of the bare engine at batch %d", efficiency(), bestBatch());
    line(
        text,
        "",
        "%8.3f of the pipeline without Kafka, which is %.3f of the engine",
        efficiencyOfKafka(),
        efficiencyOfPipeline());
    line(
        text,
        "in processor time",
        "%8.3f of the bare engine, %.3f of the pipeline without Kafka",
        processorEfficiency(),
        processorEfficiencyOfKafka());
    latency(text, "one image, pipeline alone", singleImage);
    latency(text, "idle: upload to embedding", idle.embedding());
    latency(text, "idle: upload to alert", idle.alert());
    line(text, "", "p99 is %.0f ms above inference", alertAboveInferenceMillis());
    String load = String.format(Locale.ROOT, "at %.1f/s: ", halfLoad.uploadsPerSecond());
    latency(text, load + "upload to embedding", halfLoad.embedding());
    latency(text, load + "upload to alert", halfLoad.alert());
    decode(text, "2-megapixel JPEG, one core", twoMegapixels);
    decode(text, "uploaded JPEG, one core", uploads);
    line(
        text,
        "index, " + index.rows() + " vectors",
        "%,.0f inserts/s; per million vectors: top 10 %.1f ms, threshold %.1f ms, batched %.1f ms",
        index.insertsPerSecond(),
        index.topMillisPerMillion(),
        index.thresholdMillisPerMillion(),
        index.batchedMillisPerMillion());
    line(
        text,
        "memory of service and broker",
        "%d MiB after start, %d MiB at the end, %d MiB at most",
        resident.startMebibytes(),
        resident.endMebibytes(),
        resident.maxMebibytes());
    return text.toString();
  }

  private static void rate(StringBuilder text, String name, EngineBench.Measured measured) {
    line(
        text,
        name,
        "%8.1f embeddings/s, %6.1f ms of processor time each",
        measured.embeddingsPerSecond(),
        measured.processorMillis());
  }

  private static void latency(StringBuilder text, String name, Distribution millis) {
    line(
        text,
        name,
        "p50 %6.1f ms  p99 %6.1f ms  max %6.1f ms  (%d)",
        millis.p50(),
        millis.p99(),
        millis.max(),
        millis.count());
  }

  private static void decode(StringBuilder text, String name, DecodeBench.Result result) {
    line(
        text,
        name,
        "decode %.2f ms, preprocess %.2f ms (%d KiB)",
        result.decodeMillis(),
        result.preprocessMillis(),
        result.meanBytes() / 1_024);
  }

  private static void line(StringBuilder text, String name, String format, Object... values) {
    text.append("%-34s".formatted(name))
        .append(String.format(Locale.ROOT, format, values))
        .append(System.lineSeparator());
  }
}
