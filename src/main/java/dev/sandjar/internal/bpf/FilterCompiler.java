package dev.sandjar.internal.bpf;

import dev.sandjar.Capability;
import dev.sandjar.seccomp.SeccompProfile;
import dev.sandjar.seccomp.SyscallArgument;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.IntUnaryOperator;
import java.util.stream.Collectors;

/** Turns profiles into programs for the kernel, each once. Thread-safe. */
public final class FilterCompiler {
    /** MSG_NOSIGNAL and two bits that mean nothing to the kernel: SJ_LISTENER_TRANSFER_FLAGS of protocol.h. */
    static final int LISTENER_TRANSFER_FLAGS = 0x4000 | 0x00200000 | 0x01000000;

    /** SJ_INSTALLER of protocol.h. */
    static final long INSTALLER = 0x53616e646a6172L;

    private static final int INSTALLER_ARGUMENT = 5;
    private static final int CACHE_MAX = 256;
    private static final int EPERM = 1;
    private static final int ENOSYS = 38;
    private static final long LOW_HALF = 0xffffffffL;

    private static final AtomicLong COMPILATIONS = new AtomicLong();
    private static final Map<Key, Compiled> CACHE = new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Key, Compiled> eldest) {
            return size() > CACHE_MAX;
        }
    };

    private FilterCompiler() {}

    private record Key(
            SeccompProfile policy,
            Machine machine,
            Set<Integer> capabilities,
            KernelVersion kernel,
            InterceptedCalls asked) {}

    /**
     * The programs for a profile on one kind of host.
     *
     * @param policy that of {@link SeccompProfile#none()} lets everything pass that the host doesn't decide
     * @param capabilities numbers of those that the program keeps
     * @throws FilterTooLargeException if it can't be one filter
     */
    public static Compiled compile(
            SeccompProfile policy,
            Machine machine,
            Set<Integer> capabilities,
            KernelVersion kernel,
            InterceptedCalls asked) {
        Key key = new Key(policy, machine, Set.copyOf(capabilities), kernel, asked);
        synchronized (CACHE) {
            Compiled compiled = CACHE.get(key);
            if (compiled == null) {
                compiled = compile(key);
                CACHE.put(key, compiled);
            }
            return compiled;
        }
    }

    /** As filters know capabilities. */
    public static Set<Integer> numbers(Set<Capability> capabilities) {
        return capabilities.stream().map(Capability::number).collect(Collectors.toUnmodifiableSet());
    }

    /** Names of the calls that {@code policy} lets pass with some arguments at least. */
    public static List<String> passing(
            SeccompProfile policy, Machine machine, Set<Integer> capabilities, KernelVersion kernel) {
        SyscallTable table = SyscallTable.of(machine);
        return Decisions.of(policy, machine, capabilities, kernel).calls().entrySet().stream()
                .filter(call -> call.getValue().mayPass())
                .map(call -> table.name(call.getKey()))
                .toList();
    }

    /** How many programs were made so far, rather than found. */
    static long compilations() {
        return COMPILATIONS.get();
    }

    private static Compiled compile(Key key) {
        COMPILATIONS.incrementAndGet();
        Decisions plain = Decisions.of(key.policy, key.machine, key.capabilities, key.kernel);
        InterceptedCalls asked = key.asked;
        if (asked.isNothing()) {
            return new Compiled(null, FilterProgram.of(plain, key.machine, Returns.KILL_PROCESS, enosys()));
        }
        if (asked.all()) {
            Decisions traced = plain.map(action -> Returns.action(action) == Returns.ALLOW ? Returns.TRACE : action);
            return new Compiled(null, FilterProgram.of(traced, key.machine, Returns.KILL_PROCESS, enosys()));
        }
        boolean refused = asked.refused();
        Decisions asking = plain.map(ifAsked(refused, Returns.USER_NOTIF, action -> Returns.ALLOW));
        Decisions main = plain.map(ifAsked(refused, Returns.ALLOW, action -> action));
        SyscallTable table = SyscallTable.of(key.machine);
        for (String name : asked.names()) {
            OptionalInt number = table.number(name);
            if (number.isPresent()) {
                asking = asking.with(number.getAsInt(), Decision.always(Returns.USER_NOTIF));
                main = main.with(number.getAsInt(), Decision.always(Returns.ALLOW));
            }
        }
        int seccomp = table.number("seccomp").orElseThrow();
        asking = asking.with(seccomp, asking.of(seccomp).first(installer(Returns.ALLOW)));
        main = main.with(seccomp, main.of(seccomp).first(installer(Returns.errno(EPERM))));
        int sendmsg = table.number("sendmsg").orElseThrow();
        asking = asking.with(sendmsg, asking.of(sendmsg).first(listenerTransfer(Returns.ALLOW)));
        main = main.with(sendmsg, main.of(sendmsg).first(listenerTransfer(Returns.errno(EPERM))));
        return new Compiled(
                FilterProgram.of(asking, key.machine, Returns.ALLOW, Returns.ALLOW),
                FilterProgram.of(main, key.machine, Returns.KILL_PROCESS, enosys()));
    }

    private static int enosys() {
        return Returns.errno(ENOSYS);
    }

    private static IntUnaryOperator ifAsked(boolean refused, int then, IntUnaryOperator otherwise) {
        return action -> (refused && Returns.isErrno(action)) || Returns.action(action) == Returns.USER_NOTIF
                ? then
                : otherwise.applyAsInt(action);
    }

    private static Decision.Branch installer(int action) {
        return new Decision.Branch(
                List.of(new SyscallArgument(INSTALLER_ARGUMENT, SyscallArgument.Comparison.EQUAL, INSTALLER, -1L)),
                action);
    }

    private static Decision.Branch listenerTransfer(int action) {
        return new Decision.Branch(
                List.of(new SyscallArgument(
                        2, SyscallArgument.Comparison.MASKED_EQUAL, LISTENER_TRANSFER_FLAGS, LOW_HALF)),
                action);
    }
}
