package dev.sandjar.network;

import dev.sandjar.internal.LiveFaults;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/** Who is in a network, and who is kept from whom: as a graph and in words. Names and addresses have no characters that would mean something else. */
record NetworkPicture(
        SandboxNetwork network,
        List<MemberTraffic> members,
        List<SandboxNetwork> others,
        Set<LiveFaults.Way> blocked,
        Map<LiveFaults.Way, LinkQuality> linked) {
    private static String addresses(List<InetAddress> addresses) {
        return addresses.stream().map(InetAddress::getHostAddress).collect(Collectors.joining(" "));
    }

    private static String subnets(SandboxNetwork network) {
        return network.subnets().stream().map(Subnet::toString).collect(Collectors.joining(" "));
    }

    private static String id(MemberTraffic member) {
        return "member " + member.name().orElseGet(() -> addresses(member.addresses()));
    }

    private static String quoted(String text) {
        return '"' + text + '"';
    }

    private static String label(String first, String second) {
        return "label=" + quoted(first.isEmpty() ? second : first + "\\n" + second);
    }

    /** In the language of {@code dot(1)}. */
    String dot() {
        String here = quoted("network " + network.name());
        List<String> lines = new ArrayList<>();
        lines.add(here + " [shape=box, " + label(network.name(), subnets(network)) + "];");
        for (MemberTraffic member : members) {
            String id = quoted(id(member));
            lines.add(id + " [" + label(member.name().orElse(""), addresses(member.addresses())) + "];");
            lines.add(id + " -> " + here + " [dir=both, "
                    + label(
                            "sent " + member.sent().bytes(),
                            "received " + member.received().bytes()) + "];");
        }
        network.uplink().ifPresent(uplink -> {
            lines.add(quoted("uplink") + " [shape=box, " + label("", uplink.toString()) + "];");
            lines.add(here + " -> " + quoted("uplink") + ";");
        });
        for (int i = 0; i < others.size(); i++) {
            String other = quoted("connected " + i);
            lines.add(other + " [shape=box, " + label(others.get(i).name(), subnets(others.get(i))) + "];");
            lines.add(here + " -> " + other + " [dir=none];");
        }
        for (LiveFaults.Way way : blocked) {
            lines.add(quoted("member " + way.from()) + " -> " + quoted("member " + way.to())
                    + " [style=dashed, color=red, label=\"blocked\"];");
        }
        linked.forEach((way, quality) -> lines.add(quoted("member " + way.from()) + " -> "
                + quoted("member " + way.to()) + " [style=dotted, " + "label=" + quoted(quality.toString()) + "];"));
        return lines.stream().collect(Collectors.joining("\n  ", "digraph {\n  ", "\n}\n"));
    }

    /** A line for the network, and one for each of the others. */
    String text() {
        StringBuilder text = new StringBuilder("network " + network.name() + " " + subnets(network));
        if (!network.gateways().isEmpty()) {
            text.append(", gateway ").append(addresses(network.gateways()));
        }
        if (network.isolatesMembers()) {
            text.append(", members kept apart");
        }
        network.uplink().ifPresent(uplink -> text.append(", uplink ").append(uplink));
        text.append('\n');
        members.forEach(member -> text.append("  ").append(member).append('\n'));
        others.forEach(other -> text.append("  connected with ")
                .append(other.name())
                .append(' ')
                .append(subnets(other))
                .append('\n'));
        blocked.forEach(way -> text.append("  blocked: ")
                .append(way.from())
                .append(" to ")
                .append(way.to())
                .append('\n'));
        linked.forEach((way, quality) -> text.append("  link: ")
                .append(way.from())
                .append(" to ")
                .append(way.to())
                .append(": ")
                .append(quality)
                .append('\n'));
        return text.toString();
    }
}
