package io.semblance.vector;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;

/** Chooses the kernel for this machine, once. */
final class InnerProducts {
  /**
   * System property that forces a kernel: {@code scalar}, {@code 128}, {@code 256}, {@code 512}.
   */
  static final String FORCED_WIDTH = "semblance.vector.width";

  private static final String SCALAR = "scalar";
  private static final String MODULE = "jdk.incubator.vector";
  private static final Logger LOG = System.getLogger(InnerProducts.class.getName());

  private InnerProducts() {}

  /** In a class of its own, so that asking for a kernel by name loads nothing else. */
  private static final class Chosen {
    private static final InnerProduct PRODUCT = of(System.getProperty(FORCED_WIDTH, ""));
  }

  /** Returns the kernel of this process. */
  static InnerProduct chosen() {
    return Chosen.PRODUCT;
  }

  /** Returns the kernel that {@code width} names; the machine's preferred one for an empty name. */
  static InnerProduct of(String width) {
    if (width.equals(SCALAR)) {
      return new ScalarInnerProduct();
    }
    if (ModuleLayer.boot().findModule(MODULE).isEmpty()) {
      LOG.log(
          Level.WARNING,
          "Searches run without SIMD, about 15 times slower: start Java with --add-modules {0}",
          MODULE);
      return new ScalarInnerProduct();
    }
    try {
      return SimdInnerProducts.ofWidth(
          width.isEmpty() ? SimdInnerProducts.preferredBits() : Integer.parseInt(width));
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException(
          "%s is \"%s\": scalar, 128, 256 or 512".formatted(FORCED_WIDTH, width), e);
    }
  }
}
