/** The index as a Kafka Streams store: queries, snapshots, owned offsets. */
@NullMarked
package io.semblance.store;

import org.jspecify.annotations.NullMarked;
