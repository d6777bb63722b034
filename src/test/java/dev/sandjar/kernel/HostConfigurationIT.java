package dev.sandjar.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sandjar.DataSize;
import dev.sandjar.RunResult;
import dev.sandjar.Sandbox;
import dev.sandjar.testing.Feature;
import dev.sandjar.testing.Guest;
import dev.sandjar.testing.HostProgram;
import dev.sandjar.testing.KernelTest;
import dev.sandjar.testing.NeedsHost;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.opentest4j.TestAbortedException;

/** The configuration of the host's programs, as a view of the host has it. */
@KernelTest
@Tag("once")
@NeedsHost({Feature.USERNS, Feature.PROC})
class HostConfigurationIT {
    /** Programs are of the host, so that each says the same inside and outside: what it has loaded, or is allowed to do. */
    private static void same(String program, String script) throws Exception {
        if (!Files.isExecutable(Path.of("/usr/bin", program))) {
            throw new TestAbortedException("SKIPPED: no /usr/bin/" + program);
        }
        String clean = "PATH=/usr/bin:/bin HOME=/tmp LC_ALL=C.UTF-8; export PATH HOME LC_ALL; ";
        HostProgram.Result outside = HostProgram.run("env", "-i", "sh", "-c", clean + script);
        assertEquals(0, outside.exit(), outside::err);
        RunResult inside = Sandbox.untrusted().build().run("sh", "-c", clean + script);
        assertEquals(outside.out(), inside.stdout(), inside::stderr);
        assertFalse(outside.out().isBlank());
    }

    @Test
    void php() throws Exception {
        same("php", "php -m");
        assertTrue(Guest.sh(Sandbox.untrusted().build(), "php --ini").contains("/etc/php/"));
    }

    /** What a host prefers would make a result differ from that on another without a word. */
    @Test
    void hermeticProgramsHaveNoPreferencesOfTheHost() throws Exception {
        String script =
                "for p in fonts php R texmf libreoffice maven chromium.d inputrc; do test ! -e /etc/$p || echo $p; done";
        assertFalse(HostProgram.sh(script).isBlank(), "this host has none of them");
        assertEquals("", Guest.sh(Sandbox.hermetic().hostPrograms().build(), script));
    }

    /** What the host forbids is forbidden inside: its policy counts, as a program says that reads it. */
    @Test
    void imageMagickUnderThePolicyOfTheHost() throws Exception {
        same("convert-im6", "convert-im6 -list policy");
        List<Path> policies = new ArrayList<>();
        for (String name : List.of("ImageMagick-6", "ImageMagick-7")) {
            Path policy = Path.of("/etc", name, "policy.xml");
            if (Files.exists(policy)) {
                policies.add(policy);
            }
        }
        assertFalse(policies.isEmpty());
        String host = Files.readString(policies.get(0));
        assertTrue(host.contains("pattern=\"@*\""), "what this test is about is not in " + policies.get(0));
        Sandbox sandbox = Sandbox.untrusted().build();
        RunResult hostile = Guest.trySh(sandbox, "echo hello >x.txt; convert-im6 -size 50x20 label:@x.txt x.png");
        assertTrue(hostile.stderr().contains("not allowed by the security policy"), hostile::stderr);
        Sandbox hermetic = Sandbox.hermetic().hostPrograms().build();
        RunResult there = Guest.trySh(hermetic, "echo hello >x.txt; convert-im6 -size 50x20 label:@x.txt x.png");
        assertTrue(there.stderr().contains("not allowed by the security policy"), there::stderr);
        // The control: without that file the same is done.
        Sandbox without = Sandbox.untrusted()
                .tmpfs(policies.get(0).getParent().toString(), DataSize.mebibytes(1))
                .build();
        RunResult done = Guest.trySh(without, "echo hello >x.txt; convert-im6 -size 50x20 label:@x.txt x.png");
        assertFalse(done.stderr().contains("not allowed by the security policy"), done::stderr);
    }

    @Test
    void fontconfig() throws Exception {
        same("fc-match", "fc-match sans; fc-match serif; fc-match monospace");
    }

    @Test
    void maven() throws Exception {
        same("mvn", "mvn -v | grep -i maven");
    }

    @Test
    void aspell() throws Exception {
        same("aspell", "echo helo wrld | aspell -a");
    }

    @Test
    void r() throws Exception {
        same("R", "Rscript -e 'cat(R.version.string, getOption(\"repos\"))'");
    }

    @Test
    void mtabIsOfTheSandboxItself() throws Exception {
        if (!Files.exists(Path.of("/etc/mtab"))) {
            throw new TestAbortedException("SKIPPED: the host has no /etc/mtab");
        }
        Sandbox sandbox = Sandbox.untrusted().build();
        assertEquals("/proc/self/mounts", Guest.sh(sandbox, "readlink /etc/mtab; cmp /etc/mtab /proc/self/mounts"));
    }

    @Test
    void accountsServicesAndKeysAreAbsent() throws Exception {
        String hidden = Guest.sh(
                Sandbox.untrusted().build(),
                "for f in shadow gshadow sudoers mysql postgresql redis ssh ssl/private polkit-1 cron.d machine-id; do"
                        + " test ! -e /etc/$f || echo $f; done; ls /var/lib | grep -e mysql -e postgres -e dpkg; true");
        assertEquals("", hidden);
    }

    @Test
    void explainNamesLinksThatLeadNowhere() throws Exception {
        Path link = Path.of("/usr/lib/ssl/private");
        if (!Files.isSymbolicLink(link) || !Files.exists(Path.of("/etc/ssl/private"))) {
            throw new TestAbortedException("SKIPPED: the host has no such link: " + link);
        }
        String explained = Sandbox.untrusted().build().explain().entries().toString();
        assertTrue(explained.contains("links of /usr that lead nowhere inside"), explained);
        assertTrue(explained.contains(link + " -> /etc/ssl/private"), explained);
        assertFalse(explained.contains("/etc/maven"), explained);
        assertFalse(Sandbox.hermetic().build().explain().entries().toString().contains("links of /usr"));
    }

    /**
     * A program that is the very user of the host who may read what others may not: as root of a user namespace, which any user can be,
     * over a directory of configuration of its own. The control is the same file outside.
     */
    @Test
    void secretsInADirectoryThatIsShownAreMasked() throws Exception {
        Path directory = List.of("fonts", "xml", "maven", "php", "R", "groff", "sgml").stream()
                .map(name -> Path.of("/etc", name))
                .filter(Files::isDirectory)
                .findFirst()
                .orElseThrow(() -> new TestAbortedException("SKIPPED: the host has none of these directories"));
        String script =
                """
                set -e
                mount -t tmpfs -o mode=755 tmpfs "$1"
                here=$(pwd)
                cd "$1"
                mkdir keys below deep
                echo open >open; echo secret >secret; echo key >keys/key; echo secret >below/secret
                chmod 755 below deep; chmod 700 keys; chmod 644 open keys/key; chmod 640 secret; chmod 600 below/secret
                cd "$here"
                shift
                exec "$@"
                """;
        String expected =
                """
                outside secret
                open open
                secret
                keys/key cat: %1$s/keys/key: No such file or directory
                below/secret



                outside open



                outside later



                outside deep/later
                true
                minemine
                bound secret
                """
                        .formatted(directory);
        for (String how : List.of("userns", "none")) {
            List<String> command = new ArrayList<>(List.of(
                    "unshare", "--user", "--map-root-user", "--mount", "sh", "-c", script, "sh", directory.toString()));
            command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
            command.addAll(List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"));
            if (Runtime.version().feature() >= 22) {
                command.add("--enable-native-access=ALL-UNNAMED");
            }
            command.addAll(List.of(
                    "-Dslf4j.internal.verbosity=ERROR",
                    "-cp",
                    System.getProperty("java.class.path"),
                    HostConfigurationMain.class.getName(),
                    directory.toString(),
                    how));
            Process process =
                    new ProcessBuilder(command).redirectErrorStream(true).start();
            process.getOutputStream().close();
            String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertEquals(0, process.waitFor(), output);
            assertEquals(
                    expected.lines().map(String::strip).toList(),
                    output.lines().map(String::strip).toList(),
                    how);
        }
    }
}
