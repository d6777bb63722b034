package dev.sandjar.internal.bpf;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sandjar.Capability;
import dev.sandjar.seccomp.SeccompAction;
import dev.sandjar.seccomp.SeccompProfile;
import dev.sandjar.seccomp.SyscallArgument;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.function.Consumer;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.ShrinkingMode;

/**
 * Whatever intents are added to a built-in profile, in whatever order, whatever capabilities a program keeps and whatever stands in the
 * bits that the kernel ignores: arguments that are refused stay so, and their neighbours pass.
 */
class RefusedArgumentsProps {
    private static final KernelVersion KERNEL = new KernelVersion(6, 1);
    private static final int ANY = -1;

    /** @param arguments ANY for those that don't count; the kernel reads the low 32 bits of them */
    private record Case(String call, int... arguments) {
        @Override
        public String toString() {
            return call + Arrays.toString(arguments);
        }
    }

    private static final List<Case> REFUSED = List.of(
            new Case("ioctl", ANY, 0x5412),
            new Case("ioctl", ANY, 0x541c),
            new Case("ioctl", ANY, 0x5423),
            new Case("setsockopt", ANY, 1, 26),
            new Case("setsockopt", ANY, 1, 50),
            new Case("setsockopt", ANY, 1, 51),
            new Case("setsockopt", ANY, 1, 52),
            new Case("setsockopt", ANY, 17, 100),
            new Case("setsockopt", ANY, 136, 100),
            new Case("setsockopt", ANY, 6, 31),
            new Case("prctl", 35),
            new Case("prctl", 67),
            new Case("madvise", ANY, ANY, 12),
            new Case("fcntl", ANY, 1024),
            new Case("fcntl", ANY, 1026),
            new Case("fcntl", ANY, 1031),
            new Case("setsockopt", ANY, 41, 32),
            new Case("socket", 2, 1, 132),
            new Case("socket", 2, 1, 262),
            new Case("socket", 2, 5, 0),
            new Case("socket", 2, 2, 136),
            new Case("socket", 10, 2, 136),
            new Case("socket", 10, 1, 262),
            new Case("socket", 10, 6, 33),
            new Case("socket", 2, 3, 17),
            new Case("clone", 0x10000000 | 17),
            new Case("clone", 0x00020000 | 17),
            new Case("clone3"),
            new Case("io_setup", ANY),
            new Case("memfd_secret", ANY),
            new Case("vmsplice", ANY),
            new Case("remap_file_pages", ANY),
            new Case("pkey_alloc", ANY),
            new Case("futex_wait", ANY),
            new Case("io_uring_setup", ANY));

    private static final List<Case> HUGE = List.of(
            new Case("memfd_create", ANY, 4),
            new Case("memfd_create", ANY, 7),
            new Case("mmap", ANY, ANY, 3, 0x40022),
            new Case("mmap", ANY, ANY, 3, 0x40022 | 21 << 26),
            new Case("shmget", ANY, ANY, 0x800 | 0600));

    private static final List<Case> PING = List.of(new Case("socket", 2, 2, 1), new Case("socket", 10, 2, 58));

    private static final List<Case> TRACING =
            List.of(new Case("ptrace", ANY), new Case("process_vm_readv", ANY), new Case("process_vm_writev", ANY));
    private static final List<Case> QUEUES = List.of(new Case("mq_open", ANY), new Case("mq_notify", ANY));

    /** What programs do with the same calls. */
    private static final List<Case> OPEN = List.of(
            new Case("ioctl", ANY, 0x5413),
            new Case("setsockopt", ANY, 1, 2),
            new Case("setsockopt", ANY, 6, 1),
            new Case("setsockopt", ANY, 17, 103),
            new Case("setsockopt", ANY, 0, 26),
            new Case("setsockopt", ANY, 41, 26),
            new Case("setsockopt", ANY, 41, 33),
            new Case("prctl", 15),
            new Case("prctl", 36),
            new Case("madvise", ANY, ANY, 4),
            new Case("madvise", ANY, ANY, 14),
            new Case("fcntl", ANY, 0),
            new Case("fcntl", ANY, 4),
            new Case("fcntl", ANY, 1025),
            new Case("fcntl", ANY, 1030),
            new Case("fcntl", ANY, 1032),
            new Case("fcntl", ANY, 1033),
            new Case("memfd_create", ANY, 3),
            new Case("mmap", ANY, ANY, 3, 0x22),
            new Case("shmget", ANY, ANY, 0600),
            new Case("socket", 1, 1, 0),
            new Case("socket", 2, 1 | 02000000, 0),
            new Case("socket", 2, 1, 6),
            new Case("socket", 10, 2, 17),
            new Case("socket", 10, 2 | 04000, 0),
            new Case("socket", 16, 3, 0));

    private static final List<Consumer<SeccompProfile.Builder>> INTENTS = List.of(
            b -> b.allowSockets(1),
            b -> b.allowSockets(2),
            b -> b.allowSockets(2, 10),
            b -> b.allowSockets(16, 17, 1),
            SeccompProfile.Builder::allowIcmp,
            SeccompProfile.Builder::allowThreads,
            SeccompProfile.Builder::allowProcesses,
            SeccompProfile.Builder::denyProcesses,
            SeccompProfile.Builder::denySockets,
            b -> b.allow("getpid", "kcmp"));

    private static int run(SeccompProfile policy, Set<Integer> capabilities, Case tried, Random random) {
        Machine machine = Machine.X86_64;
        byte[] program = FilterCompiler.compile(policy, machine, capabilities, KERNEL, InterceptedCalls.NOTHING)
                .main();
        List<Long> arguments = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            int argument = i < tried.arguments().length ? tried.arguments()[i] : ANY;
            long low = argument == ANY ? random.nextInt() & 0xffffffffL : argument & 0xffffffffL;
            arguments.add(low | (random.nextBoolean() ? 0 : (long) random.nextInt() << 32));
        }
        int number = SyscallTable.of(machine).number(tried.call()).orElseThrow();
        return BpfInterpreter.run(program, number, machine.audit(), arguments);
    }

    private static void refuses(SeccompProfile policy, Set<Integer> capabilities, Case tried, Random random) {
        int said = run(policy, capabilities, tried, random);
        assertTrue(Returns.isErrno(said), () -> tried + " gives " + Integer.toHexString(said));
    }

    @Property(tries = 600, shrinking = ShrinkingMode.OFF)
    void noIntentBringsThemBack(@ForAll long seed) {
        Random random = new Random(seed);
        SeccompProfile.Builder builder =
                switch (random.nextInt(3)) {
                    case 0 -> SeccompProfile.standard().toBuilder();
                    case 1 -> SeccompProfile.strict().toBuilder();
                    default -> SeccompProfile.builder();
                };
        for (int i = random.nextInt(6); i > 0; i--) {
            INTENTS.get(random.nextInt(INTENTS.size())).accept(builder);
        }
        Set<Integer> capabilities = new HashSet<>();
        for (Capability capability : Capability.values()) {
            // With it, raw sockets and what else it is for are back.
            if (random.nextInt(4) == 0 && capability != Capability.NET_RAW) {
                capabilities.add(capability.number());
            }
        }
        SeccompProfile policy = builder.build();
        boolean queues = random.nextBoolean();
        boolean hugePages = random.nextBoolean();
        boolean alone = random.nextBoolean();
        SeccompProfile reopened = Reopened.in(policy, queues, hugePages, alone);
        for (Case tried : REFUSED) {
            refuses(reopened, capabilities, tried, random);
        }
        if (!hugePages) {
            HUGE.forEach(tried -> refuses(reopened, capabilities, tried, random));
        }
        if (!queues) {
            QUEUES.forEach(tried -> refuses(reopened, capabilities, tried, random));
        }
        if (!alone) {
            TRACING.forEach(tried -> refuses(reopened, capabilities, tried, random));
        }
    }

    @Property(tries = 200, shrinking = ShrinkingMode.OFF)
    void whatProgramsDoPasses(@ForAll long seed) {
        Random random = new Random(seed);
        SeccompProfile standard = SeccompProfile.standard();
        for (Case tried : OPEN) {
            assertEquals(Returns.ALLOW, run(standard, Set.of(), tried, random), tried::toString);
        }
        SeccompProfile sockets =
                SeccompProfile.strict().toBuilder().allowSockets(2, 10).build();
        for (Case tried : List.of(OPEN.get(1), OPEN.get(2), OPEN.get(3), new Case("socket", 2, 1, 6))) {
            assertEquals(Returns.ALLOW, run(sockets, Set.of(), tried, random), tried::toString);
        }
    }

    @Property(tries = 50, shrinking = ShrinkingMode.OFF)
    void whatOthersBringBackIsBack(@ForAll long seed) {
        Random random = new Random(seed);
        for (SeccompProfile profile : List.of(
                SeccompProfile.standard(),
                SeccompProfile.standard().toBuilder().allowSockets(2).build())) {
            SeccompProfile policy = profile;
            SeccompProfile back = Reopened.in(policy, true, true, true);
            for (Case tried : QUEUES) {
                assertEquals(Returns.errno(38), run(policy, Set.of(), tried, random), tried::toString);
                assertEquals(Returns.ALLOW, run(back, Set.of(), tried, random), tried::toString);
            }
            for (Case tried : TRACING) {
                assertEquals(Returns.errno(38), run(policy, Set.of(), tried, random), tried::toString);
                assertEquals(Returns.ALLOW, run(back, Set.of(), tried, random), tried::toString);
            }
            for (Case tried : HUGE) {
                refuses(policy, Set.of(), tried, random);
                assertEquals(Returns.ALLOW, run(back, Set.of(), tried, random), tried::toString);
            }
            SeccompProfile ping = profile.toBuilder().allowIcmp().build();
            for (Case tried : PING) {
                refuses(policy, Set.of(), tried, random);
                assertEquals(Returns.ALLOW, run(ping, Set.of(), tried, random), tried::toString);
            }
        }
        // What the caller says by name counts, with every argument.
        SeccompProfile named = SeccompProfile.standard().toBuilder()
                .allow("setsockopt", "io_setup")
                .build();
        assertEquals(Returns.ALLOW, run(named, Set.of(), new Case("setsockopt", ANY, 1, 26), random));
        assertEquals(Returns.ALLOW, run(named, Set.of(), new Case("io_setup", ANY), random));
        // A rule of the caller's own with another error is his.
        SeccompProfile own = SeccompProfile.standard().toBuilder()
                .rule(
                        SeccompAction.errno("EPERM"),
                        "memfd_create",
                        SyscallArgument.at(1).masked(4, 4))
                .deny("mq_open")
                .deny("ptrace", "process_vm_readv", "process_vm_writev")
                .build();
        refuses(Reopened.in(own, true, true, true), Set.of(), HUGE.get(0), random);
        refuses(Reopened.in(own, true, true, true), Set.of(), QUEUES.get(0), random);
        refuses(Reopened.in(own, true, true, true), Set.of(), TRACING.get(0), random);
    }
}
