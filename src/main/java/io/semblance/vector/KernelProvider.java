package io.semblance.vector;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;

/**
 * Chooses the kernels once per JVM: the widest that the machine prefers, or what the system
 * property {@value #PROPERTY} names.
 */
public final class KernelProvider {
  /**
   * A system property: {@code auto} (the default), {@code scalar}, {@code 128}, {@code 256} or
   * {@code 512}.
   */
  public static final String PROPERTY = "semblance.vector.kernel";

  private static final String AUTO = "auto";

  private static final String MODULE = "jdk.incubator.vector";
  private static final Logger LOG = System.getLogger(KernelProvider.class.getName());

  private KernelProvider() {}

  /** Initialised on first use, so that the choice is made and logged once, whoever comes first. */
  private static final class Holder {
    static final Kernels CHOSEN = chooseAndLog();

    private static Kernels chooseAndLog() {
      Kernels chosen = create(System.getProperty(PROPERTY, AUTO));
      LOG.log(Level.INFO, "vector index kernels: {0}", chosen.name());
      return chosen;
    }
  }

  /**
   * Returns this JVM's kernels.
   *
   * @throws IllegalArgumentException if the property has none of its values
   */
  static Kernels chosen() {
    // Before the holder, whose initialiser would fail once with an Error, and then with others.
    requireKnown(System.getProperty(PROPERTY, AUTO));
    return Holder.CHOSEN;
  }

  /**
   * Chooses this JVM's kernels if that is still to be done, so that what is wrong with them is
   * known before an index is opened.
   *
   * @throws IllegalArgumentException if the property has none of its values
   */
  public static void choose() {
    Kernels _ = chosen();
  }

  /**
   * Refuses what is none of the property's values.
   *
   * @throws IllegalArgumentException that names the property, the value and the values there are
   */
  public static void requireKnown(String name) {
    switch (name) {
      case AUTO, "scalar", "128", "256", "512" -> {}
      default ->
          throw new IllegalArgumentException(
              "%s is \"%s\": set it to auto, scalar, 128, 256 or 512, or leave it out"
                  .formatted(PROPERTY, name));
    }
  }

  /**
   * Returns the kernels of the given name.
   *
   * @throws IllegalArgumentException if the name is none of the property's values
   */
  static Kernels create(String name) {
    requireKnown(name);
    return switch (name) {
      case "scalar" -> Kernels.scalar();
      case AUTO -> isModulePresent() ? Simd.preferred() : withoutModule();
      default -> isModulePresent() ? Simd.ofWidth(Integer.parseInt(name)) : withoutModule();
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
