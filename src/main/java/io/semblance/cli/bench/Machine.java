package io.semblance.cli.bench;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/**
 * What the measurements were made on.
 *
 * @param processor its model
 * @param vectors the widest vector instructions it has
 * @param cores that this process may use
 * @param memoryMebibytes of the machine
 * @param java runtime and version
 * @param system name and release of the kernel
 * @param loadAverage runnable threads over the last minute, others' included, before the bench
 */
record Machine(
    String processor,
    String vectors,
    int cores,
    long memoryMebibytes,
    String java,
    String system,
    double loadAverage) {

  private static final Path CPU = Path.of("/proc/cpuinfo");

  static Machine describe() throws IOException {
    return new Machine(
        field(CPU, "model name", System.getProperty("os.arch", "unknown")),
        vectors(List.of(field(CPU, "flags", "").split("\\s+"))),
        Runtime.getRuntime().availableProcessors(),
        kibibytes("MemTotal") / 1_024,
        System.getProperty("java.vm.name") + " " + Runtime.version(),
        System.getProperty("os.name") + " " + System.getProperty("os.version"),
        currentLoad());
  }

  /** Returns the runnable threads over the last minute, others' included. */
  static double currentLoad() {
    return ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage();
  }

  private static String vectors(List<String> flags) {
    return Stream.of("avx512bw", "avx2", "avx")
        .filter(flags::contains)
        .findFirst()
        .map(flag -> flag.equals("avx512bw") ? "AVX-512" : flag.toUpperCase(Locale.ROOT))
        .orElse("no AVX known");
  }

  /** Returns the memory that could still be used, in bytes; 0 if the system does not tell. */
  static long freeMemoryBytes() throws IOException {
    return kibibytes("MemAvailable") * 1_024;
  }

  /** Returns what this process has in memory, in bytes; 0 if the system does not tell. */
  static long residentBytes() throws IOException {
    return kibibytes(Path.of("/proc/self/status"), "VmRSS") * 1_024;
  }

  private static long kibibytes(String name) throws IOException {
    return kibibytes(Path.of("/proc/meminfo"), name);
  }

  private static long kibibytes(Path file, String name) throws IOException {
    return Long.parseLong(field(file, name, "0").replaceAll("\\D", ""));
  }

  private static String field(Path file, String name, String otherwise) throws IOException {
    if (!Files.exists(file)) {
      return otherwise;
    }
    try (Stream<String> lines = Files.lines(file)) {
      return lines
          .filter(line -> line.startsWith(name))
          .map(line -> line.substring(line.indexOf(':') + 1).strip())
          .findFirst()
          .orElse(otherwise);
    }
  }
}
