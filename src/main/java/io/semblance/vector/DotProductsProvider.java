package io.semblance.vector;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;

/**
 * Chooses the kernels once per JVM: the widest that the machine prefers, or what the system
 * property {@value #PROPERTY} names.
 */
final class DotProductsProvider {
  /** {@code auto} (the default), {@code scalar}, {@code 128}, {@code 256} or {@code 512}. */
  static final String PROPERTY = "semblance.vector.kernel";

  private static final String MODULE = "jdk.incubator.vector";
  private static final Logger LOG = System.getLogger(DotProductsProvider.class.getName());

  private DotProductsProvider() {}

  /** Initialised on first use, so that the choice is made and logged once, whoever comes first. */
  private static final class Holder {
    static final DotProducts CHOSEN = chooseAndLog();

    private static DotProducts chooseAndLog() {
      DotProducts chosen = create(System.getProperty(PROPERTY, "auto"));
      LOG.log(Level.INFO, "vector index kernels: {0}", chosen.name());
      return chosen;
    }
  }

  /** Returns this JVM's kernels. */
  static DotProducts chosen() {
    return Holder.CHOSEN;
  }

  /**
   * Returns the kernels of the given name.
   *
   * @throws IllegalArgumentException if the name is none of the property's values
   */
  static DotProducts create(String name) {
    return switch (name) {
      case "scalar" -> new ScalarDotProducts();
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

  private static DotProducts withoutModule() {
    LOG.log(
        Level.WARNING,
        "module {0} is absent: searches use scalar kernels, several times slower, with the same"
            + " results. Start the JVM with --add-modules {0} to use SIMD.",
        MODULE);
    return new ScalarDotProducts();
  }

  /** Kept apart so that {@link SimdDotProducts} is linked only when its module is present. */
  private static final class Simd {
    static DotProducts preferred() {
      return new SimdDotProducts(SimdDotProducts.preferredWidth());
    }

    static DotProducts ofWidth(int width) {
      return new SimdDotProducts(width);
    }
  }
}
