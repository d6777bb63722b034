package dev.sandjar.internal.verify;

import dev.sandjar.Network;
import dev.sandjar.network.AddressRange;
import dev.sandjar.network.EgressRule;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/** What a network lets through, for an attack that is to find out what else it does. */
public final class AllowedHost {
    private static final int PORT_MAX = 65535;
    /** Of documentation: nobody has them outside. */
    private static final List<String> STRANGERS = List.of("203.0.113.77", "198.51.100.77", "192.0.2.77");

    private AllowedHost() {}

    /**
     * A name and port that are allowed, and a port and an address that are not; empty without such a rule. Whoever connects there and says nothing is
     * not passed on, as it has to be known for whom it is: so it is none of {@link EgressRule#anyProtocol()}.
     */
    public static Optional<String> argument(Network network) {
        List<EgressRule> rules = network.rules().egress();
        return rules.stream()
                .filter(rule -> !rule.isAnyProtocol())
                .filter(rule ->
                        rule.name().filter(name -> !name.startsWith("*")).isPresent())
                .findFirst()
                .flatMap(rule -> STRANGERS.stream()
                        .filter(address -> rules.stream().noneMatch(each -> covers(each, address)))
                        .findFirst()
                        .map(address -> "allowed=" + rule.name().orElseThrow() + ":"
                                + rule.ports().get(0) + ":" + otherPort(rules) + ":" + address));
    }

    private static boolean covers(EgressRule rule, String address) {
        return rule.destination()
                .filter(range -> range.contains(AddressRange.of(address).first()))
                .isPresent();
    }

    private static int otherPort(List<EgressRule> rules) {
        return IntStream.rangeClosed(1, PORT_MAX)
                .filter(port -> rules.stream().noneMatch(rule -> rule.ports().contains(port)))
                .findFirst()
                .orElseThrow();
    }
}
