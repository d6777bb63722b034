package dev.sandjar.speed;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sandjar.AppliedPolicy;
import dev.sandjar.RunResult;
import dev.sandjar.Sandbox;
import dev.sandjar.SandboxBuilder;
import dev.sandjar.testing.Feature;
import dev.sandjar.testing.Guest;
import dev.sandjar.testing.KernelTest;
import dev.sandjar.testing.NeedsHost;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Masks and read-only paths in what is bound, when the host puts something else there between two starts: each start covers what is there,
 * whether it is from what was made ahead, by a template, or from the beginning.
 */
@KernelTest
@NeedsHost(Feature.USERNS)
class ReplacedPlacesIT {
    private static final int STARTS_MAX = 200;

    private static final List<UnaryOperator<SandboxBuilder>> WAYS = List.of(
            b -> b, b -> b.warm(0), b -> b.template(false), b -> b.warm(0).template(false));

    /** What the host does to a file "place" of a directory, which has the content "new" then. */
    private interface Replacing {
        void in(Path directory) throws IOException;
    }

    @TempDir
    Path directory;

    @BeforeEach
    void open() throws IOException {
        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    private static Path file(Path path, String content) throws IOException {
        Files.writeString(path, content);
        return Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rw-r--r--"));
    }

    private static void rename(Path from, Path to) throws IOException {
        Files.move(from, to, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    private static void byRename(Path directory) throws IOException {
        rename(file(directory.resolve("next"), "new"), directory.resolve("place"));
    }

    /** Its number often is that of the file before. */
    private static void byRemoval(Path directory) throws IOException {
        Files.deleteIfExists(directory.resolve("place"));
        file(directory.resolve("place"), "new");
    }

    /** The very same file. */
    private static void byAnotherName(Path directory) throws IOException {
        Path place = directory.resolve("place");
        Files.writeString(place, "new");
        Files.createLink(directory.resolve("other"), place);
        Files.delete(place);
        rename(directory.resolve("other"), place);
    }

    private Path fresh(String content) throws IOException {
        Path path = Files.createTempDirectory(directory, "d");
        Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rwxr-xr-x"));
        if (!content.isEmpty()) {
            file(path.resolve("place"), content);
        }
        return path;
    }

    private static String outcome(RunResult result, String request) {
        return result.report().applied().entries().stream()
                .filter(entry -> entry.request().equals(request))
                .map(AppliedPolicy.Entry::outcome)
                .findFirst()
                .orElseThrow()
                .toString();
    }

    private void stayMasked(String before, Replacing replacing) throws Exception {
        for (UnaryOperator<SandboxBuilder> way : WAYS) {
            Path bound = fresh(before);
            SandboxBuilder builder = way.apply(Sandbox.untrusted().bindReadOnly(bound, "/d"));
            Sandbox control = builder.build();
            Sandbox masked = builder.mounts(m -> m.mask("/d/place")).build();
            for (int i = 0; i < 3; i++) {
                assertEquals("", Guest.trySh(masked, "cat /d/place").stdout());
            }
            replacing.in(bound);
            assertEquals("new", Guest.sh(control, "cat /d/place"));
            for (int i = 0; i < 5; i++) {
                RunResult result = Guest.trySh(masked, "cat /d/place");
                assertEquals("", result.stdout());
                assertEquals("ENFORCED", outcome(result, "masked /d/place"));
            }
        }
    }

    @Test
    void aMaskCoversAFileThatIsRenamedThere() throws Exception {
        stayMasked("old", ReplacedPlacesIT::byRename);
    }

    @Test
    void aMaskCoversAFileThatIsMadeAnew() throws Exception {
        stayMasked("old", ReplacedPlacesIT::byRemoval);
        stayMasked("old", ReplacedPlacesIT::byAnotherName);
    }

    @Test
    void aMaskCoversAFileThatWasNotThere() throws Exception {
        stayMasked("", ReplacedPlacesIT::byRename);
        stayMasked("", ReplacedPlacesIT::byRemoval);
    }

    @Test
    void aMaskCoversWhatALinkLeadsToNow() throws Exception {
        for (UnaryOperator<SandboxBuilder> way : WAYS) {
            Path bound = fresh("");
            file(bound.resolve("one"), "one");
            file(bound.resolve("two"), "two");
            Files.createSymbolicLink(bound.resolve("place"), Path.of("one"));
            SandboxBuilder builder = way.apply(Sandbox.untrusted().bindReadOnly(bound, "/d"));
            Sandbox masked = builder.mounts(m -> m.mask("/d/place")).build();
            for (int i = 0; i < 3; i++) {
                assertEquals("two", Guest.sh(masked, "cat /d/place /d/two"));
            }
            rename(Files.createSymbolicLink(bound.resolve("next"), Path.of("two")), bound.resolve("place"));
            for (int i = 0; i < 3; i++) {
                assertEquals("one", Guest.sh(masked, "cat /d/place /d/one"));
            }
        }
    }

    /** The guest makes the directory above another: to the next start that is the host's change. */
    @Test
    void aDirectoryStaysReadOnlyWhenAnotherIsThere() throws Exception {
        for (UnaryOperator<SandboxBuilder> way : WAYS) {
            Path bound = fresh("");
            // Whoever the program is may write there.
            Path hooks = Files.createDirectories(bound.resolve("git/hooks"));
            for (Path path : List.of(bound, bound.resolve("git"), hooks)) {
                Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rwxrwxrwx"));
            }
            SandboxBuilder builder = way.apply(Sandbox.untrusted().bind(bound, "/d"));
            Sandbox control = builder.build();
            Sandbox sandbox =
                    builder.mounts(m -> m.readOnlyPath("/d/git/hooks")).build();
            for (int i = 0; i < 3; i++) {
                assertFalse(Guest.trySh(sandbox, "echo bad >/d/git/hooks/h").exitValue() == 0);
            }
            assertEquals(
                    "", Guest.sh(sandbox, "mv /d/git /d/was; mkdir -p /d/git/hooks; chmod 777 /d/git /d/git/hooks"));
            for (int i = 0; i < 3; i++) {
                RunResult result = Guest.trySh(sandbox, "echo bad >/d/git/hooks/h");
                assertTrue(result.stderr().contains("Read-only file system"), result::stderr);
                assertEquals("ENFORCED", outcome(result, "read-only /d/git/hooks"));
            }
            Guest.sh(control, "echo good >/d/git/hooks/h");
        }
    }

    @Test
    void explainSaysWhereTheProgramCanAvoidIt() throws Exception {
        Path bound = fresh("old");
        for (boolean writable : new boolean[] {true, false}) {
            SandboxBuilder builder = Sandbox.untrusted();
            builder = writable ? builder.bind(bound, "/d") : builder.bindReadOnly(bound, "/d");
            String explained = builder.mounts(m -> m.mask("/d/place").readOnlyPath("/d/x"))
                    .build()
                    .explain()
                    .entries()
                    .toString();
            assertEquals(writable, explained.contains("leaves the directories above"), explained);
        }
    }

    /** A bind that is below a writable one is moved away as a mask is. */
    @Test
    void aReadOnlyBindBelowAWritableOneIsSaidToBeAvoidable() throws Exception {
        Path bound = fresh("old");
        Path hooks = Files.createDirectories(bound.resolve("git/hooks"));
        for (boolean writable : new boolean[] {true, false}) {
            SandboxBuilder builder = Sandbox.untrusted();
            Sandbox sandbox = (writable ? builder.bind(bound, "/d") : builder.bindReadOnly(bound, "/d"))
                    .bindReadOnly(hooks, "/d/git/hooks")
                    .build();
            for (AppliedPolicy.Entry entry : sandbox.explain().entries()) {
                boolean nested = entry.request().endsWith(" on /d/git/hooks");
                assertEquals(
                        writable && nested, entry.reason().contains("leaves the directories above"), entry::toString);
            }
        }
    }

    @Test
    void whatIsOnlyWrittenToOrHasNewNeighboursKeepsWhatWasMadeOfIt() throws Exception {
        Path bound = fresh("old");
        Sandbox sandbox = Sandbox.untrusted()
                .bindReadOnly(bound, "/d")
                .mounts(m -> m.mask("/d/place"))
                .build();
        for (int round = 0; round < 2; round++) {
            boolean warm = false;
            // A change before each start: what is dropped by it is never there. On a busy machine the reserve takes
            // some starts to fill.
            for (int i = 0; i < STARTS_MAX && !(warm && i >= 8); i++) {
                if (round == 0) {
                    Files.writeString(bound.resolve("place"), "new " + i);
                } else {
                    Files.writeString(bound.resolve("beside" + i), "x");
                }
                RunResult run = sandbox.run("sh", "-c", "cat /d/place").orThrow();
                assertEquals("", run.stdout());
                warm = run.report().steps().stream()
                        .noneMatch(step -> step.name().equals("create the namespaces"));
            }
            assertTrue(warm, "nothing is made ahead");
        }
    }
}
