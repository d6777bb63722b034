package dev.sandjar;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.equivalentTo;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaCodeUnit;
import com.tngtech.archunit.core.domain.JavaField;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.domain.JavaType;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import dev.sandjar.internal.Engine;
import dev.sandjar.internal.Profiles;
import dev.sandjar.internal.hostfs.OpenFiles;
import dev.sandjar.internal.hostfs.WalkedPaths;
import dev.sandjar.internal.kernel.KeptBeginning;
import dev.sandjar.internal.kernel.MemoryFile;
import dev.sandjar.internal.plan.Request;
import java.io.IOException;
import java.io.InputStream;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Scanner;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.NullMarked;

/** The one road that data takes, from policy to plan to launcher, as rules on who may know whom. */
@AnalyzeClasses(packages = "dev.sandjar", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {
    private static final String INTERNAL = "dev.sandjar.internal";
    private static final String JUNIT = "dev.sandjar.junit";

    /** What the module descriptor says. */
    private static final String[] EXPORTED = exported(Path.of("src/main/java/module-info.java"));

    @ArchTest
    static void everyPackageIsEitherExportedOrInternal(JavaClasses all) {
        Set<String> others = all.stream()
                .map(JavaClass::getPackageName)
                .filter(name -> !(name + ".").startsWith(INTERNAL + "."))
                .collect(Collectors.toCollection(TreeSet::new));
        assertEquals(Set.of(EXPORTED), others);
    }

    /** Kotlin and checkers of nullness take what {@code package-info} says. */
    @ArchTest
    static final ArchRule API_SAYS_WHAT_MAY_BE_NULL = classes()
            .that(resideInAnyPackage(EXPORTED))
            .should(ArchCondition.from(
                    DescribedPredicate.describe("be in a package that is NullMarked", type -> type.getPackage()
                            .isAnnotatedWith(NullMarked.class))));

    /** Names of files and units, and octal modes, have the digits that everybody reads, whatever those of the user's language are. */
    @ArchTest
    static final ArchRule TEXT_DOES_NOT_DEPEND_ON_THE_LOCALE = noClasses()
            .should()
            .callMethod(String.class, "format", String.class, Object[].class)
            .orShould()
            .callMethod(String.class, "formatted", Object[].class)
            .orShould()
            .callMethod(java.io.PrintStream.class, "printf", String.class, Object[].class)
            .orShould()
            .callMethod(String.class, "toLowerCase")
            .orShould()
            .callMethod(String.class, "toUpperCase");

    /** What is done with a plan on this host, and what that is done with. */
    private static final String[] BELOW_THE_ENGINE = {
        "dev.sandjar.internal.cgroup.root..",
        "dev.sandjar.internal.hostfs..",
        "dev.sandjar.internal.ids..",
        "dev.sandjar.internal.kernel..",
        "dev.sandjar.internal.launcher..",
        "dev.sandjar.internal.notify..",
        "dev.sandjar.internal.process..",
        "dev.sandjar.internal.protocol..",
        "dev.sandjar.internal.reuse..",
        "dev.sandjar.internal.start..",
        "dev.sandjar.internal.stdio.."
    };

    /** Bundles are a user of the library as others are, but for how files of the host are opened and made: there is one way, for all. */
    @ArchTest
    static final ArchRule BUNDLES_USE_WHAT_EVERYBODY_MAY_USE = noClasses()
            .that()
            .resideInAPackage("dev.sandjar.oci..")
            .should()
            .dependOnClassesThat(
                    resideInAnyPackage(engineAnd("dev.sandjar.internal.plan..", "dev.sandjar.internal.host.."))
                            .and(not(equivalentTo(OpenFiles.class)))
                            .and(not(equivalentTo(KeptBeginning.class)))
                            .and(not(equivalentTo(MemoryFile.class)))
                            .and(not(equivalentTo(WalkedPaths.class))));

    /** What a sandbox asks for can be made, compared and printed without a look at any host. */
    @ArchTest
    static final ArchRule POLICY_IS_VALUES_ONLY = noClasses()
            .that()
            .haveNameMatching("dev\\.sandjar\\.(Namespaces|User|IdMapping|Mounts|MountList|MountOrder|MountEntry|Mount"
                    + "|ProcessAttributes|Environment|Limits|RunBounds|Confinement|Landlock|SetValues)([$].*)?")
            .should()
            .dependOnClassesThat(
                    resideInAnyPackage("java.io..", "dev.sandjar.internal", "dev.sandjar.internal.engine..")
                            .and(not(equivalentTo(Engine.class)))
                            .and(not(equivalentTo(Profiles.class)))
                            .or(equivalentTo(Files.class)));

    @ArchTest
    static final ArchRule PLANS_DO_NOT_KNOW_LAUNCHERS = noClasses()
            .that()
            .resideInAPackage("dev.sandjar.internal.plan..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(
                    "dev.sandjar.internal.cgroup.root..",
                    "dev.sandjar.internal.hostfs..",
                    "dev.sandjar.internal.ids..",
                    "dev.sandjar.internal.kernel..",
                    "dev.sandjar.internal.launcher..",
                    "dev.sandjar.internal.process..",
                    "dev.sandjar.internal.reuse..",
                    "dev.sandjar.internal.start..",
                    "dev.sandjar.internal.stdio..");

    @ArchTest
    static final ArchRule HOST_FACTS_DO_NOT_KNOW_PLANS = noClasses()
            .that()
            .resideInAPackage("dev.sandjar.internal.host..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("dev.sandjar.internal.plan..")
            .allowEmptyShould(true);

    @ArchTest
    static final ArchRule LAUNCHER_DOES_NOT_KNOW_POLICY = noClasses()
            .that()
            .resideInAnyPackage(BELOW_THE_ENGINE)
            .should()
            .dependOnClassesThat(equivalentTo(Request.class));

    @ArchTest
    static final ArchRule INTERNALS_DEPEND_ON_NOTHING_OF_OURS = classes()
            .that()
            .resideInAPackage("dev.sandjar.internal.util..")
            .should()
            .onlyDependOnClassesThat()
            .resideInAnyPackage("dev.sandjar.internal.util..", "java..", "org.jspecify.annotations..", "org.slf4j..");

    /** What is packed for workers runs on java.base alone; an annotation that no class file loads is all it may borrow. */
    @ArchTest
    static final ArchRule WORKERS_NEED_NOTHING_ELSE = classes()
            .that()
            .resideInAnyPackage("dev.sandjar.internal.plugin.wire..", "dev.sandjar.internal.plugin.worker..")
            .should()
            .onlyDependOnClassesThat(resideInAnyPackage(
                            "dev.sandjar.internal.plugin.wire..",
                            "dev.sandjar.internal.plugin.worker..",
                            "java.lang..",
                            "java.util..",
                            "java.io..",
                            "java.nio..")
                    .or(equivalentTo(org.jspecify.annotations.Nullable.class)));

    @ArchTest
    static final ArchRule NOBODY_BELOW_KNOWS_PLUGINS = noClasses()
            .that()
            .resideInAnyPackage(engineAnd("dev.sandjar", "dev.sandjar.internal", "dev.sandjar.internal.plan.."))
            .should()
            .dependOnClassesThat()
            .resideInAPackage("dev.sandjar.plugin..");

    @ArchTest
    static final ArchRule NATIVE_CODE_IS_CALLED_IN_ONE_PLACE = noClasses()
            .that()
            .resideOutsideOfPackage("dev.sandjar.internal.kernel..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("com.sun.jna..");

    @ArchTest
    static final ArchRule NOBODY_BELOW_KNOWS_THE_BUILDER = noClasses()
            .that(resideInAnyPackage(engineAnd("dev.sandjar.internal.plan..")).and(not(equivalentTo(Request.class))))
            .should()
            .dependOnClassesThat()
            .haveNameMatching("dev\\.sandjar\\.(Sandbox|SandboxBuilder|Main)");

    @ArchTest
    static final ArchRule API_SHOWS_ONLY_ITS_OWN_TYPES_AND_THE_JDKS =
            classes().that().resideInAnyPackage(EXPORTED).and().arePublic().should(exposeOnlyExportedTypes());

    /** The text of a path may be the name of another file: {@code PathBytes} gives what the kernel is told and what people read. */
    @ArchTest
    static final ArchRule PATHS_ARE_BYTES = noClasses()
            .that()
            .resideInAnyPackage(engineAnd("dev.sandjar.internal.plan.."))
            .and()
            // What these name is in /proc, by the kernel.
            .haveNameNotMatching(".*[.](SharedFile|ProcessTrees|LauncherTrials)")
            .should(callTextOfPaths());

    /**
     * Who decides how long a file, a listing or a stream is may be a guest: {@code BoundedReads} asks for the most that is taken. What
     * workers run runs in the sandbox. The others read what is the host's own, or see to the bound themselves.
     */
    @ArchTest
    static final ArchRule READS_ARE_BOUNDED = noClasses()
            .that()
            .resideOutsideOfPackage("dev.sandjar.internal.plugin.worker..")
            .and()
            .doNotHaveFullyQualifiedName("dev.sandjar.internal.util.BoundedReads")
            .should(readWithoutBound());

    /** By class, with the reason. */
    private static final Map<String, String> OTHERS = Map.ofEntries(
            Map.entry(
                    "dev.sandjar.internal.changes.KeptChanges", "removes entry by entry what a failed start has made"),
            Map.entry("dev.sandjar.internal.cgroup.HeldProcess", "opens a directory of /proc, and lists nothing"),
            Map.entry("dev.sandjar.internal.cgroup.Hierarchies", "lists the kernel's files of a group, no directories"),
            Map.entry("dev.sandjar.internal.cgroup.ProcessLists", "ends at its number of groups"),
            Map.entry("dev.sandjar.internal.image.LayoutWriter", "removes entry by entry what it has written itself"),
            Map.entry("dev.sandjar.internal.image.Session", "lists the store, which is this user's alone"),
            Map.entry("dev.sandjar.internal.cgroup.root.Leftovers", "lists groups of launchers that are gone"),
            Map.entry("dev.sandjar.internal.process.ProcessTrees", "lists the processes of the host, a number each"),
            Map.entry(
                    "dev.sandjar.internal.hostfs.ScratchDirectory",
                    "goes entry by entry through a directory of the host"),
            Map.entry("dev.sandjar.internal.cgroup.root.UnitCgroup", "looks whether there is one entry"),
            Map.entry("dev.sandjar.internal.verify.Canaries", "reads a line of our own program, which runs outside"),
            Map.entry("dev.sandjar.internal.plugin.host.Store", "lists a directory of this user alone"));

    private static final Map<Class<?>, Set<String>> UNBOUNDED = Map.of(
            Files.class,
            Set.of(
                    "readString",
                    "readAllBytes",
                    "readAllLines",
                    "lines",
                    "list",
                    "walk",
                    "walkFileTree",
                    "find",
                    "newBufferedReader",
                    "newDirectoryStream"),
            InputStream.class,
            Set.of("readAllBytes", "transferTo"),
            Reader.class,
            Set.of("readLine", "lines", "transferTo", "readAllAsString", "readAllLines"),
            Scanner.class,
            Set.of("next", "nextLine", "tokens"));

    private static String[] engineAnd(String... others) {
        return Stream.concat(Stream.of(BELOW_THE_ENGINE), Stream.of(others)).toArray(String[]::new);
    }

    private static ArchCondition<JavaClass> readWithoutBound() {
        return new ArchCondition<>("read as much as there is") {
            @Override
            public void check(JavaClass type, ConditionEvents events) {
                String outer = type.getName().replaceFirst("[$].*", "");
                if (OTHERS.containsKey(outer)) {
                    return;
                }
                Stream.concat(type.getMethodCallsFromSelf().stream(), type.getMethodReferencesFromSelf().stream())
                        .filter(call -> UNBOUNDED.entrySet().stream()
                                .anyMatch(each -> call.getTargetOwner().isAssignableTo(each.getKey())
                                        && each.getValue().contains(call.getName())))
                        .forEach(call -> events.add(SimpleConditionEvent.satisfied(type, call.getDescription())));
            }
        };
    }

    private static ArchCondition<JavaClass> callTextOfPaths() {
        return new ArchCondition<>("turn paths into text") {
            @Override
            public void check(JavaClass type, ConditionEvents events) {
                Stream.concat(type.getMethodCallsFromSelf().stream(), type.getMethodReferencesFromSelf().stream())
                        .filter(call -> call.getTargetOwner().isAssignableTo(Path.class)
                                && List.of("toString", "toFile", "toUri").contains(call.getName()))
                        .forEach(call -> events.add(SimpleConditionEvent.satisfied(type, call.getDescription())));
            }
        };
    }

    private static ArchCondition<JavaClass> exposeOnlyExportedTypes() {
        return new ArchCondition<>("expose only exported types and the JDK's") {
            @Override
            public void check(JavaClass type, ConditionEvents events) {
                Set<JavaType> seen = new HashSet<>();
                type.getSuperclass().ifPresent(seen::add);
                seen.addAll(type.getInterfaces());
                seen.addAll(type.getTypeParameters());
                for (JavaField field : type.getFields()) {
                    if (isVisible(field.getModifiers())) {
                        seen.add(field.getType());
                    }
                }
                for (JavaCodeUnit unit : type.getCodeUnits()) {
                    if (isVisible(unit.getModifiers())) {
                        seen.add(unit.getReturnType());
                        seen.addAll(unit.getParameterTypes());
                        seen.addAll(unit.getTypeParameters());
                        unit.getThrowsClause().forEach(thrown -> seen.add(thrown.getRawType()));
                    }
                }
                for (JavaType part : seen) {
                    for (JavaClass raw : part.getAllInvolvedRawTypes()) {
                        if (!isExported(raw) && !isOfJunit(type, raw)) {
                            events.add(
                                    SimpleConditionEvent.violated(type, type.getName() + " exposes " + raw.getName()));
                        }
                    }
                }
            }
        };
    }

    private static boolean isVisible(Set<JavaModifier> modifiers) {
        return (modifiers.contains(JavaModifier.PUBLIC) || modifiers.contains(JavaModifier.PROTECTED))
                && !modifiers.contains(JavaModifier.SYNTHETIC);
    }

    private static boolean isExported(JavaClass raw) {
        JavaClass type = raw.getBaseComponentType();
        boolean ours = List.of(EXPORTED).contains(type.getPackageName())
                && (type.getModifiers().contains(JavaModifier.PUBLIC)
                        || type.getModifiers().contains(JavaModifier.PROTECTED));
        return type.isPrimitive() || ours || List.of("java.", "javax.").stream().anyMatch(type.getName()::startsWith);
    }

    private static boolean isOfJunit(JavaClass type, JavaClass raw) {
        return type.getPackageName().equals(JUNIT) && raw.getName().startsWith("org.junit.jupiter.api.");
    }

    private static String[] exported(Path descriptor) {
        try {
            return Pattern.compile("^ *exports ([\\w.]+)", Pattern.MULTILINE)
                    .matcher(Files.readString(descriptor))
                    .results()
                    .map(match -> match.group(1))
                    .toArray(String[]::new);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
