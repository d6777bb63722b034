package dev.sandjar.junit;

import dev.sandjar.internal.host.NetworkFeature;

/** What a host may be able to do for networks, as {@link dev.sandjar.SandboxHost} has tried it; for {@link EnabledIfSandbox#networks()}. */
public enum NetworkSupport {
    /** Several sandboxes in one network: a bridge, and a pair of interfaces for each. */
    NETWORKS("networks of several sandboxes"),
    /** Ports that sandbox and host share, by {@code publish} and {@code hostPort}. */
    SHARED_PORTS("ports shared with the host"),
    /** Networks by plugins of CNI, which have to be installed. */
    CNI("networks of CNI"),
    /** Firewalls of attached sandboxes. */
    FIREWALLS(NetworkFeature.FIREWALL.label()),
    /** A number of bytes after which there are no more. */
    QUOTAS(NetworkFeature.QUOTA.label()),
    /** A number of bytes in each second. */
    RATES(NetworkFeature.RATE.label()),
    /** Members that can't reach each other for a time. */
    PARTITIONS(NetworkFeature.PARTITION.label()),
    /** A way out of a network through the host's. */
    UPLINKS(NetworkFeature.UPLINK.label()),
    /** Links with delays and losses. */
    LINKS(NetworkFeature.LINK.label());

    private final String feature;

    NetworkSupport(String feature) {
        this.feature = feature;
    }

    /** The name that {@link dev.sandjar.SandboxHost.Feature} has for it. */
    String feature() {
        return feature;
    }
}
