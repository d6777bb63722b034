package dev.sandjar.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.sandjar.RunResult;
import dev.sandjar.Sandbox;
import dev.sandjar.testing.Feature;
import dev.sandjar.testing.HostProgram;
import dev.sandjar.testing.KernelTest;
import dev.sandjar.testing.NeedsHost;
import dev.sandjar.testing.ReadableClassPath;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A directory that a plain user shares with one of the further groups of that user. Only root can make somebody with such groups, so that
 * the sandbox is started by a JVM of its own.
 */
@KernelTest
@Tag("slow")
@NeedsHost({Feature.ROOT, Feature.USERNS, Feature.GIT})
class SharedGroupIT {
    private static final String OWNER = "4321";
    private static final String GROUP = "4322";

    private static final String TOOLS =
            """
            set -e
            cd /shared
            umask 002
            mkdir -p tree/deep && touch tree/deep/file
            cp -a tree copy
            chmod 755 copy
            git init -q --shared=group repository
            tar -cf tree.tar tree && mkdir unpacked
            tar -C unpacked -xpf tree.tar 2>/dev/null || echo refused
            """;

    @TempDir
    Path directory;

    private Path shared() throws Exception {
        HostProgram.sh("chmod 755 \"$1\"", directory.toString());
        Path shared = Files.createDirectory(directory.resolve("shared"));
        HostProgram.sh("chown " + OWNER + ":" + GROUP + " \"$1\"; chmod 2775 \"$1\"", shared.toString());
        return shared;
    }

    /** What a program prints that a plain user starts with these groups. */
    private String started(Path shared, String group, String further) throws Exception {
        Path home = Files.createDirectory(directory.resolve("home"));
        HostProgram.sh("chown " + OWNER + " \"$1\"", home.toString());
        String classes = ReadableClassPath.copyTo(Files.createDirectory(directory.resolve("classes")));
        Path output = directory.resolve("output");
        Process jvm = new ProcessBuilder(List.of(
                        "setpriv",
                        "--reuid=" + OWNER,
                        "--regid=" + group,
                        further,
                        "--inh-caps=-all",
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:TieredStopAtLevel=1",
                        "-Djava.io.tmpdir=" + home,
                        "-Duser.home=" + home,
                        "-cp",
                        classes,
                        Main.class.getName(),
                        shared.toString()))
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        try {
            if (!jvm.waitFor(120, TimeUnit.SECONDS)) {
                throw new AssertionError("the JVM has not ended: " + Files.readString(output));
            }
        } finally {
            jvm.destroyForcibly();
        }
        return Files.readString(output).strip();
    }

    private static String modes(Path shared) throws Exception {
        return HostProgram.sh(
                        "cd \"$1\" && find . -perm /4000 && stat -c '%n %a %g' copy/deep repository/.git/objects tree/deep unpacked/tree",
                        shared.toString())
                .strip();
    }

    /**
     * The program could leave what its own group owns in such a directory too, and the kernel gives no plain user a way to be without that
     * group: what a tool sets by itself is refused, what the kernel hands down stays.
     */
    @Test
    void asAFurtherGroupTheKernelHandsItDown() throws Exception {
        Path shared = shared();
        assertEquals(
                "refused\nthe program has a group beside that of " + shared,
                started(shared, OWNER, "--groups=" + GROUP));
        assertEquals(
                "copy/deep 775 4322\nrepository/.git/objects 2775 4322\ntree/deep 2775 4322\nunpacked/tree 2700 4322",
                modes(shared));
    }

    /** As after {@code sg GROUP java ...}. */
    @Test
    void asTheGroupOfTheProcessAllIsPossible() throws Exception {
        Path shared = shared();
        assertEquals("", started(shared, GROUP, "--groups=" + OWNER));
        assertEquals(
                "copy/deep 2775 4322\nrepository/.git/objects 2775 4322\ntree/deep 2775 4322\nunpacked/tree 2775 4322",
                modes(shared));
    }

    /** What the plain user runs. */
    static final class Main {
        private Main() {}

        public static void main(String[] args) throws Exception {
            Sandbox sandbox =
                    Sandbox.untrusted().bind(Path.of(args[0]), "/shared").build();
            RunResult result = sandbox.run("sh", "-c", TOOLS);
            System.out.print(result.stdout() + result.stderr());
            Matcher reason = Pattern.compile("the program has a group beside that of [^,]*")
                    .matcher(sandbox.explain().entries().toString());
            System.out.print(reason.find() ? reason.group() : "");
            System.exit(result.exitValue());
        }
    }
}
