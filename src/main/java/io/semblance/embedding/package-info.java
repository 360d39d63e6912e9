/** From uploads to vectors: the micro-batching pipeline and its place in the stream. */
@NullMarked
package io.semblance.embedding;

import org.jspecify.annotations.NullMarked;
