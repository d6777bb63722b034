package dev.sandjar.attack;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sandjar.internal.verify.Attacks;
import dev.sandjar.testing.Feature;
import dev.sandjar.testing.Jvm;
import dev.sandjar.testing.KernelTest;
import dev.sandjar.testing.NeedsHost;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * The attacks of verify() in the tier without namespaces, and as a control outside of any sandbox. It holds them all: so says the table of
 * docs/threat-model.md, which TierTableTest looks at.
 */
@KernelTest
@NeedsHost(Feature.LANDLOCK)
@Timeout(value = 4, unit = TimeUnit.MINUTES) // all attacks, twice
@Tag("heavy")
class ContainerTierIT {
    /** So many have to be seen to work without a sandbox, whoever makes them. */
    private static final int CONTROLS_MIN = 20;

    private static final Set<String> HELD = Set.of("CONTAINED", "NOT_APPLICABLE");

    private Path scratch = Path.of("/");

    /** Programs of root are another user, who has to get there. */
    @BeforeEach
    void make() throws IOException {
        scratch = Files.createTempDirectory(
                Path.of("/tmp"),
                "sandjar-tier",
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwxr-xr-x")));
    }

    @AfterEach
    void remove() throws IOException {
        try (Stream<Path> all = Files.walk(scratch)) {
            for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        }
    }

    @Test
    void whatTheTableSaysIsHeld() throws Exception {
        Map<String, String> inside = grades(scratch, "CONTAINER");
        Map<String, String> outside = grades(scratch, "NONE");
        List<String> wrong = new ArrayList<>();
        int controls = 0;
        for (Attacks.Attack attack : Attacks.all()) {
            String grade = String.valueOf(inside.get(attack.name()));
            boolean stays = attack.name().equals("become-root") && isRootForEver();
            if (!stays && !HELD.contains(grade.split(" ", 2)[0])) {
                wrong.add(attack.name() + ": " + grade);
            }
            controls += String.valueOf(outside.get(attack.name())).startsWith("EXPOSED") ? 1 : 0;
        }
        assertEquals(List.of(), wrong);
        assertTrue(controls >= CONTROLS_MIN, controls + " work outside: " + outside);
        System.out.println(
                controls + " of " + outside.size() + " attacks work without a sandbox, none in the tier CONTAINER");
    }

    /** Root of a user namespace in which there is nobody else: its programs can be made nobody else either. */
    private static boolean isRootForEver() throws IOException {
        String[] map = Files.readString(Path.of("/proc/self/uid_map")).strip().split("\\s+");
        return map[0].equals("0") && map[2].equals("1");
    }

    private static Map<String, String> grades(Path scratch, String where) throws Exception {
        Path output = scratch.resolve(where + ".txt");
        Process jvm = Jvm.builder(
                        ContainerTierMain.class,
                        List.of("-Dsandjar.withoutNamespaces=true", "-Djava.io.tmpdir=" + scratch),
                        where)
                .redirectOutput(output.toFile())
                .start();
        assertTrue(jvm.waitFor(100, TimeUnit.SECONDS), "it goes on and on");
        String said = Files.readString(output);
        assertEquals(0, jvm.exitValue(), said);
        Map<String, String> grades = new HashMap<>();
        said.lines().filter(line -> line.startsWith("attack ")).forEach(line -> {
            String[] words = line.split(" ", 3);
            grades.put(words[1], words[2]);
        });
        return grades;
    }
}
