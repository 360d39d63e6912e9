package io.semblance.vector;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;

/**
 * Chooses the kernels once per JVM: the widest that the machine prefers, or what the system
 * property {@value #PROPERTY} names.
 */
final class KernelProvider {
  /** {@code auto} (the default), {@code scalar}, {@code 128}, {@code 256} or {@code 512}. */
  static final String PROPERTY = "semblance.vector.kernel";

  private static final String MODULE = "jdk.incubator.vector";
  private static final Logger LOG = System.getLogger(KernelProvider.class.getName());

  private KernelProvider() {}

  /** Initialised on first use, so that the choice is made and logged once, whoever comes first. */
  private static final class Holder {
    static final Kernels CHOSEN = chooseAndLog();

    private static Kernels chooseAndLog() {
      Kernels chosen = create(System.getProperty(PROPERTY, "auto"));
      LOG.log(Level.INFO, "vector index kernels: {0}", chosen.name());
      return chosen;
    }
  }

  /** Returns this JVM's kernels. */
  static Kernels chosen() {
    return Holder.CHOSEN;
  }

  /**
   * Returns the kernels of the given name.
   *
   * @throws IllegalArgumentException if the name is none of the property's values
   */
  static Kernels create(String name) {
    return switch (name) {
      case "scalar" -> Kernels.scalar();
      case "auto" -> isModulePresent() ? Simd.preferred() : withoutModule();
      case "128", "256", "512" ->
          isModulePresent() ? Simd.ofWidth(Integer.parseInt(name)) : withoutModule();
      default ->
          throw new IllegalArgumentException(
              "system property "
                  + PROPERTY
                  + " must be auto, scalar, 128, 256 or 512, but is '"
                  + name
                  + "'");
    };
  }

  private static boolean isModulePresent() {
    return ModuleLayer.boot().findModule(MODULE).isPresent();
  }

  private static Kernels withoutModule() {
    LOG.log(
        Level.WARNING,
        "module {0} is absent: searches use scalar kernels, several times slower, with the same"
            + " results. Start the JVM with --add-modules {0} to use SIMD.",
        MODULE);
    return Kernels.scalar();
  }

  /** Kept apart so that the SIMD classes are linked only when their module is present. */
  private static final class Simd {
    static Kernels preferred() {
      return Kernels.simd(SimdDotProducts.preferredWidth());
    }

    static Kernels ofWidth(int width) {
      return Kernels.simd(width);
    }
  }
}
