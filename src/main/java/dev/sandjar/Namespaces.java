package dev.sandjar;

import dev.sandjar.internal.util.Checks;
import dev.sandjar.internal.util.PathBytes;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The namespaces of a sandbox and what is set inside them ({@code namespaces(7)}), for {@link SandboxBuilder#namespaces}. A kind that is
 * not named stays that of the process that starts the sandbox. Immutable and thread-safe: each method that takes something returns a new
 * value.
 *
 * <pre>{@code
 * builder.namespaces(n -> n.join(NamespaceKind.NETWORK, Path.of("/run/netns/blue")).clockStart(Duration.ofDays(1)))
 * }</pre>
 */
public final class Namespaces {
    private static final Namespaces NONE = new Namespaces(new NamespaceParts());
    private static final int NAME_MAX = 64;
    private static final int PID_MAX = 4_194_303;
    /** Kinds as in {@code user.max_*_namespaces} of all kernels, each of which can be made in a nested user namespace. */
    private static final List<String> NESTED = List.of("cgroup", "ipc", "mnt", "net", "pid", "user", "uts");

    private static final String NESTED_MAX = "256";
    /** The kernel refuses a clock beyond half of what its 64-bit nanoseconds hold: 146 years. */
    private static final Duration OFFSET_MAX = Duration.ofSeconds(Long.MAX_VALUE / 1_000_000_000 / 2);

    private static final NamespaceChoice HOST = new NamespaceChoice.Host();

    private final Map<NamespaceKind, NamespaceChoice> choices;
    private final Map<String, String> sysctls;
    private final IdMapping idMapping;
    private final Network network;
    private final boolean init;
    private final Optional<String> hostname;
    private final Optional<String> domainname;
    private final Duration monotonicOffset;
    private final Duration boottimeOffset;
    private final Optional<Duration> clockStart;
    private final OptionalInt lastPid;
    private final boolean nestedUserNamespaces;
    private final boolean withholdsHostSockets;

    private Namespaces(NamespaceParts parts) {
        choices = Collections.unmodifiableMap(new EnumMap<>(parts.choices));
        sysctls = Collections.unmodifiableMap(new LinkedHashMap<>(parts.sysctls));
        idMapping = parts.idMapping;
        network = parts.network;
        init = parts.init;
        hostname = Optional.ofNullable(parts.hostname);
        domainname = Optional.ofNullable(parts.domainname);
        monotonicOffset = parts.monotonicOffset;
        boottimeOffset = parts.boottimeOffset;
        clockStart = Optional.ofNullable(parts.clockStart);
        Integer last = parts.lastPid;
        lastPid = last == null ? OptionalInt.empty() : OptionalInt.of(last);
        nestedUserNamespaces = parts.nestedUserNamespaces;
        withholdsHostSockets = parts.withholdsHostSockets;
    }

    private Namespaces with(Consumer<NamespaceParts> change) {
        NamespaceParts parts = new NamespaceParts();
        parts.choices.putAll(choices);
        parts.sysctls.putAll(sysctls);
        parts.idMapping = idMapping;
        parts.network = network;
        parts.init = init;
        parts.hostname = hostname.orElse(null);
        parts.domainname = domainname.orElse(null);
        parts.monotonicOffset = monotonicOffset;
        parts.boottimeOffset = boottimeOffset;
        parts.clockStart = clockStart.orElse(null);
        parts.lastPid = lastPid.isPresent() ? lastPid.getAsInt() : null;
        parts.nestedUserNamespaces = nestedUserNamespaces;
        parts.withholdsHostSockets = withholdsHostSockets;
        change.accept(parts);
        return new Namespaces(parts);
    }

    /**
     * Returns the namespaces of the process that starts the sandbox.
     *
     * @return the namespaces that others are made from
     */
    public static Namespaces none() {
        return NONE;
    }

    /**
     * Gives the sandbox a new namespace ({@code unshare(2)}). A new network has loopback, which is up: {@link #network} says otherwise.
     *
     * @param kind which
     * @return new namespaces
     */
    public Namespaces unshare(NamespaceKind kind) {
        Objects.requireNonNull(kind, "kind");
        return kind == NamespaceKind.NETWORK
                ? network(Network.loopback())
                : with(p -> p.choices.put(kind, new NamespaceChoice.New()));
    }

    /**
     * Lets the sandbox enter an existing namespace instead of a new one ({@code setns(2)}).
     *
     * @param kind which
     * @param namespace its file, such as {@code /proc/PID/ns/net}, a bind mount of that, or {@code /proc/self/fd/N} for an
     *     open descriptor; opened at each start, which refuses what is no regular file there, and a link that a sandbox may have
     *     put on the way
     * @return new namespaces, of which {@link SandboxBuilder#build()} refuses those that name another network too: one with ports, names,
     *     members or code, or another {@link Network#namespace(Path)}
     * @throws IllegalArgumentException if the path is in another file system than the default one
     */
    public Namespaces join(NamespaceKind kind, Path namespace) {
        Objects.requireNonNull(kind, "kind");
        Path path = Checks.hostPath("namespace file", namespace);
        return with(p -> p.choices.put(kind, new NamespaceChoice.Join(path)));
    }

    /**
     * Leaves the sandbox in the namespace of the process that starts it. What depends on a namespace of its own is taken back too: the
     * host and domain name with the UTS namespace, the ban on nested ones and the parameters of users with the user namespace. The mount
     * namespace can be shared only where the root is the host's: {@link SandboxBuilder#build()} refuses it with any other, which needs
     * that namespace.
     *
     * @param kind which
     * @return new namespaces
     */
    public Namespaces share(NamespaceKind kind) {
        Objects.requireNonNull(kind, "kind");
        return with(p -> {
            p.choices.remove(kind);
            if (kind == NamespaceKind.USER) {
                p.nestedUserNamespaces = true;
                p.sysctls.keySet().removeIf(path -> path.startsWith("user/"));
            } else if (kind == NamespaceKind.UTS) {
                p.hostname = null;
                p.domainname = null;
            } else if (kind == NamespaceKind.NETWORK
                    && (p.network.isSeparate() || p.network.namespace().isPresent())) {
                p.network = Network.host();
            }
        });
    }

    /**
     * Gives the sandbox a new PID namespace ({@code pid_namespaces(7)}), with or without an init.
     *
     * <p>Processes inside can neither see nor signal those outside, and all of them are killed when process 1 ends.
     *
     * @param wanted whether process 1 is a small init that reaps orphans and passes signals on to the program; otherwise the program
     *     itself is process 1: it must reap orphans, and signals that it doesn't handle are ignored ({@code pid_namespaces(7)})
     * @return new namespaces
     */
    public Namespaces init(boolean wanted) {
        return with(p -> {
            p.choices.put(NamespaceKind.PID, new NamespaceChoice.New());
            p.init = wanted;
        });
    }

    /**
     * Chooses the network ({@code network_namespaces(7)}). One with ports, names, members or code does not take the place of a namespace that
     * {@link #join} has named: {@link SandboxBuilder#build()} refuses both, unless {@link #share} has taken that back.
     *
     * @param chosen which one; the default is {@link Network#host()}
     * @return new namespaces
     */
    public Namespaces network(Network chosen) {
        return with(p -> {
            boolean joined = p.choices.get(NamespaceKind.NETWORK) instanceof NamespaceChoice.Join
                    && p.network.namespace().isEmpty();
            p.network = Objects.requireNonNull(chosen, "network");
            if (chosen.namespace().isPresent()) {
                p.choices.put(
                        NamespaceKind.NETWORK,
                        new NamespaceChoice.Join(chosen.namespace().get()));
            } else if (joined && !chosen.isPlain()) {
                return;
            } else if (chosen.isSeparate()) {
                p.choices.put(NamespaceKind.NETWORK, new NamespaceChoice.New());
            } else {
                p.choices.remove(NamespaceKind.NETWORK);
            }
        });
    }

    /**
     * Gives the sandbox a new user namespace with a choice of ids ({@code user_namespaces(7)}).
     *
     * @param mapping how ids inside relate to the host's
     * @return new namespaces
     */
    public Namespaces idMapping(IdMapping mapping) {
        return with(p -> {
            p.choices.put(NamespaceKind.USER, new NamespaceChoice.New());
            p.idMapping = Objects.requireNonNull(mapping, "mapping");
        });
    }

    /**
     * Sets the host name ({@code sethostname(2)}); needs a UTS namespace, a new one or one to join that is not that of this process.
     *
     * @param name 1 to 64 bytes
     * @return new namespaces
     * @throws IllegalArgumentException if empty, too long, or with a NUL character
     */
    public Namespaces hostname(String name) {
        Checks.text("host name", name, 1, NAME_MAX);
        return with(p -> p.hostname = name);
    }

    /**
     * Sets the NIS domain name ({@code setdomainname(2)}); needs a UTS namespace, a new one or one to join that is not that of this
     * process.
     *
     * @param name 1 to 64 bytes
     * @return new namespaces
     * @throws IllegalArgumentException if empty, too long, or with a NUL character
     */
    public Namespaces domainname(String name) {
        Checks.text("domain name", name, 1, NAME_MAX);
        return with(p -> p.domainname = name);
    }

    /**
     * Gives the sandbox a new time namespace with shifted clocks ({@code time_namespaces(7)}, Linux 5.6). A clock can't become negative:
     * the kernel then refuses the start. The wall clock is never changed.
     *
     * @param monotonic added to CLOCK_MONOTONIC; at most 146 years either way
     * @param boottime added to CLOCK_BOOTTIME, which {@code uptime} shows; at most 146 years either way
     * @return new namespaces
     * @throws IllegalArgumentException if out of range
     */
    public Namespaces clockOffsets(Duration monotonic, Duration boottime) {
        Objects.requireNonNull(monotonic, "monotonic");
        Objects.requireNonNull(boottime, "boottime");
        refuseBeyond("monotonic offset", monotonic, OFFSET_MAX.negated());
        refuseBeyond("boot-time offset", boottime, OFFSET_MAX.negated());
        return with(p -> {
            p.choices.put(NamespaceKind.TIME, new NamespaceChoice.New());
            p.monotonicOffset = monotonic;
            p.boottimeOffset = boottime;
            p.clockStart = null;
        });
    }

    /**
     * Gives the sandbox a new time namespace in which CLOCK_MONOTONIC and CLOCK_BOOTTIME show {@code start} at each start ({@code
     * time_namespaces(7)}, Linux 5.6), to some milliseconds; {@code uptime} shows the latter. The wall clock is never changed.
     *
     * @param start what both show when the program starts; 0 to 146 years
     * @return new namespaces
     * @throws IllegalArgumentException if out of range
     */
    public Namespaces clockStart(Duration start) {
        Objects.requireNonNull(start, "start");
        refuseBeyond("clock start", start, Duration.ZERO);
        return with(p -> {
            p.choices.put(NamespaceKind.TIME, new NamespaceChoice.New());
            p.clockStart = start;
        });
    }

    private static void refuseBeyond(String what, Duration value, Duration min) {
        if (value.compareTo(OFFSET_MAX) > 0 || value.compareTo(min) < 0) {
            throw new IllegalArgumentException(
                    what + " is " + value + ", allowed is " + (min.isZero() ? "0" : min) + " to " + OFFSET_MAX);
        }
    }

    /**
     * Lets process ids of a new PID namespace begin above {@code pid} ({@code ns_last_pid} of {@code proc(5)}).
     *
     * @param pid 1 to 4194303
     * @return new namespaces
     * @throws IllegalArgumentException if out of range
     */
    public Namespaces lastPid(int pid) {
        Checks.range("last process id", pid, 1, PID_MAX);
        return with(p -> p.lastPid = pid);
    }

    /**
     * Keeps processes inside from making further user namespaces, which open much of the kernel to them. This needs a new user namespace.
     *
     * @return new namespaces
     */
    public Namespaces noNestedUserNamespaces() {
        return with(p -> {
            p.nestedUserNamespaces = false;
            // There is one number of them, of which the last that was said holds.
            p.sysctls.remove("user/max_user_namespaces");
        });
    }

    /** Not more of them than a program needs, where there were to be none: all of a user together may have so many. */
    Namespaces allowNestedUserNamespaces() {
        return with(p -> {
            if (!p.nestedUserNamespaces) {
                NESTED.forEach(kind -> p.sysctls.putIfAbsent("user/max_" + kind + "_namespaces", NESTED_MAX));
            }
            p.nestedUserNamespaces = true;
        });
    }

    /**
     * Sets a kernel parameter ({@code sysctl(8)}) of a namespace of the sandbox, a new one or one that it joins and that is not that of
     * this process: net.* of its network, fs.mqueue.*, kernel.shm*, kernel.msg* and kernel.sem of its IPC namespace, kernel.hostname and
     * kernel.domainname of its UTS namespace; and of a new user namespace user.max_* ({@code namespaces(7)}) but max_user_namespaces,
     * for which there is {@link #noNestedUserNamespaces()}. These bound what the kernel counts by user: {@link Sandbox#untrusted()} has
     * user.max_inotify_instances 16 and user.max_inotify_watches 4096. A limit of the host's user still counts where the namespace was
     * made by that user.
     *
     * @param name such as net.ipv4.ip_forward, or net/ipv4/ip_forward; at most 255 bytes
     * @param value 1 to 1024 bytes
     * @return new namespaces
     * @throws IllegalArgumentException if the parameter belongs to the whole machine, the name or the value is malformed, or there are
     *     more than 1024
     */
    public Namespaces sysctl(String name, String value) {
        Objects.requireNonNull(value, "value");
        String path = Sysctls.path(name);
        Sysctls.value(name, value);
        return with(p -> {
            p.sysctls.put(path, value);
            Sysctls.count(p.sysctls);
        });
    }

    /**
     * Keeps a program on the host's network from the sockets of AF_UNIX there, unless the network is {@link Network#withUnixSockets()};
     * the presets for hostile code call this.
     *
     * @return new namespaces
     */
    public Namespaces withholdHostSockets() {
        return with(p -> p.withholdsHostSockets = true);
    }

    /** {@return the choices for all kinds that are not the host's; an immutable map} */
    public Map<NamespaceKind, NamespaceChoice> choices() {
        return choices;
    }

    /**
     * What the sandbox does about one kind.
     *
     * @param kind which
     * @return the choice
     */
    public NamespaceChoice choice(NamespaceKind kind) {
        Objects.requireNonNull(kind, "kind");
        return choices.getOrDefault(kind, HOST);
    }

    /**
     * Whether the sandbox gets a new namespace.
     *
     * @param kind of which kind
     * @return whether the choice is {@link NamespaceChoice.New}
     */
    public boolean isNew(NamespaceKind kind) {
        Objects.requireNonNull(kind, "kind");
        return choice(kind) instanceof NamespaceChoice.New;
    }

    /** {@return whether process 1 of a new PID namespace is Sandjar's init} */
    public boolean init() {
        return init;
    }

    /** {@return the network, unless one is joined by {@link #join}} */
    public Network network() {
        return network;
    }

    /** {@return how ids of a new user namespace relate to the host's} */
    public IdMapping idMapping() {
        return idMapping;
    }

    /** {@return the host name; empty leaves what the namespace has} */
    public Optional<String> hostname() {
        return hostname;
    }

    /** {@return the NIS domain name; empty leaves what the namespace has} */
    public Optional<String> domainname() {
        return domainname;
    }

    /** {@return what is added to CLOCK_MONOTONIC in a new time namespace, where {@link #clockStart()} is empty} */
    public Duration monotonicOffset() {
        return monotonicOffset;
    }

    /** {@return what is added to CLOCK_BOOTTIME in a new time namespace, where {@link #clockStart()} is empty} */
    public Duration boottimeOffset() {
        return boottimeOffset;
    }

    /** {@return what both clocks show at each start in a new time namespace; empty if they are shifted instead} */
    public Optional<Duration> clockStart() {
        return clockStart;
    }

    /** {@return the id in a new PID namespace above which those of programs begin; empty leaves it to the kernel} */
    public OptionalInt lastPid() {
        return lastPid;
    }

    /** {@return whether processes inside may make further user namespaces: false after {@link #noNestedUserNamespaces()}} */
    public boolean nestedUserNamespaces() {
        return nestedUserNamespaces;
    }

    /** {@return kernel parameters by their path below {@code /proc/sys}, in the order in which they are set; an immutable map} */
    public Map<String, String> sysctls() {
        return sysctls;
    }

    /** {@return whether sockets of the host's network are out of reach: true after {@link #withholdHostSockets()}} */
    public boolean withholdsHostSockets() {
        return withholdsHostSockets;
    }

    /** Whether the words of the namespace that is joined say all. */
    private boolean isJoined(Network plain) {
        return plain.namespace()
                .map(path -> choice(NamespaceKind.NETWORK).equals(new NamespaceChoice.Join(path)))
                .orElse(false);
    }

    private List<Object> parts() {
        return List.of(
                choices,
                sysctls,
                idMapping,
                network,
                init,
                hostname,
                domainname,
                monotonicOffset,
                boottimeOffset,
                clockStart,
                lastPid,
                nestedUserNamespaces,
                withholdsHostSockets);
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof Namespaces that && that.parts().equals(parts());
    }

    @Override
    public int hashCode() {
        return parts().hashCode();
    }

    @Override
    public String toString() {
        List<String> words = new ArrayList<>();
        choices.forEach((kind, choice) -> words.add(
                choice instanceof NamespaceChoice.Join join
                        ? kind + " of " + PathBytes.shown(join.path())
                        : "new " + kind));
        if (!idMapping.equals(IdMapping.automatic())) {
            words.add("ids " + idMapping);
        }
        if (!network.equals(Network.host()) && !(network.isPlain() && isJoined(network))) {
            words.add("network " + network);
        }
        if (!init) {
            words.add("no init");
        }
        hostname.ifPresent(name -> words.add("host name " + name));
        domainname.ifPresent(name -> words.add("domain name " + name));
        if (!monotonicOffset.isZero()) {
            words.add("monotonic clock by " + monotonicOffset);
        }
        if (!boottimeOffset.isZero()) {
            words.add("boot-time clock by " + boottimeOffset);
        }
        clockStart.ifPresent(start -> words.add("clocks from " + start));
        lastPid.ifPresent(pid -> words.add("process ids above " + pid));
        if (!nestedUserNamespaces) {
            words.add("no nested user namespaces");
        }
        if (withholdsHostSockets) {
            words.add("no AF_UNIX sockets of the host");
        }
        sysctls.forEach((path, value) -> words.add(path + "=" + value));
        return "Namespaces(" + String.join(", ", words) + ")";
    }
}
