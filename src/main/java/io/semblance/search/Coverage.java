package io.semblance.search;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Which shards of the index an answer rests on.
 *
 * @param total shards of the index
 * @param answered how many of them answered
 * @param missing numbers of those that did not, ascending
 * @param standby numbers of those that a standby copy answered, ascending; a copy may lag a little
 */
public record Coverage(int total, int answered, List<Integer> missing, List<Integer> standby) {
  public Coverage {
    missing = List.copyOf(missing);
    standby = List.copyOf(standby);
  }

  static Coverage of(int total, Collection<? extends ShardAnswer<?>> answers) {
    Map<Integer, Boolean> activeByShard = new HashMap<>();
    answers.forEach(answer -> activeByShard.put(answer.shard(), answer.active()));
    List<Integer> missing = new ArrayList<>();
    List<Integer> standby = new ArrayList<>();
    for (int shard = 0; shard < total; shard++) {
      Boolean active = activeByShard.get(shard);
      if (active == null) {
        missing.add(shard);
      } else if (!active) {
        standby.add(shard);
      }
    }
    return new Coverage(total, total - missing.size(), missing, standby);
  }

  /** Whether shards are missing, so that matches may be missing too. */
  boolean isIncomplete() {
    return answered < total;
  }
}
