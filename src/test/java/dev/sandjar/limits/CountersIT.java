package dev.sandjar.limits;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.sandjar.Command;
import dev.sandjar.DataSize;
import dev.sandjar.IdMapping;
import dev.sandjar.Rlimit;
import dev.sandjar.Sandbox;
import dev.sandjar.SandboxBuilder;
import dev.sandjar.SandboxException;
import dev.sandjar.SandboxProcess;
import dev.sandjar.internal.host.HardLimits;
import dev.sandjar.seccomp.SeccompProfile;
import dev.sandjar.testing.Feature;
import dev.sandjar.testing.KernelTest;
import dev.sandjar.testing.NeedsHost;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalLong;
import java.util.function.LongPredicate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What the kernel counts by user or for the whole machine: nobody takes it from others. */
@KernelTest
@NeedsHost({Feature.BOMB, Feature.USERNS, Feature.PROC})
class CountersIT {
    private static final String PLENTY = "100000";
    private static final int ATTEMPTS = 5;
    private static final int MANY_ATTEMPTS = 50;

    /** Without a filter, which may refuse the calls. */
    private static SandboxBuilder bounded() {
        return Box.UNTRUSTED.builder().seccomp(SeccompProfile.none());
    }

    private static SandboxBuilder opened() {
        return bounded()
                .namespaces(n -> n.sysctl("user.max_inotify_instances", "1000000"))
                .process(p -> p.rlimit(Rlimit.SIGPENDING, atMost(Rlimit.SIGPENDING, 40_000))
                        .rlimit(Rlimit.MSGQUEUE, atMost(Rlimit.MSGQUEUE, 800_000)))
                .mounts(m -> m.ptyLimit(200));
    }

    /** No more than this process may have. */
    private static long atMost(Rlimit limit, long wanted) {
        long hard = HardLimits.ofThisProcess().of(limit.number());
        return hard > 0 ? Math.min(wanted, hard) : wanted;
    }

    private static String line(SandboxProcess process) throws IOException {
        BufferedReader output = process.inputReader();
        return String.valueOf(output.readLine());
    }

    /** How much a program has got of it, which it gives back at once. */
    private static long taken(SandboxBuilder builder, String what, String most) throws Exception {
        try (SandboxProcess process = builder.build().start(Box.UNTRUSTED.bomb("take", what, most))) {
            return count(line(process));
        }
    }

    private static long count(String said) {
        return Long.parseLong(said.split(" ")[0]);
    }

    @ParameterizedTest
    @CsvSource({"inotify, 16", "signals, 1024", "timers, 1024", "queues, 3", "terminals, 64"})
    void thePresetsBoundThem(String what, int bound) throws Exception {
        long n = taken(bounded(), what, PLENTY);
        // A signal of somebody else may be on its way to a process of the same user.
        assertTrue(n <= bound && n >= bound - bound / 100, () -> "of " + bound + " it got " + n);
        long more = taken(opened(), what, Integer.toString(bound + 10));
        assertTrue(more > bound, () -> "opened by name: " + more);
    }

    @ParameterizedTest
    @ValueSource(strings = {"signals", "timers"})
    @NeedsHost({Feature.BOMB, Feature.USERNS, Feature.PROC, Feature.ROOT})
    void whoTakesAllTakesNothingFromRoot(String what) throws Exception {
        holds(opened(), what, 1000);
    }

    /** The control: a user namespace that root has made itself, with ids that are nobody's in particular. */
    @Test
    @NeedsHost({Feature.BOMB, Feature.USERNS, Feature.PROC, Feature.ROOT})
    void inotifyInstancesOfRootAreOutOfReach() throws Exception {
        holds(opened(), "inotify", 20);
        List<IdMapping.Range> ids = List.of(new IdMapping.Range(0, 1_900_000_000, 65_536));
        try (SandboxProcess process = opened().userNamespace(IdMapping.of(ids, ids))
                .build()
                .start(Box.UNTRUSTED.bomb("take", "inotify", PLENTY))) {
            assertTrue(line(process).endsWith("EMFILE"));
            assertTrue(outside("inotify", 20) < 20, "not charged to root: this proves nothing");
        }
    }

    /** Those of a user without rights count as that user's: with enough of them under way nothing could be sent to the launcher. */
    @Test
    @NeedsHost({Feature.BOMB, Feature.USERNS, Feature.PROC, Feature.UNPRIVILEGED})
    void descriptorsInFlightStopNobody() throws Exception {
        Sandbox other = Sandbox.builder().build();
        assertEquals("on", other.run("echo", "on").stdout().strip());
        try (SandboxProcess process = bounded().build().start(Box.UNTRUSTED.bomb("take", "flights", PLENTY))) {
            assertTrue(count(line(process)) > 500);
            assertEquals("on", other.run("echo", "on").stdout().strip());
        }
        // The control: as many as this process may have open.
        long all = HardLimits.ofThisProcess().of(Rlimit.NOFILE.number());
        assumeTrue(
                all > 0 && all < 100_000, () -> "the hard limit on descriptors is " + all + ": too many for a control");
        SandboxBuilder much = bounded().process(p -> p.rlimit(Rlimit.NOFILE, all));
        boolean refused = false;
        for (int attempt = 0; attempt < MANY_ATTEMPTS && !refused; attempt++) {
            try (SandboxProcess process = much.build().start(Box.UNTRUSTED.bomb("take", "flights", PLENTY))) {
                // Of a program that has ended the kernel collects them a moment later: until then there is less to be
                // had.
                if (count(line(process)) >= all) {
                    SandboxException e = assertThrows(SandboxException.class, () -> other.run("echo", "on"));
                    assertTrue(e.getMessage().contains("ETOOMANYREFS"), e.getMessage());
                    refused = true;
                }
            }
        }
        assertTrue(refused, "it never had as many as there may be");
    }

    /** While one sandbox has all that it can get, the host and another one go on. */
    private static void holds(SandboxBuilder builder, String what, int least) throws Exception {
        Sandbox sandbox = builder.build();
        try (SandboxProcess process = sandbox.start(Box.UNTRUSTED.bomb("take", what, PLENTY))) {
            String said = line(process);
            assertTrue(!said.endsWith("enough"), said);
            assertEquals(least, outside(what, least));
            assertEquals(least, taken(builder, what, Integer.toString(least)));
        }
    }

    private static long outside(String what, int most) throws Exception {
        Process process = new ProcessBuilder(Bomb.PROGRAM.toString(), "take", what, Integer.toString(most))
                .redirectInput(Path.of("/dev/null").toFile())
                .start();
        String said = new String(process.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
        assertEquals(0, process.waitFor());
        return count(said);
    }

    @ParameterizedTest
    @ValueSource(strings = {"TCP", "UDP"})
    @NeedsHost({Feature.BOMB, Feature.USERNS, Feature.PROC, Feature.CGROUP_MEMORY})
    void buffersOfSocketsAreMemory(String protocol) throws Exception {
        long megabytes = 64;
        SandboxBuilder builder = Box.UNTRUSTED
                .builder()
                .process(p -> p.rlimit(Rlimit.NOFILE, 4000))
                .memoryLimit(DataSize.mebibytes(megabytes));
        // The control first: nothing but a limit of memory is in the way.
        SandboxBuilder unlimited = builder.build().toBuilder().memoryLimit(DataSize.gibibytes(2));
        assertTrue(held(unlimited, protocol, held -> held > 100), protocol);
        assertTrue(held(builder, protocol, held -> held <= megabytes * 1.1), protocol);
    }

    /**
     * The kernel counts for the whole machine, so that what others send meanwhile is counted too: it is so if it is so once. Short of
     * memory for sockets, it also gives none at all to who asks for some.
     */
    private static boolean held(SandboxBuilder builder, String protocol, LongPredicate wanted) throws Exception {
        for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
            OptionalLong held = held(builder, protocol);
            if (held.isPresent() && wanted.test(held.getAsLong())) {
                return true;
            }
        }
        return false;
    }

    /** MiB that the host's memory for this protocol grows by; empty if the program got none to speak of. */
    private static OptionalLong held(SandboxBuilder builder, String protocol) throws Exception {
        Command command =
                protocol.equals("TCP") ? Box.UNTRUSTED.bomb("take-tcp", "40") : Box.UNTRUSTED.bomb("take-udp", "1000");
        long before = pages(protocol);
        try (SandboxProcess process = builder.build().start(command)) {
            String said = line(process); // "null" of one that was ended for it
            return said.equals("null") || count(said) > 1024
                    ? OptionalLong.of((pages(protocol) - before) * 4096 >> 20)
                    : OptionalLong.empty();
        }
    }

    private static long pages(String protocol) throws IOException {
        for (String line : Files.readAllLines(Path.of("/proc/net/sockstat"))) {
            if (line.startsWith(protocol + ":")) {
                return Long.parseLong(
                        line.substring(line.lastIndexOf(" mem ") + 5).strip());
            }
        }
        throw new AssertionError("no " + protocol + " in /proc/net/sockstat");
    }
}
