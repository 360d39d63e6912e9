/** Interactive search: scatter to every shard, gather, coverage. */
@NullMarked
package io.semblance.search;

import org.jspecify.annotations.NullMarked;
