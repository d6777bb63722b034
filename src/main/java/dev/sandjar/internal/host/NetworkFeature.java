package dev.sandjar.internal.host;

import dev.sandjar.Network;
import dev.sandjar.network.TrafficBounds;
import java.util.EnumSet;
import java.util.Set;

/** What kernels may lack for networks that sandboxes are attached to, though they have bridges. Nobody may go without what was asked for. */
public enum NetworkFeature {
    /** Rules for packets by how their connections began. */
    FIREWALL(
            "firewalls of attached sandboxes",
            "nf_tables with connection tracking",
            "this kernel has no nf_tables with connection tracking, or does not load it",
            "load the modules as root: modprobe -a nf_tables nft_ct nft_reject_inet nft_connlimit"),

    /** A number of bytes after which there are no more. */
    QUOTA(
            "byte quotas of attached sandboxes",
            "quota of nf_tables",
            "this kernel has no quotas of nf_tables, or does not load them",
            "load the modules as root: modprobe -a nf_tables nft_quota nft_reject_inet"),

    /** A number of bytes in each second. */
    RATE(
            "rates of attached sandboxes",
            "tbf, a queueing discipline",
            "this kernel has no token bucket filter (tc-tbf(8)), or does not load it",
            "load the module as root: modprobe sch_tbf"),

    /** Frames that a bridge does not pass on. */
    PARTITION(
            "partitions of networks of sandboxes",
            "nf_tables of bridges",
            "this kernel has no nf_tables of bridges, or does not load them",
            "load the modules as root: modprobe -a nf_tables nft_meta_bridge"),

    /** A way out of a network, by the host's. */
    UPLINK(
            "ways out of networks by that of the host",
            "veth, and nf_tables with masquerade",
            "this kernel has no nf_tables with masquerade and owned tables (Linux 5.12), or does not load them",
            "load the modules as root: modprobe -a veth nf_tables nft_ct nft_masq nft_reject_inet"),

    /** Frames that are passed on later than they came. */
    LINK(
            "delays and losses between sandboxes",
            "packet sockets, and a process without capabilities and under a filter",
            "this kernel has no packet sockets (packet(7)), or does not load them",
            "load the module as root: modprobe af_packet");

    private final String label;
    private final String mechanism;
    private final String cause;
    private final String remedy;

    NetworkFeature(String label, String mechanism, String cause, String remedy) {
        this.label = label;
        this.mechanism = mechanism;
        this.cause = cause;
        this.remedy = remedy;
    }

    /** For people. */
    public String label() {
        return label;
    }

    /** What carries it out. */
    public String mechanism() {
        return mechanism;
    }

    /** Why it is not there, where the kernel says no. */
    public String cause() {
        return cause;
    }

    public String remedy() {
        return remedy;
    }

    /** Whether a firewall holds for the sandbox. */
    public static boolean isWalled(Network network) {
        return network.firewall().isPresent()
                || network.members().stream()
                        .anyMatch(member -> member.network().firewall().isPresent());
    }

    private static boolean isTracked(Network network) {
        return network.traffic().connections(isWalled(network)).isPresent();
    }

    /** What a sandbox with this network needs. */
    public static Set<NetworkFeature> neededBy(Network network) {
        Set<NetworkFeature> needed = EnumSet.noneOf(NetworkFeature.class);
        if (isTracked(network)) {
            needed.add(FIREWALL);
        }
        TrafficBounds traffic = network.traffic();
        if (traffic.bytes().isPresent()) {
            needed.add(QUOTA);
        }
        if (traffic.sendRate().isPresent() || traffic.receiveRate().isPresent()) {
            needed.add(RATE);
        }
        return needed;
    }
}
