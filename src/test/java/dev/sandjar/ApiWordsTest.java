package dev.sandjar;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaMethod;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** One word for one thing in all that is exported. */
class ApiWordsTest {
    /** Those that begin or read a builder; presets are some. */
    private static final Set<String> BEGINNINGS =
            Set.of("builder", "toBuilder", "fromJson", "untrusted", "hermetic", "toSandboxBuilder", "sandboxBuilder");

    private static Set<String> methods(Predicate<JavaMethod> which) {
        return new ClassFileImporter()
                .withImportOption(new ImportOption.DoNotIncludeTests()).importPackages("dev.sandjar").stream()
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

    /** The two that are named are still to be renamed: the list only gets shorter. */
    @Test
    void ofMakesValues() {
        assertEquals(
                Set.of("CommandPlugin.of", "PluginPool.of"),
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
                methods(method -> method.getModifiers().contains(JavaModifier.PUBLIC)
                        && method.getRawReturnType().getName().matches("java[.]lang[.](Integer|Long|Double|Boolean)")));
    }
}
