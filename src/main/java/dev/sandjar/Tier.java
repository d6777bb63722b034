package dev.sandjar;

import java.util.Collection;
import java.util.Collections;
import java.util.EnumSet;
import java.util.Set;

/**
 * By what means a host carries a policy out, strongest first. A tier says how, not what: a policy that asks for nothing has all of it in
 * the first. {@link SandboxBuilder#minimumTier} names the weakest one that may serve; the table in the documentation ("Tiers") says what
 * each holds, with the attack of {@link Sandbox#verify()} that shows it. The constants are in order: {@code a.compareTo(b) < 0} means
 * that {@code a} is stronger.
 */
public enum Tier {
    /** By namespaces ({@code namespaces(7)}), mounts, cgroups, the filter and what else was asked for: all of the policy. The default. */
    NAMESPACES("all that the policy asks for", EnumSet.noneOf(Isolation.class)),
    /**
     * Without any namespace, as in most containers: {@link Landlock} shows the files that the root would have shown, the filter refuses
     * sockets, tracing and what else would reach processes of the same user, and a private directory on the host takes the place of /tmp.
     * Memory and processes are bounded by a cgroup of the sandbox's own where it can have one, else by resource limits and a watch on the
     * total of its processes. Needs Landlock (Linux 5.13) and seccomp, and a root that is the view of the host or the host's own.
     */
    CONTAINER(
            "a view of its own of processes, network and mounts: names, sizes and times of the host's files and numbers of its processes can"
                    + " be seen, and its programs are the same user as others of the host",
            EnumSet.of(
                    Isolation.PID_NAMESPACE,
                    Isolation.MOUNT_NAMESPACE,
                    Isolation.NETWORK_NAMESPACE,
                    Isolation.IPC_NAMESPACE,
                    Isolation.UTS_NAMESPACE,
                    Isolation.USER_NAMESPACE,
                    Isolation.CGROUP_NAMESPACE,
                    Isolation.TIME_NAMESPACE,
                    Isolation.NO_NESTED_USER_NAMESPACES,
                    Isolation.PRIVATE_PROC,
                    Isolation.ID_RANGE,
                    Isolation.SUPPLEMENTARY_GROUPS,
                    Isolation.PRIVATE_DEVPTS,
                    Isolation.MQUEUE,
                    Isolation.SESSION_KEYRING,
                    Isolation.CGROUP_LIMITS)),
    /**
     * By whatever this host has, which may be nothing but the baseline (no new privileges, no inherited descriptors, a session of its own,
     * the end together with the JVM): the program may then read and change whatever its user may. Never chosen unless the caller named it.
     */
    NONE("everything but the baseline", EnumSet.allOf(Isolation.class));

    private final String loss;

    @SuppressWarnings("ImmutableEnumChecker") // nobody can change it
    private final Set<Isolation> lost;

    Tier(String loss, Set<Isolation> lost) {
        this.loss = loss;
        this.lost = Collections.unmodifiableSet(lost);
    }

    /**
     * Tells what is given up in this tier.
     *
     * @return an unmodifiable set, empty for {@link #NAMESPACES}
     */
    public Set<Isolation> lost() {
        return lost;
    }

    /**
     * Tells in words what is given up in this tier.
     *
     * @return such as "everything but the baseline", to follow "loses"; for {@link #NAMESPACES} what is kept
     */
    public String loss() {
        return loss;
    }

    /** What a request for this tier begins with in a table. */
    static final String REQUEST = "tier ";

    /** The tier that entries tell of; the first where they tell of none. */
    static Tier of(Collection<AppliedPolicy.Entry> entries) {
        return entries.stream()
                .map(AppliedPolicy.Entry::request)
                .filter(request -> request.startsWith(REQUEST))
                .findFirst()
                .map(request -> valueOf(request.substring(REQUEST.length())))
                .orElse(NAMESPACES);
    }
}
