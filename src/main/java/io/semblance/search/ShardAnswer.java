package io.semblance.search;

/**
 * One shard's answer.
 *
 * @param shard its number
 * @param active false if a standby copy answered
 * @param value the answer
 */
record ShardAnswer<T>(int shard, boolean active, T value) {}
