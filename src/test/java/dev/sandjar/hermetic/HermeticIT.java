package dev.sandjar.hermetic;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sandjar.Command;
import dev.sandjar.MountOption;
import dev.sandjar.RunResult;
import dev.sandjar.Sandbox;
import dev.sandjar.SandboxException;
import dev.sandjar.testing.Feature;
import dev.sandjar.testing.Guest;
import dev.sandjar.testing.HostProgram;
import dev.sandjar.testing.KernelTest;
import dev.sandjar.testing.NeedsHost;
import dev.sandjar.verify.Hermeticity;
import dev.sandjar.verify.Hermeticity.Perturbation;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** That a hermetic sandbox shows what was declared and nothing else, and that programs that look for more are found out. */
@KernelTest
@NeedsHost({Feature.USERNS, Feature.TIMENS})
class HermeticIT {
    @TempDir
    Path directory;

    @Test
    void whatIsNotDeclaredIsNotThere() throws Exception {
        Path input = Files.writeString(directory.resolve("input"), "declared");
        HostProgram.sh("chmod -R go+rX " + directory);
        Sandbox bare = Sandbox.hermetic().hostPrograms().build();
        RunResult result = bare.run("cat", input.toString());
        assertEquals(1, result.exitValue());
        assertTrue(result.stderr().contains("No such file"), result.stderr());
        for (String path : List.of(
                "/home",
                "/root",
                "/var",
                "/run",
                "/sys/devices",
                "/sys/kernel",
                "/opt",
                "/etc/shadow",
                "/etc/machine-id")) {
            assertEquals("absent", Guest.sh(bare, "test -e " + path + " || echo absent"), path);
        }
        Sandbox declared = bare.toBuilder().bindReadOnly(input, "/in/input").build();
        assertEquals("declared", Guest.sh(declared, "cat /in/input"));
    }

    @Test
    void withoutTheHostsProgramsThereAreNone() {
        Sandbox empty = Sandbox.hermetic().build();
        SandboxException e = assertThrows(SandboxException.class, () -> empty.run("sh", "-c", "true"));
        assertTrue(e.getMessage().contains("ENOENT"), e.getMessage());
    }

    @Test
    void clocksBeginAtADayAtEachStart() throws Exception {
        Sandbox sandbox =
                Sandbox.hermetic().hostPrograms().mounts(m -> m.proc()).build();
        for (int i = 0; i < 2; i++) {
            double uptime = Double.parseDouble(Guest.sh(sandbox, "cut -d' ' -f1 /proc/uptime"));
            assertEquals(86_400, uptime, 20);
        }
        Sandbox later = sandbox.toBuilder()
                .namespaces(n -> n.clockStart(Duration.ofDays(10)))
                .build();
        assertEquals(864_000, Double.parseDouble(Guest.sh(later, "cut -d' ' -f1 /proc/uptime")), 20);
        assertThrows(IllegalArgumentException.class, () -> Sandbox.builder()
                .namespaces(n -> n.clockStart(Duration.ofDays(-1))));
    }

    @Test
    void thereIsOneProcessorUnlessMoreAreAskedFor() throws Exception {
        assertEquals("1", Guest.sh(Sandbox.hermetic().hostPrograms().build(), "nproc"));
        int all = Runtime.getRuntime().availableProcessors();
        assertEquals(
                Integer.toString(all),
                Guest.sh(
                        Sandbox.hermetic()
                                .hostPrograms()
                                .process(p -> p.processors(all))
                                .build(),
                        "nproc"));
        Sandbox tooMany = Sandbox.hermetic()
                .hostPrograms()
                .process(p -> p.processors(8192))
                .build();
        assertThrows(SandboxException.class, () -> tooMany.run("true"));
    }

    @Test
    void writableBindsBelongToTheProgram() throws Exception {
        Path data = Files.createDirectory(directory.resolve("data"));
        Sandbox sandbox = Sandbox.hermetic()
                .hostPrograms()
                .bind(data, "/data", MountOption.IDMAPPED_ROOT)
                .build();
        assertEquals("1000 1000", Guest.sh(sandbox, "echo x >/data/x; stat -c '%u %g' /data/x"));
        assertEquals(Files.getOwner(data), Files.getOwner(data.resolve("x")));
    }

    @Test
    void whatAProgramDependsOnIsFound() throws Exception {
        Path input = Files.createDirectory(directory.resolve("in"));
        for (String name : List.of("m", "a", "z", "k")) {
            Files.writeString(input.resolve(name), name);
        }
        HostProgram.sh("chmod -R go+rX " + directory);
        Sandbox sandbox =
                Sandbox.hermetic().hostPrograms().bindReadOnly(input, "/in").build();
        String script =
                "hostname >host; id -u >id; echo $$ >pid; nproc >nproc; ls -U /in | tr '\\n' ' ' >order; locale charmap;"
                        + " date +%Z >zone; env | cut -d= -f1 >env; cat /proc/sys/kernel/random/uuid /dev/urandom | head -c 9 >random;"
                        + " cut -d. -f1 /proc/self/stat | cut -d' ' -f22 >started; cat /in/* >same; test $(id -u) = 1000";
        Hermeticity found = Hermeticity.check(sandbox, Command.of("sh", "-c", script));
        assertEquals(List.of("/work/random"), subjects(found, Perturbation.NOTHING));
        assertEquals(List.of("/work/host"), subjects(found, Perturbation.HOST_NAME));
        assertEquals(List.of("/work/id", "exit"), subjects(found, Perturbation.USER));
        assertEquals(List.of("standard output"), subjects(found, Perturbation.LOCALE));
        assertEquals(List.of("/work/zone"), subjects(found, Perturbation.TIME_ZONE));
        assertEquals(List.of("/work/env"), subjects(found, Perturbation.ENVIRONMENT));
        for (Perturbation each :
                List.of(Perturbation.PROCESS_IDS, Perturbation.PROCESSORS, Perturbation.DIRECTORY_ORDER)) {
            boolean skipped = found.skipped().containsKey(each);
            String path = each == Perturbation.PROCESS_IDS
                    ? "/work/pid"
                    : each == Perturbation.PROCESSORS ? "/work/nproc" : "/work/order";
            assertNotEquals(skipped, subjects(found, each).contains(path), each + "\n" + found);
        }
        assertFalse(found.toString().contains("/work/same"), found.toString());
    }

    private static List<String> subjects(Hermeticity found, Perturbation perturbation) {
        return List.copyOf(found.by(perturbation).stream()
                .map(Hermeticity.Finding::subject)
                .filter(subject -> !subject.equals("/work/started"))
                .collect(Collectors.toCollection(TreeSet::new)));
    }

    @Test
    void aProgramThatDependsOnItsInputsAloneIsHermetic() throws Exception {
        Sandbox sandbox =
                Sandbox.hermetic().hostPrograms().file("/in/words", "b\na\n").build();
        Hermeticity found = Hermeticity.check(sandbox, Command.of("sort", "-o", "/work/out", "/in/words"));
        assertTrue(found.isHermetic(), found.toString());
    }

    @Test
    void directoriesWhoseOrderStayedAreNamed() throws Exception {
        Path input = Files.createDirectory(directory.resolve("pipes"));
        HostProgram.sh("mkfifo \"$1/pipe\"; chmod -R go+rX \"$2\"", input.toString(), directory.toString());
        Sandbox sandbox =
                Sandbox.hermetic().hostPrograms().bindReadOnly(input, "/in").build();
        Hermeticity found = Hermeticity.check(sandbox, Command.of("true"));
        assertTrue(found.isHermetic(), found.toString());
        String reason = input.resolve("pipe") + " is not a regular file, directory or link";
        assertEquals(reason, found.leftOut().get(input), found.toString());
        assertTrue(found.toString().contains("DIRECTORY_ORDER left out " + input + ": " + reason), found.toString());
    }

    /** Root's own private directories are mapped for a program, and copies in memory are not: the order is found, or said to be left out. */
    @Test
    void theOrderOfAPrivateDirectoryIsFoundOrLeftOut(@TempDir Path input) throws Exception {
        for (String name : List.of("one", "two", "three", "four", "five")) {
            Files.writeString(input.resolve(name), name);
        }
        for (String mode : List.of("rwx------", "rwxr-xr-x")) {
            Files.setPosixFilePermissions(input, PosixFilePermissions.fromString(mode));
            Sandbox sandbox =
                    Sandbox.hermetic().hostPrograms().bindReadOnly(input, "/in").build();
            Hermeticity found =
                    Hermeticity.check(sandbox, Command.of("sh", "-c", "ls -U /in >/work/order || echo unreadable >&2"));
            assertFalse(found.toString().contains("unreadable"), found.toString());
            boolean tried = !found.skipped().containsKey(Perturbation.DIRECTORY_ORDER);
            boolean seen = subjects(found, Perturbation.DIRECTORY_ORDER).contains("/work/order");
            boolean told = found.leftOut().containsKey(input);
            assertTrue(seen ? !told : told || !tried, mode + "\n" + found);
            assertFalse(mode.equals("rwxr-xr-x") && tried && !seen, mode + "\n" + found);
        }
    }
}
