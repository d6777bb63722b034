package dev.sandjar.life;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.sandjar.AppliedPolicy;
import dev.sandjar.Capability;
import dev.sandjar.Command;
import dev.sandjar.DataSize;
import dev.sandjar.Descriptor;
import dev.sandjar.Explanation;
import dev.sandjar.Landlock;
import dev.sandjar.LandlockAccess;
import dev.sandjar.Mount;
import dev.sandjar.NamespaceKind;
import dev.sandjar.RootFs;
import dev.sandjar.RunResult;
import dev.sandjar.Sandbox;
import dev.sandjar.SandboxBuilder;
import dev.sandjar.SandboxException;
import dev.sandjar.SandboxProcess;
import dev.sandjar.image.ImageStore;
import dev.sandjar.network.SandboxNetwork;
import dev.sandjar.seccomp.SeccompProfile;
import dev.sandjar.testing.Feature;
import dev.sandjar.testing.HostProgram;
import dev.sandjar.testing.KernelTest;
import dev.sandjar.testing.NeedsHost;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** One guest plants files in a directory that it may write to; later the host uses their names. */
@KernelTest
@NeedsHost({Feature.USERNS, Feature.PROC})
class PlantedFilesIT {
    private static final Sandbox PLAIN = Sandbox.untrusted().build();
    private static final String SECRET = "SECRET\n";

    @TempDir
    Path directory;

    private Path results;
    private Path own;
    private Path key;

    @BeforeEach
    void directories() throws IOException {
        results = Files.createDirectory(directory.resolve("results"));
        Files.setPosixFilePermissions(results, PosixFilePermissions.fromString("rwxrwxrwx"));
        own = Files.createDirectory(directory.resolve("own"));
        key = Files.writeString(own.resolve("key"), SECRET);
    }

    private void guest(String script) throws Exception {
        Sandbox.untrusted()
                .bind(results, "/results")
                .build()
                .run("sh", "-ec", "cd /results; umask 0; " + script)
                .orThrow();
    }

    private static SandboxException refused(Command command) {
        return assertTimeoutPreemptively(
                Duration.ofSeconds(20), () -> assertThrows(SandboxException.class, () -> PLAIN.run(command)));
    }

    private static void says(SandboxException e, String... parts) {
        for (String part : parts) {
            assertTrue(e.getMessage().contains(part), e.getMessage());
        }
    }

    private static Command echo(Redirect to) {
        return Command.of("echo", "written").stdout(to);
    }

    @Test
    void linksToAFile() throws Exception {
        Path victim = own.resolve("victim");
        guest("ln -s " + victim + " new; ln -s " + key + " old");
        Path old = results.resolve("old");
        assertEquals(SECRET, Files.readString(old), "it leads there, if one follows it");
        says(refused(Command.of("cat").stdin(Redirect.from(old.toFile()))), old.toString(), key.toString(), "link");
        refused(echo(Redirect.to(old.toFile())));
        refused(echo(Redirect.appendTo(old.toFile())));
        refused(echo(Redirect.to(results.resolve("new").toFile())));
        refused(echo(Redirect.appendTo(results.resolve("new").toFile())));
        refused(Command.of("true").stderr(Redirect.to(old.toFile())));
        refused(Command.of("true").descriptor("a", Descriptor.readFrom(old)));
        refused(Command.of("true").descriptor("a", Descriptor.writeTo(old)));
        refused(Command.of("true").descriptor("a", Descriptor.appendTo(old)));
        refused(Command.of("true").descriptor("a", Descriptor.readWrite(old)));
        assertFalse(Files.exists(victim));
        assertEquals(SECRET, Files.readString(key));
    }

    @Test
    void linksOnTheWay() throws Exception {
        guest("ln -s " + own + " way; mkdir real; ln -s " + own + " real/deeper; ln -s real short");
        assertEquals(SECRET, Files.readString(results.resolve("way/key")));
        for (String way : new String[] {"way/key", "real/deeper/key", "short/deeper/key", "real/../way/key"}) {
            Path path = results.resolve(way);
            says(
                    refused(Command.of("cat").stdin(Redirect.from(path.toFile()))),
                    "is not followed",
                    "a sandbox was allowed to write",
                    "remedy: remove the link, or name a file in a directory that no sandbox may write to");
            refused(echo(Redirect.appendTo(path.toFile())));
        }
        refused(echo(Redirect.to(results.resolve("way/fresh").toFile())));
        assertFalse(Files.exists(own.resolve("fresh")));
        assertEquals(SECRET, Files.readString(key));
    }

    @Test
    void whatIsNoFile() throws Exception {
        guest("mkfifo fifo; mkdir directory");
        for (String name : new String[] {"fifo", "directory"}) {
            Path path = results.resolve(name);
            says(refused(Command.of("cat").stdin(Redirect.from(path.toFile()))), path.toString());
            refused(echo(Redirect.to(path.toFile())));
            refused(echo(Redirect.appendTo(path.toFile())));
            refused(Command.of("true").descriptor("a", Descriptor.readFrom(path)));
            refused(Command.of("true").descriptor("a", Descriptor.readWrite(path)));
        }
        Path socket = results.resolve("s");
        try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            server.bind(UnixDomainSocketAddress.of(socket));
            says(refused(Command.of("cat").stdin(Redirect.from(socket.toFile()))), "a socket");
        }
    }

    @Test
    void devicesOutsideOfDev() throws Exception {
        Path node = results.resolve("null");
        Process mknod = new ProcessBuilder("mknod", node.toString(), "c", "1", "3").start();
        assumeTrue(mknod.waitFor() == 0, "only root makes devices");
        says(refused(Command.of("cat").stdin(Redirect.from(node.toFile()))), "a character device");
        says(refused(echo(Redirect.appendTo(node.toFile()))), "a character device");
    }

    @Test
    void devicesOfDev() throws Exception {
        Path dev = Path.of("/dev");
        Command cat = Command.of("cat").stdin(Redirect.from(dev.resolve("null").toFile()));
        assertEquals("", PLAIN.run(cat).orThrow().stdout());
        PLAIN.run(echo(Redirect.DISCARD)).orThrow();
        PLAIN.run(echo(Redirect.to(dev.resolve("null").toFile()))).orThrow();
        Command zero = Command.of("head", "-c", "3").descriptor("a", Descriptor.readFrom(dev.resolve("zero")));
        PLAIN.run(zero.stdin(Redirect.from(dev.resolve("zero").toFile()))).orThrow();
    }

    /** They are redirected to all the time, and a guest makes none. */
    @Test
    void devicesOfDevThatWasLent() throws Exception {
        Sandbox.untrusted().bind(Path.of("/dev"), "/data").build().run("true").orThrow();
        PLAIN.run(echo(Redirect.DISCARD)).orThrow();
    }

    @Test
    void secondNamesOfAFile() throws Exception {
        Path kept = Files.writeString(results.resolve("kept"), SECRET);
        Files.setPosixFilePermissions(kept, PosixFilePermissions.fromString("rw-rw-rw-"));
        guest("ln kept second");
        Path second = results.resolve("second");
        says(refused(Command.of("cat").stdin(Redirect.from(second.toFile()))), "2 names");
        refused(echo(Redirect.appendTo(second.toFile())));
        refused(echo(Redirect.to(second.toFile())));
        assertEquals(SECRET, Files.readString(kept));

        Files.createLink(own.resolve("second"), key);
        Command cat =
                Command.of("cat").stdin(Redirect.from(own.resolve("second").toFile()));
        assertEquals(
                SECRET, PLAIN.run(cat).orThrow().stdout(), "where nobody else writes, names are the host's matter");
    }

    /** Whoever may write to a directory can give any file of the host a name there, whoever owns the directory. */
    @Test
    void secondNamesWhereOthersMayWrite() throws Exception {
        Path second = Files.createLink(own.resolve("second"), key);
        Command cat = Command.of("cat").stdin(Redirect.from(second.toFile()));
        mode("755");
        assertEquals(SECRET, PLAIN.run(cat).orThrow().stdout(), "nobody else's");
        mode("777");
        says(refused(cat), "2 names", "others could write");
        refused(echo(Redirect.appendTo(second.toFile())));
        mode("1777");
        assumeTrue(
                Files.readString(Path.of("/proc/sys/fs/protected_hardlinks"))
                        .strip()
                        .equals("1"),
                "fs.protected_hardlinks is 0: sticky directories are others' too");
        assertEquals(SECRET, PLAIN.run(cat).orThrow().stdout(), "as in /tmp");
        Process chgrp = new ProcessBuilder("chgrp", "12345", own.toString()).start();
        assumeTrue(chgrp.waitFor() == 0, "only root gives files to any group");
        mode("755");
        assertEquals(SECRET, PLAIN.run(cat).orThrow().stdout(), "a group that may not write");
        mode("775");
        says(refused(cat), "2 names");
    }

    private void mode(String mode) throws Exception {
        assertEquals(
                0,
                new ProcessBuilder("chmod", mode, own.toString())
                        .inheritIO()
                        .start()
                        .waitFor());
    }

    @Test
    void filesThatAreThere() throws Exception {
        guest("echo of the guest >in");
        Command cat =
                Command.of("cat").stdin(Redirect.from(results.resolve("in").toFile()));
        assertEquals("of the guest\n", PLAIN.run(cat).orThrow().stdout());
        Path log = results.resolve("log");
        PLAIN.run(echo(Redirect.to(log.toFile()))).orThrow();
        PLAIN.run(echo(Redirect.appendTo(log.toFile()))).orThrow();
        assertEquals("written\nwritten\n", Files.readString(log));
        PLAIN.run(echo(Redirect.to(log.toFile()))).orThrow();
        assertEquals("written\n", Files.readString(log));
    }

    @Test
    void linksOfTheHostsOwnLayout() throws Exception {
        Path current = Files.createSymbolicLink(directory.resolve("current"), Path.of("own"));
        Path again = Files.createSymbolicLink(directory.resolve("again"), directory.resolve("current"));
        Command cat = Command.of("cat").stdin(Redirect.from(again.resolve("key").toFile()));
        assertEquals(SECRET, PLAIN.run(cat).orThrow().stdout());
        Sandbox sandbox =
                Sandbox.untrusted().bindReadOnly(current.resolve("key"), "/k").build();
        Files.setPosixFilePermissions(key, PosixFilePermissions.fromString("rw-r--r--"));
        assertEquals(SECRET, sandbox.run("cat", "/k").orThrow().stdout());

        Path last = Files.createSymbolicLink(own.resolve("latest"), Path.of("key"));
        says(
                refused(Command.of("cat").stdin(Redirect.from(last.toFile()))),
                "the last name of a path must be the file itself",
                "toRealPath()");
        Command named = Command.of("cat").stdin(Redirect.from(last.toRealPath().toFile()));
        assertEquals(SECRET, PLAIN.run(named).orThrow().stdout());
    }

    @Test
    void linksOfOtherUsers() throws Exception {
        Path link = Files.createSymbolicLink(directory.resolve("of-another"), own);
        Process chown = new ProcessBuilder("chown", "-h", "12345", link.toString()).start();
        assumeTrue(chown.waitFor() == 0, "only root gives files away");
        says(refused(Command.of("cat").stdin(Redirect.from(link.resolve("key").toFile()))), "user 12345");
        Sandbox sandbox = Sandbox.untrusted().bindReadOnly(link, "/x").build();
        says(assertThrows(SandboxException.class, () -> sandbox.run("true")), "user 12345", link.toString());
    }

    @Test
    void sourcesOfBinds() throws Exception {
        Path nested = Files.createDirectory(results.resolve("nested"));
        Files.setPosixFilePermissions(nested, PosixFilePermissions.fromString("rwxrwxrwx"));
        Sandbox.untrusted()
                .bind(results, "/results")
                .bind(nested, "/nested")
                .build()
                .run(
                        "sh",
                        "-ec",
                        "rmdir /results/nested 2>/dev/null || mv /results/nested /results/moved; ln -s " + own
                                + " /results/nested; ln -s " + key + " /results/key")
                .orThrow();
        assertTrue(Files.isSameFile(own, nested), "it leads there, if one follows it");
        for (Path source : new Path[] {nested, nested.resolve("key"), results.resolve("key")}) {
            Sandbox later = Sandbox.untrusted().bind(source, "/x").build();
            says(assertThrows(SandboxException.class, () -> later.run("true")), "a sandbox was allowed to write");
            String told = later.explain().toString();
            assertTrue(told.contains("impossible") && told.contains("is not followed"), told);
        }
    }

    private static Landlock rules(String writable) {
        return Landlock.builder()
                .execute("/usr", "/bin", "/lib", "/lib64")
                .readWrite(writable)
                .build();
    }

    private static void isConfined(Sandbox sandbox, String name) throws Exception {
        RunResult result = sandbox.run("sh", "-c", "cat /own/key; touch /results/out/" + name + " && echo written");
        assertFalse(result.stdout().contains("SECRET"), result.toString());
        assertTrue(result.stdout().contains("written"), result.toString());
    }

    @Test
    @NeedsHost(Feature.LANDLOCK)
    void pathsOfRules() throws Exception {
        HostProgram.sh("chmod 755 " + directory + " " + own + "; chmod 644 " + key);
        guest("mkdir out other");
        SandboxBuilder shows = Sandbox.untrusted().bind(results, "/results").bindReadOnly(own, "/own");
        assertTrue(shows.build().run("cat", "/own/key").stdout().contains("SECRET"), "what the rules are for");
        Sandbox confined = shows.landlock(rules("/results/out")).build();
        isConfined(confined, "first");
        guest("mv out moved; ln -s / out");
        says(assertThrows(SandboxException.class, () -> confined.run("true")), "ELOOP");
        Sandbox later = confined.toBuilder().build();
        says(
                assertThrows(SandboxException.class, () -> later.run("true")),
                "ELOOP",
                "a sandbox was allowed to write to a directory above it");
        guest("rm out; mv moved out");
        isConfined(confined, "second");
        isConfined(later, "third");
    }

    @Test
    @NeedsHost(Feature.LANDLOCK)
    void pathsOfRulesInSharedMemory() throws Exception {
        HostProgram.sh("chmod 755 " + directory + " " + own + "; chmod 644 " + key);
        guest("mkdir out");
        Sandbox confined = Sandbox.untrusted()
                .bind(results, "/dev/shm")
                .bindReadOnly(own, "/own")
                .landlock(rules("/dev/shm/out"))
                .build();
        assertFalse(confined.run("cat", "/own/key").stdout().contains("SECRET"));
        guest("rmdir out; ln -s / out");
        says(assertThrows(SandboxException.class, () -> confined.run("true")), "ELOOP");
        says(
                assertThrows(
                        SandboxException.class,
                        () -> confined.toBuilder().build().run("true")),
                "ELOOP",
                "a sandbox was allowed to write to a directory above it");
    }

    @Test
    @NeedsHost(Feature.LANDLOCK)
    void pathsOfRulesInALayerThatIsKept() throws Exception {
        Path lower = Files.createDirectory(directory.resolve("lower"));
        Path upper = Files.createDirectory(directory.resolve("upper"));
        Path work = Files.createDirectory(directory.resolve("work"));
        HostProgram.sh(
                "cd " + directory + "; mkdir -p lower/usr lower/place/out; ln -s usr/bin usr/lib usr/lib64 lower;"
                        + " chmod 755 . own; chmod 644 own/key; chmod 777 lower/place lower/place/out upper");
        SandboxBuilder shows = Sandbox.untrusted()
                .rootfs(RootFs.overlay(lower).upper(upper, work))
                .hostPrograms()
                .bindReadOnly(own, "/own");
        Sandbox open = shows.build();
        Sandbox confined = shows.landlock(rules("/place/out")).build();
        assertTrue(open.run("cat", "/own/key").stdout().contains("SECRET"), "what the rules are for");
        assertFalse(confined.run("cat", "/own/key").stdout().contains("SECRET"));
        open.run("sh", "-ec", "rm -r /place/out; ln -s / /place/out").orThrow();
        says(
                assertThrows(
                        SandboxException.class,
                        () -> confined.toBuilder().build().run("true")),
                "ELOOP",
                "a sandbox was allowed to write to a directory above it");
    }

    @Test
    @NeedsHost(Feature.LANDLOCK)
    void pathsOfRulesOfALaterProgram() throws Exception {
        HostProgram.sh("chmod 755 " + directory + " " + own + "; chmod 644 " + key);
        Landlock rules = Landlock.builder()
                .execute("/usr", "/bin", "/lib", "/lib64")
                .readWrite("/place")
                .allowIfPresent("/place/bin", LandlockAccess.EXECUTE, LandlockAccess.READ_FILE, LandlockAccess.READ_DIR)
                .build();
        Sandbox sandbox = Sandbox.untrusted()
                .tmpfs("/place", DataSize.mebibytes(1))
                .bindReadOnly(own, "/own")
                .landlock(rules)
                .build();
        try (SandboxProcess first = sandbox.start("sh", "-c", "ln -s /own /place/bin && echo planted; exec sleep 60")) {
            assertEquals("planted", first.inputReader().readLine());
            says(assertThrows(SandboxException.class, () -> first.exec(Command.of("cat", "/own/key"))), "ELOOP");
        }
    }

    @Test
    @NeedsHost(Feature.LANDLOCK)
    void pathsOfRulesOfALaterProgramInARootThatIsWritten() throws Exception {
        HostProgram.sh("chmod 755 " + directory + " " + own + "; chmod 644 " + key);
        Path low = Files.createDirectory(directory.resolve("low"));
        HostProgram.sh("chmod 755 " + low + "; mkdir -m 777 " + low + "/place; mkdir " + low
                + "/usr; ln -s usr/bin usr/lib usr/lib64 " + low);
        Landlock rules = Landlock.builder()
                .execute("/usr", "/bin", "/lib", "/lib64")
                .readWrite("/place")
                .allowIfPresent("/place/bin", LandlockAccess.EXECUTE, LandlockAccess.READ_FILE, LandlockAccess.READ_DIR)
                .build();
        for (RootFs root : List.of(RootFs.overlay(low), RootFs.tmpfs(DataSize.mebibytes(1)))) {
            Sandbox sandbox = Sandbox.untrusted()
                    .rootfs(root)
                    .hostPrograms()
                    .mounts(m -> root instanceof RootFs.Tmpfs ? m.directory("/place", 0777) : m)
                    .bindReadOnly(own, "/own")
                    .landlock(rules)
                    .build();
            String plant =
                    "mkdir /place/bin; echo planted; read x; rmdir /place/bin; ln -s /own /place/bin; echo again; exec sleep 60";
            try (SandboxProcess first = sandbox.start("sh", "-c", plant)) {
                assertEquals("planted", first.inputReader().readLine());
                assertEquals(0, first.exec(Command.of("true")).waitFor(), "the control: no link is there");
                first.outputWriter().append("\n").close();
                assertEquals("again", first.inputReader().readLine());
                says(assertThrows(SandboxException.class, () -> first.exec(Command.of("cat", "/own/key"))), "ELOOP");
            }
        }
    }

    @Test
    @NeedsHost(Feature.LANDLOCK)
    void pathsOfRulesOnTheHostsOwnRoot() throws Exception {
        HostProgram.sh("chmod 755 " + directory + " " + own + "; chmod 644 " + key);
        guest("mkdir out");
        Path trusted = Files.createSymbolicLink(directory.resolve("link"), results.resolve("out"));
        for (Path path : List.of(results.resolve("out"), trusted)) {
            Sandbox sandbox = Sandbox.builder().landlock(rules(path.toString())).build();
            assertEquals(
                    "written\n",
                    sandbox.run("sh", "-c", "cat " + key + "; touch " + path + "/x && echo written")
                            .stdout());
        }
        guest("mv out moved; ln -s / out");
        for (Path path : List.of(results.resolve("out"), trusted)) {
            says(
                    assertThrows(SandboxException.class, () -> Sandbox.builder()
                            .landlock(rules(path.toString()))
                            .build()
                            .run("true")),
                    "ELOOP",
                    "a sandbox was allowed to write to a directory above it");
        }
    }

    @Test
    void storesOfImages() throws Exception {
        guest("ln -s " + own + " way");
        Path archive = Files.createFile(directory.resolve("none.tar"));
        for (String name : List.of("way", "way/images", "way/new/images")) {
            ImageStore store = ImageStore.open(results.resolve(name));
            says(
                    assertThrows(SandboxException.class, () -> store.load(archive)),
                    "ELOOP",
                    "a sandbox was allowed to write to a directory above it");
        }
        try (Stream<Path> left = Files.list(own)) {
            assertEquals(List.of(key), left.toList());
        }
    }

    /** What a guest sends would be written there. */
    @Test
    void capturesOfPackets() throws Exception {
        guest("ln -s " + own + " way; ln -s " + own + "/linked.pcap linked.pcap; mkdir plain");
        try (SandboxNetwork lan = SandboxNetwork.builder().subnet("10.7.0.0/24").open()) {
            for (String name : List.of("way/lan.pcap", "way/../own/lan.pcap")) {
                says(
                        assertThrows(
                                SandboxException.class,
                                () -> lan.capture(results.resolve(name), DataSize.mebibytes(1))),
                        "ELOOP",
                        "a sandbox was allowed to write to a directory above it");
            }
            assertThrows(
                    FileAlreadyExistsException.class,
                    () -> lan.capture(results.resolve("linked.pcap"), DataSize.mebibytes(1)));
            lan.capture(results.resolve("plain/lan.pcap"), DataSize.mebibytes(1))
                    .close();
        }
        assertTrue(Files.size(results.resolve("plain/lan.pcap")) > 0, "the control");
        try (Stream<Path> left = Files.list(own)) {
            assertEquals(List.of(key), left.toList());
        }
    }

    @Test
    void namespacesToJoin() throws Exception {
        Path network = Path.of("/proc/self/ns/net");
        isOpened(network);
        isOpened(Files.createSymbolicLink(own.resolve("net"), network));
        guest("mkfifo fifo; ln -s /proc/self/ns/net net; mkdir dir");
        says(refusedJoin("fifo"), "EINVAL", "it is a FIFO, not the file of a namespace");
        says(refusedJoin("dir"), "EINVAL", "it is a directory, not the file of a namespace");
        says(refusedJoin("net"), "ELOOP", "a sandbox was allowed to write to a directory above it");
        PLAIN.run("true").orThrow();
    }

    private static Sandbox joins(Path network) {
        return Sandbox.builder()
                .namespaces(n -> n.join(NamespaceKind.NETWORK, network))
                .build();
    }

    /** Whether it may be entered is the kernel's to say. */
    private static void isOpened(Path network) throws Exception {
        try {
            joins(network).run("true").orThrow();
        } catch (SandboxException e) {
            says(e, "setns", "EPERM");
        }
    }

    private SandboxException refusedJoin(String name) {
        return assertTimeoutPreemptively(
                Duration.ofSeconds(20),
                () -> assertThrows(SandboxException.class, () -> joins(results.resolve(name))
                        .run("true")));
    }

    private void plantsAfter(UnaryOperator<SandboxBuilder> change, String first) throws Exception {
        change.apply(Sandbox.untrusted().bindReadOnly(results, "/results"))
                .build()
                .run("sh", "-ec", first + "cd /results; ln -s " + own + " way")
                .orThrow();
        SandboxException e =
                refused(echo(Redirect.to(results.resolve("way/victim").toFile())));
        says(e, "ELOOP", "a sandbox was allowed to write to a directory above it");
        assertFalse(Files.exists(own.resolve("victim")));
    }

    @Test
    void linksInAReadOnlyBindThatIsRemounted() throws Exception {
        plantsAfter(b -> b.mount(Mount.remount("/results").options("rw")), "");
    }

    /** A remount of a link's target is none of the bind's by its name. */
    @Test
    void linksInAReadOnlyBindThatIsRemountedByAnotherName() throws Exception {
        plantsAfter(
                b -> b.symlink("/other", "/results")
                        .mount(Mount.remount("/other").options("rw")),
                "");
    }

    @Test
    void linksInAReadOnlyBindThatTheProgramMayRemount() throws Exception {
        plantsAfter(
                b -> b.user(0, 0).seccomp(SeccompProfile.none()).keepCapabilities(Capability.SYS_ADMIN),
                "mount -o remount,rw,bind /results; ");
    }

    /** A root is one more mount that the program may remount. */
    @Test
    void linksInAReadOnlyRootThatTheProgramMayRemount() throws Exception {
        for (String name : List.of("usr", "proc", "dev", "tmp", "var")) {
            Files.createDirectory(results.resolve(name));
        }
        Files.createDirectory(results.resolve("var/tmp"));
        for (String name : List.of("bin", "lib", "lib64", "sbin")) {
            if (Files.exists(Path.of("/usr", name))) {
                Files.createSymbolicLink(results.resolve(name), Path.of("usr", name));
            }
        }
        Sandbox.untrusted()
                .rootfs(RootFs.directory(results))
                .bindReadOnly(Path.of("/usr"), "/usr")
                .user(0, 0)
                .seccomp(SeccompProfile.none())
                .keepCapabilities(Capability.SYS_ADMIN)
                .build()
                .run("sh", "-ec", "mount -o remount,rw,bind /; ln -s " + own + " /way")
                .orThrow();
        SandboxException e =
                refused(echo(Redirect.to(results.resolve("way/victim").toFile())));
        says(e, "ELOOP", "a sandbox was allowed to write to a directory above it");
        assertFalse(Files.exists(own.resolve("victim")));
    }

    /** Private directories are mapped for reading only, which a remount takes back. */
    @Test
    void privateFilesAreNotMappedWhereTheyCouldBeWritten() throws Exception {
        Files.setPosixFilePermissions(own, PosixFilePermissions.fromString("rwx------"));
        Files.setPosixFilePermissions(key, PosixFilePermissions.fromString("rw-------"));
        assumeTrue(
                Sandbox.untrusted()
                        .bindReadOnly(own, "/own")
                        .build()
                        .explain()
                        .toString()
                        .contains("shown as the program's own, read-only"),
                "only where ids are private is anything mapped");
        RunResult run = Sandbox.untrusted()
                .bindReadOnly(own, "/own")
                .mount(Mount.remount("/own").options("rw"))
                .build()
                .run("sh", "-c", "echo changed > /own/key");
        assertEquals(SECRET, Files.readString(key), run.stderr());
    }

    @Test
    void aRemountIsSaidOfTheBind() throws Exception {
        Explanation told = Sandbox.untrusted()
                .bindReadOnly(results, "/results")
                .mount(Mount.remount("/results").options("rw"))
                .build()
                .explain();
        String reason = told.entries().stream()
                .filter(entry -> entry.request().equals("bind " + results + " on /results"))
                .map(AppliedPolicy.Entry::reason)
                .findFirst()
                .orElseThrow();
        assertTrue(reason.startsWith("remounted with rw"), reason);
    }
}
