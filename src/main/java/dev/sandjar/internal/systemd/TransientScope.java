package dev.sandjar.internal.systemd;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A scope of systemd's, made around a process, whose cgroup is the process's own ({@code org.freedesktop.systemd1(5)}). */
public final class TransientScope {
    private static final Duration PATIENCE = Duration.ofSeconds(10);
    private static final String SYSTEMD = "org.freedesktop.systemd1";
    private static final String PATH = "/org/freedesktop/systemd1";
    private static final String MANAGER = "org.freedesktop.systemd1.Manager";
    private static final String MATCH =
            "type='signal',sender='org.freedesktop.systemd1',interface='" + MANAGER + "',member='JobRemoved'";

    private TransientScope() {}

    /**
     * Starts a delegated scope; returns when the process is in it. systemd removes it, with all that is below, when it is empty.
     *
     * @param user whether to ask the user's manager rather than the system's
     * @param slice to put it into; null leaves that to systemd
     */
    public static void start(boolean user, String name, int pid, @Nullable String slice) throws IOException {
        long uid = number(Files.getAttribute(Path.of("/proc/self"), "unix:uid"));
        Path socket = user ? userBus(System.getenv(), uid) : Path.of("/run/dbus/system_bus_socket");
        try (Bus bus = Bus.connect(socket, uid, PATIENCE)) {
            start(bus, name, pid, slice);
        }
    }

    static void start(Bus bus, String name, int pid, @Nullable String slice) throws IOException {
        bus.call(
                "org.freedesktop.DBus",
                "/org/freedesktop/DBus",
                "org.freedesktop.DBus",
                "AddMatch",
                "s",
                new Marshal().string(MATCH).bytes());
        bus.call(SYSTEMD, PATH, MANAGER, "Subscribe", "", new byte[0]);
        BusMessage answer =
                bus.call(SYSTEMD, PATH, MANAGER, "StartTransientUnit", "ssa(sv)a(sa(sv))", request(name, pid, slice));
        String job = answer.text();
        BusMessage done =
                bus.await(m -> m.type() == BusMessage.SIGNAL && m.member().equals("JobRemoved") && isOf(m, job));
        Unmarshal result = done.content();
        result.u32();
        result.string();
        result.string();
        String outcome = result.string();
        if (!outcome.equals("done")) {
            throw new IOException("systemd has not started " + name + ": " + outcome);
        }
    }

    private static boolean isOf(BusMessage message, String job) {
        try {
            Unmarshal in = message.content();
            in.u32();
            return in.string().equals(job);
        } catch (IOException e) {
            return false; // of another kind
        }
    }

    private static byte[] request(String name, int pid, @Nullable String slice) {
        Marshal out = new Marshal().string(name).string("fail");
        out.array(8, () -> {
            property(out, "Description", "s")
                    .string("Sandboxes of process " + ProcessHandle.current().pid());
            property(out, "Delegate", "b").bool(true);
            property(out, "CollectMode", "s").string("inactive-or-failed");
            if (slice != null) {
                property(out, "Slice", "s").string(slice);
            }
            Marshal pids = property(out, "PIDs", "au");
            pids.array(4, () -> pids.u32(pid));
        });
        return out.array(8, () -> {}).bytes();
    }

    private static Marshal property(Marshal out, String name, String type) {
        return out.align(8).string(name).signature(type);
    }

    /** Where the bus of a user's session is; the JDK can't connect to abstract sockets. */
    static Path userBus(Map<String, String> environment, long uid) throws IOException {
        List<Path> candidates = new ArrayList<>();
        for (String address :
                environment.getOrDefault("DBUS_SESSION_BUS_ADDRESS", "").split(";")) {
            for (String part :
                    address.startsWith("unix:") ? address.substring(5).split(",") : new String[0]) {
                if (part.startsWith("path=")) {
                    candidates.add(Path.of(part.substring(5)));
                }
            }
        }
        String runtime = environment.getOrDefault("XDG_RUNTIME_DIR", "");
        if (!runtime.isEmpty()) {
            candidates.add(Path.of(runtime, "bus"));
        }
        candidates.add(Path.of("/run/user", Long.toString(uid), "bus"));
        for (Path candidate : candidates) {
            if (Files.exists(candidate)) {
                return candidate;
            }
        }
        throw new IOException("there is no bus of a user session: none of " + candidates + " is there");
    }

    private static long number(Object value) {
        return value instanceof Number number ? number.longValue() : 0;
    }
}
