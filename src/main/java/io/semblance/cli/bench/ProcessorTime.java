package io.semblance.cli.bench;

import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;

/**
 * Processor time: unlike elapsed time it does not count while other programs have the cores, so
 * that it compares on a shared machine.
 */
final class ProcessorTime {
  private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();
  private static final OperatingSystemMXBean SYSTEM =
      ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);

  /** In which a process's time is counted, on Linux: shorter differences say nothing. */
  static final long PROCESS_TICK_NANOS = 10_000_000;

  private ProcessorTime() {}

  /** Returns what the calling thread has used, in nanoseconds. */
  static long ofThread() {
    return THREADS.getCurrentThreadCpuTime();
  }

  /** Returns what this process has used, native threads included, in nanoseconds. */
  static long ofProcess() {
    return SYSTEM.getProcessCpuTime();
  }
}
