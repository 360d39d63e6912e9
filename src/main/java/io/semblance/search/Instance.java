package io.semblance.search;

import java.util.Set;

/**
 * A running instance of the service.
 *
 * @param address {@code host:port}
 * @param local whether it is this one
 * @param active shards that it owns
 * @param standby shards of which it keeps a standby copy
 */
record Instance(String address, boolean local, Set<Integer> active, Set<Integer> standby) {
  Instance {
    active = Set.copyOf(active);
    standby = Set.copyOf(standby);
  }
}
