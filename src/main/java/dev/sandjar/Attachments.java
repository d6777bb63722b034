package dev.sandjar;

import dev.sandjar.internal.MemberRoutes;
import dev.sandjar.internal.SubnetOverlap;
import dev.sandjar.internal.util.Checks;
import dev.sandjar.network.Firewall;
import dev.sandjar.network.NetworkMember;
import dev.sandjar.network.TrafficBounds;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * The interfaces of a sandbox in networks that several are attached to.
 *
 * @param members in the order of the interfaces; empty for a network that is not attached
 * @param firewall which connections there may be; empty for all
 * @param traffic how many
 */
record Attachments(List<NetworkMember> members, Optional<Firewall> firewall, TrafficBounds traffic) {
    private static final int INTERFACES_MAX = 16;

    static final Attachments NONE = new Attachments(List.of(), Optional.empty(), TrafficBounds.standard());

    /** Throws if they don't go together. */
    static Attachments of(List<NetworkMember> members) {
        Checks.range("number of networks", members.size(), 1, INTERFACES_MAX);
        if (members.stream().map(NetworkMember::network).distinct().count() < members.size()) {
            throw new IllegalArgumentException("two of " + members + " are of the same network");
        }
        for (int i = 1; i < members.size(); i++) {
            requireDistinct(members.get(i), members.subList(0, i));
        }
        MemberRoutes.of(members);
        return new Attachments(List.copyOf(members), Optional.empty(), TrafficBounds.standard());
    }

    private static void requireDistinct(NetworkMember member, List<NetworkMember> others) {
        for (NetworkMember other : others) {
            String overlap =
                    SubnetOverlap.of(other.network().subnets(), member.network().subnets());
            if (overlap != null) {
                throw new IllegalArgumentException(
                        overlap + ", so that an address would mean two members: of " + other + " in "
                                + other.network().subnets() + " and " + member + " in "
                                + member.network().subnets());
            }
        }
    }

    Attachments with(Firewall chosen) {
        return new Attachments(members, Optional.of(chosen), traffic);
    }

    Attachments with(TrafficBounds chosen) {
        return new Attachments(members, firewall, chosen);
    }

    /** Such as " to a of SandboxNetwork(10.0.0.0/24)". */
    @Override
    public String toString() {
        return members.stream().map(NetworkMember::toString).collect(Collectors.joining(", "))
                + (traffic.toString().isEmpty() ? "" : ", " + traffic)
                + firewall.map(chosen -> ", firewall: " + chosen).orElse("");
    }
}
