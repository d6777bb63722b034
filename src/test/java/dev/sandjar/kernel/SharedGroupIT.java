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
            python3 -I -c 'import zipfile; z = zipfile.ZipFile("tree.zip", "w"); i = zipfile.ZipInfo("zipped/deep/"); i.external_attr = 0o40775 << 16; z.writestr(i, ""); z.writestr("zipped/deep/file", "x"); z.close()'
            command -v unzip >/dev/null && unzip -q tree.zip || mkdir -p zipped/deep
            tar -cf tree.tar tree && mkdir unpacked && tar -C unpacked -xpf tree.tar
            git init -q --shared=group repository
            echo done
            """;

    @TempDir
    Path directory;

    @Test
    void toolsWork() throws Exception {
        HostProgram.sh("chmod 755 \"$1\"", directory.toString());
        Path shared = Files.createDirectory(directory.resolve("shared"));
        HostProgram.sh("chown " + OWNER + ":" + GROUP + " \"$1\"; chmod 2775 \"$1\"", shared.toString());
        Path home = Files.createDirectory(directory.resolve("home"));
        HostProgram.sh("chown " + OWNER + ":" + OWNER + " \"$1\"", home.toString());
        String classes = ReadableClassPath.copyTo(Files.createDirectory(directory.resolve("classes")));
        Path output = directory.resolve("output");
        Process jvm = new ProcessBuilder(List.of(
                        "setpriv",
                        "--reuid=" + OWNER,
                        "--regid=" + OWNER,
                        "--groups=" + GROUP,
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
        String said = Files.readString(output);
        assertEquals("done", said.strip());
        assertEquals(
                "copy 755 4322\ncopy/deep 2775 4322\nrepository/.git/objects 2775 4322\ntree/deep 2775 4322\nunpacked/tree 2775 4322\nzipped/deep 2775 4322",
                HostProgram.sh(
                                "cd \"$1\" && stat -c '%n %a %g' copy copy/deep repository/.git/objects tree/deep unpacked/tree zipped/deep",
                                shared.toString())
                        .strip());
        assertEquals("", HostProgram.sh("find \"$1\" -perm /4000", shared.toString()));
    }

    /** What the plain user runs. */
    static final class Main {
        private Main() {}

        public static void main(String[] args) throws Exception {
            RunResult result = Sandbox.untrusted()
                    .bind(Path.of(args[0]), "/shared")
                    .build()
                    .run("sh", "-c", TOOLS);
            System.out.print(result.stdout() + result.stderr());
            System.exit(result.exitValue());
        }
    }
}
