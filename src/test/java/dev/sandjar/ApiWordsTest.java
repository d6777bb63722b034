package dev.sandjar;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaMethod;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** One word for one thing in all that is exported. */
class ApiWordsTest {
    /** Those that begin or read a builder; presets are some. */
    private static final Set<String> BEGINNINGS =
            Set.of("builder", "toBuilder", "fromJson", "untrusted", "hermetic", "toSandboxBuilder", "sandboxBuilder");

    /** In Javadoc. */
    private static final Pattern ABSENT_NUMBER =
            Pattern.compile("(?m)(?<=^ {0,8}\\*.{0,140})-1(?:} | )(?:if|where|when|unless|for|means)");

    private static final JavaClasses CLASSES = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages("dev.sandjar");

    private static Set<String> methods(Predicate<JavaMethod> which) {
        return CLASSES.stream()
                .filter(type -> !type.getPackageName().contains(".internal"))
                .filter(type -> type.getModifiers().contains(JavaModifier.PUBLIC))
                .flatMap(type -> type.getMethods().stream())
                .filter(method -> method.getModifiers().contains(JavaModifier.PUBLIC))
                .filter(which)
                .map(method -> method.getOwner().getSimpleName() + "." + method.getName())
                .collect(Collectors.toCollection(TreeSet::new));
    }

    private static boolean isBuilder(JavaClass type) {
        return type.getSimpleName().endsWith("Builder");
    }

    @Test
    void ofMakesValues() {
        assertEquals(
                Set.of(),
                methods(method -> method.getModifiers().contains(JavaModifier.STATIC)
                        && isBuilder(method.getRawReturnType())
                        && !BEGINNINGS.contains(method.getName())));
    }

    @Test
    void aBuilderGoesOnAsItself() {
        assertEquals(
                Set.of(),
                methods(method -> isBuilder(method.getOwner())
                        && isBuilder(method.getRawReturnType())
                        && !method.getRawReturnType().equals(method.getOwner())));
    }

    @Test
    void warmthHasOneWord() {
        assertEquals(
                Set.of(), methods(method -> method.getName().matches("(?i).*(ahead|parked|reserve|prefork|hot).*")));
    }

    /** Of a path, the working directory is said by that name; what is made in the root is a directory of {@link Mounts}. */
    @Test
    void aDirectoryIsNoWorkingDirectoryOfABuilder() {
        assertEquals(
                Set.of(),
                methods(method -> method.getOwner().getSimpleName().equals("SandboxBuilder")
                        && method.getName().equals("directory")));
    }

    @Test
    void absentIsOptional() {
        assertEquals(
                Set.of(),
                methods(method ->
                        method.getRawReturnType().getName().matches("java[.]lang[.](Integer|Long|Double|Boolean)")
                                || method.isAnnotatedWith(Nullable.class)));
    }

    /** What {@link Process#exitValue()} gives has a number for everything. */
    @Test
    void noNumberMeansAbsent() throws IOException {
        Set<String> found = new TreeSet<>();
        try (Stream<Path> files = Files.walk(Path.of("src/main/java/dev/sandjar"))) {
            for (Path file : files.filter(path -> path.toString().endsWith(".java"))
                    .filter(path -> !path.toString().contains("/internal/"))
                    .toList()) {
                ABSENT_NUMBER
                        .matcher(Files.readString(file))
                        .results()
                        .forEach(match -> found.add(file.getFileName() + ": " + match.group()));
            }
        }
        assertEquals(Set.of("ExitReport.java: -1 if"), found);
    }
}
