package io.semblance.vector;

/**
 * A search by inner product: the {@code limit} best rows whose score is at least {@code threshold}.
 *
 * @param vector the query, of the index's dimension, finite; not changed, not kept
 * @param limit at most this many hits, 1 to {@link VectorIndex#LIMIT_MAX}
 * @param threshold lowest score returned; {@link Float#NEGATIVE_INFINITY} for plain top-k
 * @param filter which rows may be returned
 * @param afterSequence only rows put after this sequence number (see {@link
 *     VectorIndex#sequence()}); 0 for all
 */
public record SearchRequest(
    float[] vector, int limit, float threshold, SearchFilter filter, long afterSequence) {}
