package io.semblance.topology;

import org.apache.kafka.streams.processor.api.ProcessorSupplier;
import org.apache.kafka.streams.state.StoreBuilder;

/**
 * The index of a model for searches, as a part of {@link SemblanceTopology}.
 *
 * @param model the model's name
 * @param topic of its embeddings
 * @param store its index
 * @param processor puts embeddings into the store
 */
record SearchIndexNode(
    String model,
    String topic,
    StoreBuilder<?> store,
    ProcessorSupplier<String, byte[], Void, Void> processor) {}
