package dev.sandjar.internal.lan;

import dev.sandjar.SandboxException;
import dev.sandjar.internal.launcher.Keeper;
import dev.sandjar.internal.netlink.StatsMessages;
import dev.sandjar.internal.protocol.ProtocolException;
import dev.sandjar.internal.util.Errno;
import dev.sandjar.network.FirewallCounters;
import dev.sandjar.network.MemberTraffic;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** What members of a network have sent and received, as the kernel counts it at the ports of the bridge. */
final class TrafficCounts {
    private TrafficCounts() {}

    /** One after the other, since one may end meanwhile; what it sends is what its port of the bridge receives. */
    static List<MemberTraffic> of(List<Place> places, Keeper keeper, long namespace, String step)
            throws SandboxException {
        List<MemberTraffic> all = new ArrayList<>();
        for (Place place : places) {
            try {
                List<byte[]> answers = keeper.askForLinks(namespace, List.of(StatsMessages.ask(place.port())), step);
                StatsMessages.Stats stats = stats(answers);
                all.add(new MemberTraffic(
                        Optional.of(place.name()).filter(name -> !name.isEmpty()),
                        place.addresses(),
                        new FirewallCounters.Count(stats.receivedPackets(), stats.receivedBytes()),
                        new FirewallCounters.Count(stats.sentPackets(), stats.sentBytes())));
            } catch (SandboxException e) {
                if (!Errno.ENODEV.is(e.errno())) {
                    throw e;
                }
            }
        }
        return List.copyOf(all);
    }

    private static StatsMessages.Stats stats(List<byte[]> answers) {
        try {
            if (answers.size() == 1) {
                return StatsMessages.read(answers.get(0));
            }
        } catch (IllegalArgumentException e) {
            throw new ProtocolException("an answer of the kernel about an interface that has " + e.getMessage());
        }
        throw new ProtocolException(answers.size() + " answers of the kernel about an interface");
    }
}
