package dev.sandjar.network;

import dev.sandjar.SandboxException;
import dev.sandjar.internal.LiveFaults;
import dev.sandjar.internal.LiveFaults.Flapping;
import dev.sandjar.internal.LiveFaults.OfNames;
import dev.sandjar.internal.LiveFaults.Way;
import dev.sandjar.internal.util.Checks;
import java.net.InetAddress;
import java.time.Duration;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;

/**
 * Faults of a {@link SandboxNetwork}, for tests of programs that are to survive them. Each holds until it is closed, {@link #heal} ends all
 * of them, or the network is closed; several may hold at once. They are between members with a name, whether a sandbox runs as them at
 * that time or not: one that is started again meets the faults that its predecessor had. Nobody inside can undo them.
 *
 * <pre>{@code
 * NetworkMember a = lan.member("a"), b = lan.member("b"), c = lan.member("c");
 * try (Fault split = lan.faults().partition(Set.of(a), Set.of(b, c))) {
 *     // neither hears of the other side
 * }
 * }</pre>
 *
 * <p>Faults hold on the bridge of the network ({@code nft(8)}, family bridge), so they are about all packets of IPv4 and IPv6 that members send
 * directly to each other, broadcasts and those of connections that there are too. What is lost is lost silently, as behind a router that
 * fails: no connection is refused or reset, and TCP tries again for minutes. Not held back are ARP and neighbour discovery, without which a way
 * that is blocked would soon block the way back; what the network itself says, by its {@link SandboxNetwork.Builder#gateway} and {@link
 * SandboxNetwork.Builder#resolver}; and what members who are in a second network together say to each other there. While something is held back, a {@link
 * SandboxNetwork.Builder#gateway} passes nothing on to the network that it came from. Thread-safe.
 */
public final class NetworkFaults {
    private static final long FLAP_MAX = Duration.ofMinutes(10).toMillis();
    private static final int ADDRESSES_MAX = 16;

    private final SandboxNetwork network;
    private final LiveFaults live;

    NetworkFaults(SandboxNetwork network, LiveFaults live) {
        this.network = network;
        this.live = live;
    }

    /**
     * Parts members from each other, both ways: nobody of the one side reaches one of the other. Those in neither are as they were.
     *
     * @param one members with a name
     * @param other members with a name, none of which is of the other side
     * @return the fault
     * @throws IllegalArgumentException if a side is empty, somebody is on both, of another network or has no name
     * @throws dev.sandjar.UnsupportedIsolationException if the kernel has no nf_tables of bridges, which {@code doctor} says too
     * @throws SandboxException if the network is closed, or more than 4096 ways from one member to another would be blocked at once
     */
    public Fault partition(Set<NetworkMember> one, Set<NetworkMember> other) throws SandboxException {
        Set<String> left = names("one", one);
        Set<String> right = names("other", other);
        Set<Way> ways = new LinkedHashSet<>();
        for (String from : left) {
            if (right.contains(from)) {
                throw new IllegalArgumentException(from + " is on both sides");
            }
            for (String to : right) {
                ways.add(new Way(from, to));
                ways.add(new Way(to, from));
            }
        }
        return live.block("partition " + left + " | " + right, ways);
    }

    /**
     * Loses all that one member says to another one, and nothing of what that one says. TCP between them comes to a halt too, since it lives on
     * answers; datagrams go on in the other direction.
     *
     * @param from a member with a name
     * @param to another member with a name
     * @return the fault
     * @throws IllegalArgumentException if both are the same, of another network or have no name
     * @throws dev.sandjar.UnsupportedIsolationException if the kernel has no nf_tables of bridges, which {@code doctor} says too
     * @throws SandboxException if the network is closed, or more than 4096 ways from one member to another would be blocked at once
     */
    public Fault block(NetworkMember from, NetworkMember to) throws SandboxException {
        return live.block("block " + name(from) + " -> " + name(to), Set.of(way(from, to)));
    }

    /**
     * Makes the connection between two members slow or bad, in both directions, such as {@code link(a, b, link ->
     * link.delay(Duration.ofMillis(50)).loss(0.01))}. For a moment at its begin and at its end packets between both may be lost. What waits may take
     * 16 MiB of memory in each direction, and 256 MiB in a network, of which each member that links lead from has the same share; what is more
     * is lost.
     *
     * @param a a member with a name
     * @param b another member with a name
     * @param quality what becomes of packets: is given {@link LinkQuality#standard()}
     * @return the fault
     * @throws IllegalArgumentException if both are the same, of another network or have no name, if the jitter is more than the delay, or if nothing
     *     is delayed, lost or slowed down
     * @throws IllegalStateException if there is a link between both already, which has to be ended first, or {@link
     *     SandboxNetwork.Builder#isolateMembers} keeps them from each other
     * @throws dev.sandjar.UnsupportedIsolationException if the kernel has no nf_tables of bridges or no packet sockets, which {@code doctor} says
     *     too
     * @throws SandboxException if the network is closed, this process has CAP_SYS_ADMIN and CAP_NET_ADMIN but not CAP_NET_RAW, or there are as
     *     many ways blocked or linked as there may be, 4096, or 1024 members with links
     */
    public Fault link(NetworkMember a, NetworkMember b, UnaryOperator<LinkQuality> quality) throws SandboxException {
        return link(way(a, b), true, quality);
    }

    /**
     * Makes what one member says to another one slow or bad, as {@link #link} does, and nothing of what that one says. A link in the other direction, of
     * another quality, may be there beside it.
     *
     * @param from a member with a name
     * @param to another member with a name
     * @param quality what becomes of packets: is given {@link LinkQuality#standard()}
     * @return the fault
     * @throws IllegalArgumentException as {@link #link}
     * @throws IllegalStateException if there is a link in this direction already, or {@link SandboxNetwork.Builder#isolateMembers} keeps them from
     *     each other
     * @throws dev.sandjar.UnsupportedIsolationException as {@link #link}
     * @throws SandboxException as {@link #link}
     */
    public Fault linkOneWay(NetworkMember from, NetworkMember to, UnaryOperator<LinkQuality> quality)
            throws SandboxException {
        return link(way(from, to), false, quality);
    }

    private Fault link(Way there, boolean both, UnaryOperator<LinkQuality> quality) throws SandboxException {
        LinkQuality wanted = Objects.requireNonNull(quality.apply(LinkQuality.standard()), "quality");
        if (wanted.jitter().compareTo(wanted.delay()) > 0) {
            throw new IllegalArgumentException("jitter is more than delay: " + wanted);
        }
        if (wanted.equals(LinkQuality.standard().seed(wanted.seed().orElse(0)))
                || wanted.equals(LinkQuality.standard())) {
            throw new IllegalArgumentException(
                    "a link that delays and loses nothing: say delay(...), loss(...) or rate(...) of it");
        }
        if (network.isolatesMembers()) {
            throw new IllegalStateException(
                    "the network " + network + " keeps its members apart: open it without isolateMembers()");
        }
        LinkQuality seeded = wanted.seed().isPresent()
                ? wanted
                : wanted.seed(ThreadLocalRandom.current().nextInt(Integer.MAX_VALUE));
        String arrow = both ? " <-> " : " -> ";
        return live.link("link " + there.from() + arrow + there.to() + ": " + seeded, there, both, seeded);
    }

    /**
     * Has the {@linkplain SandboxNetwork.Builder#resolver resolver} of the network fail for a name (SERVFAIL): programs that ask for it are told
     * that it can't be said now. That is another thing than a member which does not run, of whom it says that there is no such name.
     *
     * @param member a member with a name
     * @return the fault
     * @throws IllegalArgumentException if the member is of another network or has no name
     * @throws IllegalStateException if the network has no resolver
     * @throws SandboxException if the network is closed
     */
    public Fault failName(NetworkMember member) throws SandboxException {
        requireResolver();
        String name = name(member);
        return live.names("name " + name + " fails", new OfNames(Set.of(name), Map.of(), Duration.ZERO));
    }

    /**
     * Has the {@linkplain SandboxNetwork.Builder#resolver resolver} of the network fail for a name at times (SERVFAIL): its answers are right for
     * a while from now on, then it fails for a while, and so on. Programs that keep an answer do not notice; a C library asks again for each
     * connection.
     *
     * @param member a member with a name
     * @param right how long its answers are right, 1 millisecond to 10 minutes
     * @param failing how long it fails then, 1 millisecond to 10 minutes
     * @return the fault; where several of one name hold, it fails when any of them does
     * @throws IllegalArgumentException if the member is of another network or has no name, or a time is out of range
     * @throws IllegalStateException if the network has no resolver
     * @throws SandboxException if the network is closed
     */
    public Fault flapName(NetworkMember member, Duration right, Duration failing) throws SandboxException {
        requireResolver();
        String name = name(member);
        Checks.range("milliseconds of right answers", right.toMillis(), 1, FLAP_MAX);
        Checks.range("milliseconds of failing", failing.toMillis(), 1, FLAP_MAX);
        return live.names(
                "name " + name + " flaps: right " + right.toMillis() + " ms, failing " + failing.toMillis() + " ms",
                new OfNames(
                        Set.of(),
                        Map.of(),
                        Duration.ZERO,
                        Map.of(name, new Flapping(System.nanoTime(), right, failing))));
    }

    /**
     * Has the {@linkplain SandboxNetwork.Builder#resolver resolver} of the network give other addresses for a name than its own, whether somebody
     * runs as that member or not.
     *
     * @param member a member with a name
     * @param addresses those that it gives: one or more, of which who asks gets those of the family that it asks for
     * @return the fault, which goes before others of the same name that were begun earlier
     * @throws IllegalArgumentException if the member is of another network or has no name, or there are no addresses, or more than 16
     * @throws IllegalStateException if the network has no resolver
     * @throws SandboxException if the network is closed
     */
    public Fault mistakeName(NetworkMember member, InetAddress... addresses) throws SandboxException {
        requireResolver();
        String name = name(member);
        List<InetAddress> wrong = List.of(addresses);
        Checks.range("number of addresses", wrong.size(), 1, ADDRESSES_MAX);
        String text = wrong.stream().map(InetAddress::getHostAddress).collect(Collectors.joining(", "));
        return live.names(
                "name " + name + " is mistaken for " + text, new OfNames(Set.of(), Map.of(name, wrong), Duration.ZERO));
    }

    /**
     * Has the {@linkplain SandboxNetwork.Builder#resolver resolver} of the network answer late, whatever it is asked. C libraries wait 5 s by default
     * before they ask once more ({@code resolv.conf(5)}). At most 5000 answers wait, 500 of them for one address, and more are lost. When the fault ends, those that wait are sent,
     * or have the delay of the fault that still holds.
     *
     * @param time 0 to 10 minutes; of several such faults the longest holds
     * @return the fault
     * @throws IllegalArgumentException if out of range
     * @throws IllegalStateException if the network has no resolver
     * @throws SandboxException if the network is closed
     */
    public Fault delayNames(Duration time) throws SandboxException {
        requireResolver();
        LinkQuality checked = LinkQuality.standard().delay(time);
        return live.names("names: " + checked, new OfNames(Set.of(), Map.of(), time));
    }

    private void requireResolver() {
        if (network.resolvers().isEmpty()) {
            throw new IllegalStateException(
                    "the network " + network + " has no resolver: open it with resolver() of its builder");
        }
    }

    private Way way(NetworkMember from, NetworkMember to) {
        Way way = new Way(name(from), name(to));
        if (way.from().equals(way.to())) {
            throw new IllegalArgumentException(way.from() + " and itself");
        }
        return way;
    }

    private Set<String> names(String what, Collection<NetworkMember> members) {
        Set<String> names = new TreeSet<>();
        Objects.requireNonNull(members, what).forEach(member -> names.add(name(member)));
        if (names.isEmpty()) {
            throw new IllegalArgumentException("the set " + what + " is empty: a partition has members on both sides");
        }
        return names;
    }

    private String name(NetworkMember member) {
        if (member.network() != network) {
            throw new IllegalArgumentException(member + " is no member of the network " + network);
        }
        return member.name()
                .orElseThrow(() -> new IllegalArgumentException(
                        "a member without a name may be many: use member(\"...\") of the network " + network));
    }

    /**
     * Ends all faults of the network that there are.
     *
     * @throws SandboxException if the kernel refuses it: then they go on
     */
    public void heal() throws SandboxException {
        live.heal();
    }

    /**
     * Returns the faults that hold now.
     *
     * @return an immutable list, in the order in which they were begun
     */
    public List<Fault> current() {
        return live.current();
    }

    /**
     * Returns what was done to the network so far, of which the last 10,000 events are kept.
     *
     * @return an immutable list, the oldest first
     */
    public List<FaultEvent> timeline() {
        return live.timeline();
    }

    /** Says in one line which faults there are. */
    @Override
    public String toString() {
        return network.name() + " " + live.current();
    }
}
