package io.semblance;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Holds the package rules of {@code docs/architecture.md}. */
class ArchitectureTest {
  private static JavaClasses production;

  @BeforeAll
  static void importClasses() {
    production =
        new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages("io.semblance");
    assertThat(production.size()).as("classes that were imported").isGreaterThan(100);
  }

  @Test
  void shouldDependDownwardsOnly() {
    layeredArchitecture()
        .consideringOnlyDependenciesInAnyPackage("io.semblance..")
        .layer("topology")
        .definedBy("io.semblance.topology..")
        .layer("cli")
        .definedBy("io.semblance.cli..")
        .layer("api")
        .definedBy("io.semblance.api..")
        .layer("search")
        .definedBy("io.semblance.search..")
        .layer("match")
        .definedBy("io.semblance.match..")
        .layer("store")
        .definedBy("io.semblance.store..")
        .layer("embedding")
        .definedBy("io.semblance.embedding..")
        .layer("image")
        .definedBy("io.semblance.image..")
        .layer("vector")
        .definedBy("io.semblance.vector..")
        .layer("event")
        .definedBy("io.semblance.event..")
        .layer("stream")
        .definedBy("io.semblance.stream..")
        .layer("broker")
        .definedBy("io.semblance.broker..")
        .whereLayer("topology")
        .mayOnlyBeAccessedByLayers("cli")
        .whereLayer("cli")
        .mayNotBeAccessedByAnyLayer()
        .whereLayer("api")
        .mayOnlyBeAccessedByLayers("topology")
        .whereLayer("search")
        .mayOnlyBeAccessedByLayers("api", "topology")
        .whereLayer("match")
        .mayOnlyBeAccessedByLayers("topology")
        .whereLayer("store")
        .mayOnlyBeAccessedByLayers("match", "search", "topology")
        .whereLayer("embedding")
        .mayOnlyBeAccessedByLayers("search", "topology", "cli")
        .whereLayer("image")
        .mayOnlyBeAccessedByLayers("embedding", "search", "topology", "cli")
        .whereLayer("vector")
        .mayOnlyBeAccessedByLayers("store", "match", "search", "topology", "cli")
        .whereLayer("broker")
        .mayOnlyBeAccessedByLayers("cli")
        .check(production);
  }

  @Test
  void shouldHaveNoCyclesBetweenPackages() {
    slices().matching("io.semblance.(*)..").should().beFreeOfCycles().check(production);
  }

  @Test
  void shouldTouchTheVectorModuleInTheKernelsAlone() {
    assertThat(usersOf("jdk.incubator.vector.."))
        .containsExactlyInAnyOrder(
            "io.semblance.vector.SimdDotProducts",
            "io.semblance.vector.SimdProjector",
            "io.semblance.vector.SimdSlabSums",
            "io.semblance.image.SimdRowFilter");
  }

  @Test
  void shouldTouchNativeImageCodeInOneClassAlone() {
    assertThat(usersOf("org.bytedeco..")).hasSize(1);
  }

  @Test
  void shouldReachInferenceThroughTheModelPackageAlone() {
    noClasses()
        .that()
        .resideOutsideOfPackage("io.semblance.embedding.model..")
        .should()
        .dependOnClassesThat(resideInAnyPackage("ai.djl..", "ai.onnxruntime..", "org.tensorflow.."))
        .check(production);
  }

  @Test
  void shouldKeepTheIndexFreeOfEverythingButTheJdk() {
    classes()
        .that()
        .resideInAPackage("io.semblance.vector..")
        .should()
        .onlyDependOnClassesThat(
            resideInAnyPackage(
                "io.semblance.vector..", "java..", "jdk.incubator.vector..", "org.jspecify.."))
        .check(production);
  }

  @Test
  void shouldKeepStoresFromTheRestInterface() {
    noClasses()
        .that()
        .resideInAPackage("io.semblance.api..")
        .should()
        .dependOnClassesThat(resideInAPackage("io.semblance.store.."))
        .check(production);
  }

  /** Outermost classes that depend on a package. */
  private static Set<String> usersOf(String packages) {
    return production.stream()
        .filter(one ->
            one.getDirectDependenciesFromSelf().stream()
                .anyMatch(to -> resideInAPackage(packages).test(to.getTargetClass())))
        .map(ArchitectureTest::outermost)
        .collect(Collectors.toSet());
  }

  private static String outermost(JavaClass one) {
    return one.getEnclosingClass().map(ArchitectureTest::outermost).orElse(one.getName());
  }
}
