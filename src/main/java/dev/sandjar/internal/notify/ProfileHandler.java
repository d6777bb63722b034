package dev.sandjar.internal.notify;

import dev.sandjar.internal.bpf.BpfInterpreter;
import dev.sandjar.internal.bpf.Machine;
import dev.sandjar.internal.bpf.Returns;
import dev.sandjar.internal.bpf.SyscallTable;
import dev.sandjar.internal.util.Errno;
import dev.sandjar.seccomp.Denial;
import dev.sandjar.seccomp.SyscallCall;
import dev.sandjar.seccomp.SyscallHandler;
import dev.sandjar.seccomp.SyscallResponse;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicLong;

/** Asks the handlers of one sandbox, and counts what its profile refuses. */
public final class ProfileHandler implements CallHandler {
    /** Beyond so many kinds of refusals a hostile program only wants to fill memory. */
    private static final int KINDS_MAX = 1_024;

    private final SyscallTable table = SyscallTable.of(Machine.host());
    private final Map<String, SyscallHandler> handlers;
    private final byte[] profile;
    private final Map<Kind, AtomicLong> refused = new HashMap<>();

    private record Kind(String syscall, String error) {}

    /** @param profile the filter that says what happens to calls without a handler */
    public ProfileHandler(Map<String, SyscallHandler> handlers, byte[] profile) {
        this.handlers = Map.copyOf(handlers);
        this.profile = profile;
    }

    @Override
    public SyscallResponse handle(InterceptedCall call) throws Exception {
        String name = table.name(call.number());
        SyscallHandler handler = handlers.get(name);
        SyscallResponse answer = handler == null ? byProfile(call) : ask(handler, name, call);
        if (answer instanceof SyscallResponse.Failure failure) {
            count(name, Errno.name(failure.errno()));
        }
        return answer;
    }

    private SyscallResponse ask(SyscallHandler handler, String name, InterceptedCall call) throws Exception {
        SyscallResponse answer;
        try {
            answer = handler.handle(SyscallCall.of(
                    name,
                    call.pid() > 0 ? OptionalLong.of(call.pid()) : OptionalLong.empty(),
                    call.arguments(),
                    call.memory()));
        } catch (Exception | Error e) {
            count(name, Errno.EPERM.name());
            throw e;
        }
        // A user's code may answer with nothing, whatever its signature says, and that decides on nothing.
        return Objects.requireNonNullElse(answer, new SyscallResponse.Failure(Errno.EPERM.number()));
    }

    private SyscallResponse byProfile(InterceptedCall call) {
        int action = BpfInterpreter.run(profile, call.number(), call.architecture(), call.arguments());
        // Notification without a handler (SCMP_ACT_NOTIFY of a profile): nobody there means no such call, as in the
        // kernel.
        int errno = Returns.isErrno(action) ? Returns.data(action) : Errno.ENOSYS.number();
        return errno == 0 ? new SyscallResponse.Value(0) : new SyscallResponse.Failure(errno);
    }

    private void count(String syscall, String error) {
        synchronized (refused) {
            Kind kind = new Kind(syscall, error);
            if (refused.size() < KINDS_MAX || refused.containsKey(kind)) {
                refused.computeIfAbsent(kind, k -> new AtomicLong()).incrementAndGet();
            }
        }
    }

    @Override
    public List<Denial> denials() {
        synchronized (refused) {
            return refused.entrySet().stream()
                    .map(e -> new Denial(
                            e.getKey().syscall(),
                            e.getKey().error(),
                            e.getValue().get()))
                    .sorted(Comparator.comparingLong(Denial::count).reversed().thenComparing(Denial::syscall))
                    .toList();
        }
    }
}
