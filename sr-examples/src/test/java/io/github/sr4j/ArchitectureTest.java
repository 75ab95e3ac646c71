// SPDX-License-Identifier: Apache-2.0
package io.github.sr4j;

import static com.google.common.collect.MoreCollectors.onlyElement;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.JavaModifier.PUBLIC;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.methods;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaMethod;
import com.tngtech.archunit.core.importer.ImportOption.DoNotIncludeTests;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import com.tngtech.archunit.library.dependencies.SliceAssignment;
import com.tngtech.archunit.library.dependencies.SliceIdentifier;
import java.io.IOException;
import java.lang.module.ModuleDescriptor;
import java.lang.module.ModuleFinder;
import java.lang.module.ModuleReference;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The direction of dependencies, as docs/architecture.md states it. */
@AnalyzeClasses(packages = "io.github.sr4j", importOptions = DoNotIncludeTests.class)
final class ArchitectureTest {

  private static final String[] API = {
    "io.github.sr4j",
    "io.github.sr4j.spi",
    "io.github.sr4j.train",
    "io.github.sr4j.imaging",
    "io.github.sr4j.files",
    "io.github.sr4j.internal..",
    "io.github.sr4j.shared.."
  };
  private static final String NETWORKS = "io.github.sr4j.networks..";
  private static final String ONNX = "io.github.sr4j.onnx..";
  private static final String DL4J = "io.github.sr4j.dl4j..";
  private static final String TORCH = "io.github.sr4j.torch.."; // there with -Ptorch only
  private static final String TRAINING = "io.github.sr4j.training..";
  private static final String VIDEO = "io.github.sr4j.video..";
  private static final String[] ENGINES = {
    "ai.onnxruntime..", "org.nd4j..", "org.deeplearning4j..", "org.bytedeco.."
  };

  private static final Path ROOT = Path.of("").toAbsolutePath().getParent();

  private static final int MAX_CLASSES_OF_A_PACKAGE = 17;

  private static final Set<String> EXPORTED =
      Set.of(
          "io.github.sr4j",
          "io.github.sr4j.files",
          "io.github.sr4j.imaging",
          "io.github.sr4j.spi",
          "io.github.sr4j.train");

  @ArchTest
  static final ArchRule api_knowsNoOtherModule =
      noClasses()
          .that()
          .resideInAnyPackage(API)
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(
              NETWORKS,
              ONNX,
              DL4J,
              TORCH,
              TRAINING,
              VIDEO,
              "io.github.sr4j.testkit..",
              "io.github.sr4j.cli..",
              "io.github.sr4j.examples..");

  @ArchTest
  static final ArchRule api_knowsNoEngine =
      noClasses()
          .that()
          .resideInAnyPackage(API)
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(ENGINES);

  /** A network is data: it is described, converted and exported without an engine. */
  @ArchTest
  static final ArchRule networks_knowNoEngine =
      noClasses()
          .that()
          .resideInAPackage(NETWORKS)
          .should()
          .dependOnClassesThat(
              resideInAnyPackage(ENGINES).or(resideInAnyPackage(ONNX, DL4J, TORCH, TRAINING)));

  @ArchTest
  static final ArchRule packagesOfModules_haveNoCycles =
      slices().assignedFrom(new Packages()).should().beFreeOfCycles();

  /** A package that outgrows a page of its listing is divided by topic. */
  @ArchTest
  static void packages_areSmall(JavaClasses classes) {
    Map<String, Long> sizes =
        classes.stream()
            .filter(each -> each.isTopLevelClass() && !each.getSimpleName().equals("package-info"))
            .collect(Collectors.groupingBy(JavaClass::getPackageName, Collectors.counting()));
    assertThat(sizes).isNotEmpty();
    sizes.values().removeIf(size -> size <= MAX_CLASSES_OF_A_PACKAGE);
    assertThat(sizes).as("packages of more than %s types", MAX_CLASSES_OF_A_PACKAGE).isEmpty();
  }

  @ArchTest
  static void api_exportsFewTypes(JavaClasses classes) {
    List<String> exported =
        classes.stream()
            .filter(each -> each.isTopLevelClass() && each.getModifiers().contains(PUBLIC))
            .filter(each -> EXPORTED.contains(each.getPackageName()))
            .map(JavaClass::getName)
            .toList();
    assertThat(exported).hasSizeBetween(1, 30);
    assertThat(exported.stream().filter(name -> !name.matches(".*\\.(spi|train)\\..*")))
        .as("for a program that only enlarges")
        .hasSizeBetween(1, 19);
  }

  /** The comparison with the last release skips the packages that no program compiles against. */
  @ArchTest
  static void comparisonOfTheApi_skipsWhatIsNotExported(JavaClasses classes) throws IOException {
    Set<String> skipped =
        Pattern.compile("<exclude>(io\\.github\\.sr4j\\.[a-z.]+)</exclude>")
            .matcher(Files.readString(ROOT.resolve("pom.xml")))
            .results()
            .map(match -> match.group(1))
            .collect(Collectors.toSet());
    for (String module :
        List.of("sr-api", "sr-networks", "sr-training", "sr-video", "sr-testkit")) {
      assertThat(ROOT.resolve(module).resolve("pom.xml"))
          .content()
          .contains("japicmp-maven-plugin");
      ModuleDescriptor descriptor =
          ModuleFinder.of(ROOT.resolve(module).resolve("target/classes")).findAll().stream()
              .map(ModuleReference::descriptor)
              .collect(onlyElement());
      Set<String> exported =
          descriptor.exports().stream()
              .filter(each -> !each.isQualified())
              .map(ModuleDescriptor.Exports::source)
              .collect(Collectors.toSet());
      Set<String> compared =
          classes.stream()
              .filter(each -> each.getModifiers().contains(PUBLIC))
              .map(JavaClass::getPackageName)
              .filter(descriptor.packages()::contains)
              .filter(
                  each -> skipped.stream().noneMatch(skip -> (each + ".").startsWith(skip + ".")))
              .collect(Collectors.toSet());

      assertThat(compared).as(module).isEqualTo(exported);
    }
  }

  /** The root package, which all others use, uses no other package. */
  @ArchTest
  static final ArchRule rootPackage_usesNoOther =
      noClasses()
          .that()
          .resideInAPackage("io.github.sr4j")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("io.github.sr4j.*..");

  /** Code that modules share is in packages named shared. */
  @ArchTest
  static final ArchRule internals_areForTheirModule =
      classes().that().resideInAPackage("io.github.sr4j..").should(useNoInternalsOfOtherModules());

  @ArchTest
  static final ArchRule onnx_knowsNeitherTrainingNorDl4j =
      noClasses()
          .that()
          .resideInAPackage(ONNX)
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(DL4J, TORCH, TRAINING, "org.nd4j..", "io.github.sr4j.train..");

  @ArchTest
  static final ArchRule dl4j_knowsNeitherTrainingNorOnnx =
      noClasses()
          .that()
          .resideInAPackage(DL4J)
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(ONNX, TORCH, TRAINING, "ai.onnxruntime..");

  @ArchTest
  static final ArchRule torch_knowsNeitherTrainingNorOtherEngines =
      noClasses()
          .that()
          .resideInAPackage(TORCH)
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(ONNX, DL4J, TRAINING, "ai.onnxruntime..", "org.nd4j..")
          .allowEmptyShould(true);

  @ArchTest
  static final ArchRule training_knowsNoEngine =
      noClasses()
          .that()
          .resideInAPackage(TRAINING)
          .should()
          .dependOnClassesThat(
              resideInAnyPackage(ENGINES).or(resideInAnyPackage(ONNX, DL4J, TORCH)));

  /** Films are enlarged by any upscaler. */
  @ArchTest
  static final ArchRule video_knowsTheApiOnly =
      noClasses()
          .that()
          .resideInAPackage(VIDEO)
          .should()
          .dependOnClassesThat(
              resideInAnyPackage(ENGINES)
                  .or(resideInAnyPackage(NETWORKS, ONNX, DL4J, TORCH, TRAINING)));

  /** Programs use what any user can: the API, the networks, sr-training and sr-video. */
  @ArchTest
  static final ArchRule commandLineAndExamples_knowNoBackend =
      noClasses()
          .that()
          .resideInAnyPackage("io.github.sr4j.cli..", "io.github.sr4j.examples..")
          .should()
          .dependOnClassesThat(
              resideInAnyPackage(ENGINES).or(resideInAnyPackage(ONNX, DL4J, TORCH)));

  @ArchTest
  static final ArchRule imaging_knowsNothingAboveIt =
      noClasses()
          .that()
          .resideInAPackage("io.github.sr4j.imaging")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(
              "io.github.sr4j.spi", "io.github.sr4j.train", "java.nio.file..", "org.slf4j..");

  @ArchTest
  static final ArchRule publicSignatures_holdTypesOfOursAndTheJdkOnly =
      methods()
          .that()
          .arePublic()
          .and()
          .areDeclaredInClassesThat()
          .arePublic()
          .and()
          .areDeclaredInClassesThat()
          .resideOutsideOfPackages("..internal..", "..shared..") // public to packages of ours alone
          .should(holdOnlyTypesOfOursAndTheJdk());

  /** Each package of this library, one slice; no two modules have one of the same name. */
  private static final class Packages implements SliceAssignment {

    @Override
    public SliceIdentifier getIdentifierOf(JavaClass type) {
      String name = type.getPackageName();
      return name.matches("io[.]github[.]sr4j([.].*)?")
          ? SliceIdentifier.of(name)
          : SliceIdentifier.ignore();
    }

    @Override
    public String getDescription() {
      return "packages";
    }
  }

  private static ArchCondition<JavaClass> useNoInternalsOfOtherModules() {
    return new ArchCondition<>("use no internals of other modules") {
      @Override
      public void check(JavaClass user, ConditionEvents events) {
        user.getDirectDependenciesFromSelf().stream()
            .filter(use -> use.getTargetClass().getPackageName().contains(".internal"))
            .filter(use -> use.getTargetClass().getName().startsWith("io.github.sr4j."))
            .filter(use -> !module(use.getTargetClass()).equals(module(user)))
            .forEach(use -> events.add(SimpleConditionEvent.violated(user, use.getDescription())));
      }
    };
  }

  /** Returns the jar or the folder that a class is in. */
  private static String module(JavaClass type) {
    String file = type.getName().replace('.', '/') + ".class";
    return type.getSource().orElseThrow().getUri().toString().replace(file, "");
  }

  private static ArchCondition<JavaMethod> holdOnlyTypesOfOursAndTheJdk() {
    return new ArchCondition<>("hold only types of this library and of the JDK") {
      @Override
      public void check(JavaMethod method, ConditionEvents events) {
        Stream.concat(Stream.of(method.getReturnType()), method.getParameterTypes().stream())
            .flatMap(type -> type.getAllInvolvedRawTypes().stream())
            .map(JavaClass::getBaseComponentType)
            .filter(type -> !type.isPrimitive())
            .filter(type -> !type.getName().matches("(java|javax|io[.]github[.]sr4j)[.].*"))
            .forEach(
                type ->
                    events.add(
                        SimpleConditionEvent.violated(
                            method, method.getFullName() + " has " + type.getName())));
      }
    };
  }
}
