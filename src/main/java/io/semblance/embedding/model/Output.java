package io.semblance.embedding.model;

/**
 * A tensor that a network gave.
 *
 * @param values row by row
 * @param shape the batch first
 */
@SuppressWarnings("ArrayRecordComponent") // handed over, not kept
record Output(float[] values, long[] shape) {}
