package dev.sandjar;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import dev.sandjar.internal.Engine;
import dev.sandjar.internal.GroundAccess;
import dev.sandjar.internal.plugin.Plugins;
import dev.sandjar.internal.util.Implementation;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/**
 * Packages depend on each other without cycles. Exported packages of values that the signatures of {@code dev.sandjar} name are one slice
 * with it, the ground; every other package is a slice of its own. Everybody may know the ground. The ground knows what knows nothing of it,
 * and the engine by one door, {@code dev.sandjar.internal}, whose types name nothing but the ground's. Plugins are the same once more, on
 * the ground: {@code dev.sandjar.plugin} and its door, {@code dev.sandjar.internal.plugin}, are one slice.
 */
class PackagesTest {
    private static final String ROOT = "dev.sandjar";
    private static final Set<String> GROUND = Set.of(
            ROOT,
            "dev.sandjar.seccomp",
            "dev.sandjar.image",
            "dev.sandjar.changes",
            "dev.sandjar.verify",
            "dev.sandjar.linux",
            "dev.sandjar.network",
            "dev.sandjar.internal");

    private static final String PLUGIN = "dev.sandjar.plugin";
    private static final String PLUGIN_DOOR = "dev.sandjar.internal.plugin";

    @Test
    void noArrowIsPartOfACycle() {
        JavaClasses classes = new ClassFileImporter()
                .withImportOption(new ImportOption.DoNotIncludeTests())
                .importPackages(ROOT);
        Map<String, Set<String>> arrows = new TreeMap<>();
        for (JavaClass from : classes) {
            if (!slice(from).equals(ROOT)) {
                arrows.computeIfAbsent(slice(from), key -> new TreeSet<>()).addAll(targets(from));
            }
        }
        Set<String> found = new TreeSet<>();
        for (JavaClass from : classes) {
            for (String to : targets(from)) {
                if (reaches(arrows, to, slice(from))) {
                    found.add(outermost(from) + " -> " + to);
                }
            }
        }
        assertEquals("", String.join("\n", found), "arrows that are against the rules");
    }

    /**
     * One way in, one way back: {@link Engine} is asked by the ground alone, {@link GroundAccess} by what is behind the door alone. The
     * second exists since Java knows no friends: what the engine may do with objects of the API, and their users may not, is package-private
     * in {@code dev.sandjar}.
     */
    @Test
    void theDoorIsUsedFromItsOwnSide() {
        JavaClasses classes = new ClassFileImporter()
                .withImportOption(new ImportOption.DoNotIncludeTests())
                .importPackages(ROOT);
        assertEquals(Set.of(), callers(classes, Engine.class, type -> isInternal(type)));
        assertEquals(Set.of(), callers(classes, GroundAccess.class, type -> !isInternal(type)));
        assertEquals(
                Set.of(Engine.class.getName(), GroundAccess.class.getName(), Plugins.class.getName()),
                callers(classes, Implementation.class, type -> true));
        assertEquals(
                Set.of("dev.sandjar.Access", "dev.sandjar.internal.engine.LinuxEngine"),
                classes.stream()
                        .filter(type -> !type.isInterface())
                        .filter(type -> type.isAssignableTo(Engine.class) || type.isAssignableTo(GroundAccess.class))
                        .map(JavaClass::getName)
                        .collect(Collectors.toSet()));
    }

    /** Which of these classes call a static method of a door. */
    private static Set<String> callers(JavaClasses classes, Class<?> door, Predicate<JavaClass> which) {
        return classes.stream()
                .filter(type -> !outermost(type).equals(door.getName()))
                .filter(which)
                .filter(type -> type.getMethodCallsFromSelf().stream()
                        .anyMatch(call -> call.getTargetOwner().isEquivalentTo(door)
                                && Set.of("get", "of").contains(call.getName())))
                .map(PackagesTest::outermost)
                .collect(Collectors.toCollection(TreeSet::new));
    }

    private static boolean isInternal(JavaClass type) {
        return (type.getPackageName() + ".").startsWith("dev.sandjar.internal.");
    }

    private static Set<String> targets(JavaClass from) {
        return from.getDirectDependenciesFromSelf().stream()
                .map(dependency -> dependency.getTargetClass().getBaseComponentType())
                .filter(to -> to.getPackageName().startsWith("dev.sandjar"))
                .map(PackagesTest::slice)
                .filter(to -> !to.equals(slice(from)))
                .collect(Collectors.toCollection(TreeSet::new));
    }

    private static String slice(JavaClass type) {
        String name = type.getPackageName();
        if (GROUND.contains(name)) {
            return ROOT;
        }
        return name.equals(PLUGIN_DOOR) ? PLUGIN : name;
    }

    private static String outermost(JavaClass type) {
        return type.getName().replaceFirst("[$].*", "");
    }

    private static boolean reaches(Map<String, Set<String>> arrows, String from, String to) {
        Set<String> seen = new TreeSet<>(Set.of(from));
        Deque<String> left = new ArrayDeque<>(seen);
        while (!left.isEmpty()) {
            String next = left.remove();
            if (next.equals(to)) {
                return true;
            }
            Collection<String> further = arrows.getOrDefault(next, Set.of());
            further.stream().filter(seen::add).forEach(left::add);
        }
        return false;
    }
}
