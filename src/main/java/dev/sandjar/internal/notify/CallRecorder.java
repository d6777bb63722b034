package dev.sandjar.internal.notify;

import dev.sandjar.SandboxException;
import dev.sandjar.internal.bpf.Machine;
import dev.sandjar.internal.bpf.SyscallTable;
import dev.sandjar.seccomp.SeccompAction;
import dev.sandjar.seccomp.SeccompProfile;
import dev.sandjar.seccomp.SyscallArgument;
import dev.sandjar.seccomp.SyscallResponse;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;

/** Lets every call pass and remembers which there were, and of some with what. Read after the last of them. */
public final class CallRecorder implements CallObserver {
    /** The argument by which a call is really many. */
    private static final Map<String, Integer> TELLING = Map.of("socket", 0, "ioctl", 1, "prctl", 0, "personality", 0);

    private static final long INT = 0xffffffffL;
    /** Of one argument: no ordinary program comes near, and a filter has room for no more. */
    private static final int VALUES_MAX = 256;

    private final SyscallTable table = SyscallTable.of(Machine.host());
    private final SortedMap<String, SortedSet<Long>> seen = new TreeMap<>();
    /** Calls of whose values some could not be remembered. */
    private final SortedSet<String> tooMany = new TreeSet<>();

    private final CountDownLatch ended = new CountDownLatch(1);
    private volatile @Nullable Throwable failure;

    @Override
    public synchronized SyscallResponse handle(InterceptedCall call) {
        String name = table.name(call.number());
        // A number that no call has would be remembered for nothing: the program has as many of them as it likes.
        if (call.architecture() == Machine.host().audit() && SyscallTable.isKnown(name)) {
            SortedSet<Long> values = seen.computeIfAbsent(name, n -> new TreeSet<>());
            Integer telling = TELLING.get(name);
            if (telling != null) {
                long value = call.arguments().get(telling) & INT;
                if (values.size() < VALUES_MAX) {
                    values.add(value);
                } else if (!values.contains(value)) {
                    tooMany.add(name);
                }
            }
        }
        return new SyscallResponse.Proceed();
    }

    @Override
    public void end(@Nullable Throwable cause) {
        failure = cause;
        ended.countDown();
    }

    /** Until all that was seen is here. */
    public void await() throws IOException, InterruptedException {
        ended.await();
        Throwable cause = failure;
        if (cause != null) {
            throw new IOException("the calls of the program could not all be read", cause);
        }
        checkValues();
    }

    private synchronized void checkValues() throws SandboxException {
        if (!tooMany.isEmpty()) {
            throw new SandboxException(
                    "learn a profile",
                    tooMany.first(),
                    null,
                    0,
                    "the program has called " + String.join(", ", tooMany) + " with more than " + VALUES_MAX
                            + " different values of the argument that tells what the call does",
                    "let it do less while it is watched, or write the profile by hand and allow the whole call");
        }
    }

    /** How many calls and values. */
    synchronized int remembered() {
        return seen.values().stream().mapToInt(values -> 1 + values.size()).sum();
    }

    public synchronized List<String> names() {
        return List.copyOf(seen.keySet());
    }

    public synchronized SeccompProfile profile() {
        SeccompProfile.Builder profile = SeccompProfile.builder();
        List<String> plain =
                names().stream().filter(name -> !TELLING.containsKey(name)).toList();
        profile.allow(plain.toArray(new String[0]));
        seen.forEach((name, values) -> {
            Integer telling = TELLING.get(name);
            if (telling != null) {
                values.forEach(value -> profile.rule(
                        SeccompAction.allow(), name, SyscallArgument.at(telling).masked(INT, value)));
            }
        });
        return profile.build();
    }
}
