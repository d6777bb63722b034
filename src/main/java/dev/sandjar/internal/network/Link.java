package dev.sandjar.internal.network;

import dev.sandjar.Network;
import dev.sandjar.network.AddressRange;
import dev.sandjar.network.EgressProxy;
import dev.sandjar.network.EgressRule;
import dev.sandjar.network.NetworkRule;
import dev.sandjar.network.PortRange;
import dev.sandjar.network.PortRule;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * One port of a rule, as the launcher and the relay know it: by numbers.
 *
 * @param number of the link
 * @param rule that it is of
 * @param port inside, if it is none of AF_UNIX
 * @param places inside, whose numbers begin at {@code first}
 * @param first number of the first place
 * @param outside a struct sockaddr of the host; empty if each connection has one of its own
 */
@SuppressWarnings("ArrayRecordComponent") // made to be sent
public record Link(int number, NetworkRule rule, OptionalInt port, List<Place> places, int first, byte[] outside) {
    /** How many a sandbox can have: SJ_LINKS_MAX. */
    public static final int LINKS_MAX = 256;

    private static final byte[] NOTHING = new byte[0];

    /**
     * Where something listens inside.
     *
     * @param address a struct sockaddr; empty if it is a path
     * @param path of a socket; empty if it is an address
     * @param optional whether the network may lack it
     */
    @SuppressWarnings("ArrayRecordComponent") // made to be sent
    public record Place(byte[] address, String path, boolean optional) {}

    /** Those of all rules, in their order. */
    public static List<Link> of(Network network) {
        List<Link> links = new ArrayList<>();
        int place = 0;
        for (PortRule rule : network.rules().ports()) {
            int size = rule.ports().map(PortRange::size).orElse(1);
            for (int i = 0; i < size; i++) {
                Link link = one(links.size(), rule, i, place);
                links.add(link);
                place += link.places.size();
            }
        }
        egress(links, network, place);
        return List.copyOf(links);
    }

    /**
     * One for each name and port; but who listens at all addresses of a port leaves it to nobody else, so that there is one for the port
     * then, and where a client has come to tells what it is for.
     */
    private static void egress(List<Link> links, Network network, int first) {
        int place = first;
        EgressRule pattern = network.rules().egress().stream()
                .filter(EgressRule::isPattern)
                .findFirst()
                .orElse(null);
        if (pattern != null) {
            links.add(new Link(links.size(), pattern, OptionalInt.of(DOMAIN), List.of(RESOLVER), place++, NOTHING));
        }
        if (network.rules().hasProxies()) {
            for (EgressProxy proxy : EgressProxy.all()) {
                int port = port(proxy, network);
                Place listener = new Place(SocketAddresses.of(SyntheticAddresses.PROXY, port), "", false);
                links.add(new Link(links.size(), proxy, OptionalInt.of(port), List.of(listener), place++, NOTHING));
            }
        }
        List<String> names = SyntheticAddresses.names(network);
        Set<Integer> shared = new TreeSet<>();
        Set<Integer> sharedSix = new TreeSet<>();
        for (EgressRule rule : network.rules().egress()) {
            InetAddress to = rule.destination().map(AddressRange::first).orElse(null);
            for (int port : rule.ports()) {
                boolean six = to instanceof Inet6Address;
                boolean all = six || isAtAllAddresses(network, port);
                if (all && !(six ? sharedSix : shared).add(port)) {
                    continue;
                }
                InetAddress at = six ? ANY_SIX : all ? ANY : to;
                at = at == null
                        ? SyntheticAddresses.of(names.indexOf(rule.name().orElseThrow()))
                        : at;
                Place listener = new Place(SocketAddresses.of(at, port), "", false);
                links.add(new Link(links.size(), rule, OptionalInt.of(port), List.of(listener), place++, NOTHING));
            }
        }
    }

    private static int port(EgressProxy proxy, Network network) {
        int port = proxy.port();
        while (isTaken(network, port)) {
            port++;
        }
        return port;
    }

    /** At all addresses, by a rule or by a program that may want to listen there. */
    private static boolean isTaken(Network network, int port) {
        return isAtAllAddresses(network, port)
                || network.rules().ports().stream().anyMatch(rule -> rule.ports()
                        .filter(ports -> ports.contains(port))
                        .isPresent());
    }

    /** Of programs that want a proxy: what they look for in their environment. */
    public static Map<String, String> proxyVariables(Network network) {
        Map<String, String> variables = new TreeMap<>();
        if (network.rules().hasProxies()) {
            String http = uri(EgressProxy.HTTP, network);
            String socks = uri(EgressProxy.SOCKS5, network);
            Map.of("http", http, "https", http, "all", socks, "no", "localhost,127.0.0.1,::1")
                    .forEach((of, value) -> {
                        variables.put(of + "_proxy", value);
                        variables.put(of.toUpperCase(Locale.ROOT) + "_PROXY", value);
                    });
        }
        return variables;
    }

    private static String uri(EgressProxy proxy, Network network) {
        return proxy.scheme() + "://" + SyntheticAddresses.PROXY.getHostAddress() + ":" + port(proxy, network);
    }

    private static boolean isAtAllAddresses(Network network, int port) {
        return network.rules().egress().stream()
                .anyMatch(rule -> rule.isAtAllAddresses()
                        && !(rule.destination().map(AddressRange::first).orElse(null) instanceof Inet6Address)
                        && rule.ports().contains(port));
    }

    /** Whether a network has any. */
    public static boolean any(Network network) {
        return !network.rules().all().isEmpty();
    }

    private static final int DOMAIN = 53;
    private static final Place RESOLVER = new Place(SocketAddresses.of(SyntheticAddresses.PROXY, DOMAIN), "", false);
    private static final InetAddress ANY = address(new byte[4]);
    private static final InetAddress ANY_SIX = address(new byte[16]);

    private static Link one(int number, PortRule rule, int index, int first) {
        PortRange ports = rule.ports().orElse(null);
        OptionalInt port = ports == null ? OptionalInt.empty() : OptionalInt.of(ports.first() + index);
        return new Link(number, rule, port, places(rule, port), first, outside(rule, index));
    }

    private static List<Place> places(PortRule rule, OptionalInt port) {
        String socket = rule.insideSocket().orElse(null);
        if (socket != null) {
            return List.of(new Place(NOTHING, socket, false));
        }
        int number = port.orElseThrow();
        return List.of(
                new Place(SocketAddresses.of(loopback(4), number), "", false),
                new Place(SocketAddresses.of(loopback(16), number), "", true));
    }

    private static InetAddress loopback(int size) {
        byte[] address = new byte[size];
        address[size - 1] = 1;
        if (size == 4) {
            address[0] = 127;
        }
        return address(address);
    }

    private static InetAddress address(byte[] address) {
        try {
            return InetAddress.getByAddress(address);
        } catch (UnknownHostException e) {
            throw new IllegalStateException(e);
        }
    }

    private static byte[] outside(PortRule rule, int index) {
        return rule.hostSocket()
                .map(SocketAddresses::of)
                .orElseGet(() -> SocketAddresses.of(
                        rule.hostAddress(),
                        rule.hostPorts().map(ports -> ports.first() + index).orElse(0)));
    }

    public boolean isPublished() {
        return rule instanceof PortRule ports && ports.direction() == PortRule.Direction.PUBLISH;
    }

    /** Whether its connections go where their name does. */
    public boolean isNamed() {
        return !(rule instanceof PortRule);
    }

    /** What its clients say first, before they say for whom it is; null if nothing. */
    @Nullable
    ProxyTalk talk() {
        return isResolver()
                ? new ResolverTalk()
                : rule == EgressProxy.HTTP ? new HttpTalk() : rule == EgressProxy.SOCKS5 ? new SocksTalk() : null;
    }

    /** Whether what a connection begins with is looked at before anything is known of it. */
    public boolean showsFirstBytes() {
        return rule instanceof EgressProxy
                || isResolver()
                || (rule instanceof EgressRule egress && !egress.isAnyProtocol() && !isAtAllAddresses());
    }

    /** Whether it is where names of patterns are asked for. */
    boolean isResolver() {
        return places.contains(RESOLVER);
    }

    /** What {@code /etc/resolv.conf} says; null if nothing. Of what C libraries know, {@code use-vc} is TCP in place of UDP. */
    public static @Nullable String resolverLines(Network network) {
        return network.rules().egress().stream().anyMatch(EgressRule::isPattern)
                ? "nameserver " + SyntheticAddresses.PROXY.getHostAddress() + "\noptions use-vc timeout:10 attempts:2\n"
                : null;
    }

    private boolean isAtAllAddresses() {
        byte[] at = places.get(0).address();
        return Arrays.equals(at, SocketAddresses.of(ANY, port.orElseThrow()))
                || Arrays.equals(at, SocketAddresses.of(ANY_SIX, port.orElseThrow()));
    }

    /** Whether it is the one of that port inside. */
    public boolean publishes(int inside) {
        return isPublished() && port.isPresent() && port.getAsInt() == inside;
    }

    /** The lines of {@code /etc/hosts} for the names of rules; null if there are none. */
    public static @Nullable String hostsLines(Network network) {
        StringBuilder text = new StringBuilder();
        network.rules().ports().stream()
                .flatMap(rule -> rule.name().stream())
                .distinct()
                .forEach(name -> text.append("127.0.0.1\t")
                        .append(name)
                        .append("\n::1\t")
                        .append(name)
                        .append('\n'));
        List<String> names = SyntheticAddresses.names(network);
        for (int i = 0; i < names.size(); i++) {
            text.append(SyntheticAddresses.of(i).getHostAddress())
                    .append('\t')
                    .append(names.get(i))
                    .append('\n');
        }
        return text.isEmpty() ? null : text.toString();
    }
}
