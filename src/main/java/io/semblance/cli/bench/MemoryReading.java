package io.semblance.cli.bench;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.lang.foreign.StructLayout;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.management.ManagementFactory;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * What this process holds after a garbage collection, in bytes.
 *
 * @param resident in memory of all that it has mapped; 0 where the system does not tell
 * @param allocated natively and not freed, by whomever; 0 where the C library does not tell
 * @param heap that is used
 */
record MemoryReading(long resident, long allocated, long heap) {
  private static final String IN_USE = "uordblks";
  private static final String MAPPED = "hblkhd";

  /** The C library's {@code struct mallinfo2}. */
  private static final StructLayout MALLINFO =
      MemoryLayout.structLayout(
          Stream.of(
                  "arena",
                  "ordblks",
                  "smblks",
                  "hblks",
                  MAPPED,
                  "usmblks",
                  "fsmblks",
                  IN_USE,
                  "fordblks",
                  "keepcost")
              .map(ValueLayout.JAVA_LONG::withName)
              .toArray(MemoryLayout[]::new));

  /** Collects garbage, whose buffers are native memory, and reads. */
  static MemoryReading now() throws IOException {
    System.gc();
    return new MemoryReading(
        Machine.residentBytes(),
        allocatedBytes(),
        ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed());
  }

  /** Returns whether the system or the C library tells anything of native memory. */
  boolean tellsNative() {
    return resident > 0 || allocated > 0;
  }

  /** Returns whether native memory has grown since {@code first} by at most {@code bytes}. */
  boolean isWithin(long bytes, MemoryReading first) {
    return resident - first.resident <= bytes && allocated - first.allocated <= bytes;
  }

  @SuppressWarnings("restricted") // the launcher enables native access, as the engines need it too
  private static long allocatedBytes() {
    Linker linker = Linker.nativeLinker();
    Optional<MemorySegment> function = linker.defaultLookup().find("mallinfo2");
    if (function.isEmpty()) { // another C library than glibc from 2.33 on
      return 0;
    }
    MethodHandle call = linker.downcallHandle(function.get(), FunctionDescriptor.of(MALLINFO));
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment info = (MemorySegment) call.invokeExact((SegmentAllocator) arena);
      return value(info, IN_USE) + value(info, MAPPED);
    } catch (Throwable e) {
      throw new IllegalStateException("the C library did not tell what is allocated", e);
    }
  }

  private static long value(MemorySegment info, String name) {
    return info.get(
        ValueLayout.JAVA_LONG, MALLINFO.byteOffset(MemoryLayout.PathElement.groupElement(name)));
  }
}
