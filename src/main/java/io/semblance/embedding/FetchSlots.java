package io.semblance.embedding;

import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;

/**
 * How many images are fetched at a time. One host gets at most half of the slots, so that one that
 * answers slowly does not keep the others' images waiting. First come, first served within a host.
 * Safe for use by several threads.
 */
final class FetchSlots {
  private static final int HOSTS_SERVED_MIN = 2;

  private final int hostMax;
  private final Semaphore slots;
  private final Map<String, Host> hosts = new ConcurrentHashMap<>();

  /** A host's slots, kept while a fetch uses or awaits one. */
  private static final class Host {
    private final Semaphore slots;
    private int users;

    Host(int max) {
      slots = new Semaphore(max, true);
    }
  }

  FetchSlots(int max) {
    slots = new Semaphore(max, true);
    hostMax = Math.max(1, max / HOSTS_SERVED_MIN);
  }

  /** Waits for a slot to fetch from {@code host}. */
  void acquire(String host) throws InterruptedException {
    Host own = enter(key(host));
    boolean hasOwn = false;
    boolean hasBoth = false;
    try {
      own.slots.acquire(); // first, so that who waits for a busy host holds up nobody else
      hasOwn = true;
      slots.acquire();
      hasBoth = true;
    } finally {
      if (!hasBoth) {
        leave(key(host), hasOwn);
      }
    }
  }

  void release(String host) {
    slots.release();
    leave(key(host), true);
  }

  private Host enter(String host) {
    return hosts.compute(
        host,
        (name, known) -> {
          Host own = known == null ? new Host(hostMax) : known;
          own.users++;
          return own;
        });
  }

  private void leave(String host, boolean hasSlot) {
    hosts.computeIfPresent(
        host,
        (name, own) -> {
          if (hasSlot) {
            own.slots.release();
          }
          own.users--;
          return own.users == 0 ? null : own;
        });
  }

  private static String key(String host) {
    return host.toLowerCase(Locale.ROOT);
  }
}
