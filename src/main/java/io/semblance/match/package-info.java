/** From an embedding to an alert: probes, shard matching, gathering. */
@NullMarked
package io.semblance.match;

import org.jspecify.annotations.NullMarked;
