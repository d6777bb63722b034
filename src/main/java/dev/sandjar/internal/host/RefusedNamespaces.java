package dev.sandjar.internal.host;

import dev.sandjar.Isolation;
import dev.sandjar.internal.host.Diagnosis.Finding;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;

/** A switch for trying what is left on hosts that refuse every namespace: a system property that refuses them all. */
public final class RefusedNamespaces {
    public static final String PROPERTY = "sandjar.withoutNamespaces";

    private static final Set<Isolation> ALL = EnumSet.of(
            Isolation.USER_NAMESPACE,
            Isolation.PID_NAMESPACE,
            Isolation.MOUNT_NAMESPACE,
            Isolation.NETWORK_NAMESPACE,
            Isolation.IPC_NAMESPACE,
            Isolation.UTS_NAMESPACE,
            Isolation.CGROUP_NAMESPACE,
            Isolation.TIME_NAMESPACE);
    private static final Finding FINDING = new Finding(
            "the system property " + PROPERTY + " is set",
            "start java without -D" + PROPERTY + "=true: the host itself was not asked");

    private RefusedNamespaces() {}

    /** Whether the property stands behind a refusal for which no call has failed. */
    static boolean explains(Isolation isolation) {
        return Boolean.getBoolean(PROPERTY) && ALL.contains(isolation);
    }

    static Finding finding() {
        return FINDING;
    }

    /** The host with all of them missing, for {@code reason}. */
    public static Host from(Host host, String reason) {
        Map<Isolation, String> reasons = new EnumMap<>(Isolation.class);
        ALL.forEach(isolation -> reasons.put(isolation, reason));
        return host.lacking(reasons);
    }

    /** The host as it is, or with all of them missing if the property is set. */
    public static Host in(Host host) {
        if (!Boolean.getBoolean(PROPERTY)) {
            return host;
        }
        return from(host, FINDING.reason());
    }
}
