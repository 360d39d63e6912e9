package io.semblance.topology;

import io.semblance.event.MatchAlert;
import io.semblance.event.ShardReport;
import org.apache.kafka.streams.processor.api.ProcessorSupplier;

/**
 * The processors of {@link SemblanceTopology}.
 *
 * @param embed uploads to vectors
 * @param index vectors into their shard, and a probe for each
 * @param searchShard probes to reports
 * @param gather reports to alerts
 */
record Processors(
    ProcessorSupplier<byte[], byte[], String, float[]> embed,
    ProcessorSupplier<String, byte[], String, byte[]> index,
    ProcessorSupplier<String, byte[], String, ShardReport> searchShard,
    ProcessorSupplier<String, ShardReport, String, MatchAlert> gather) {}
