package dev.sandjar.internal.json;

import static dev.sandjar.internal.json.Scalars.BOOL;
import static dev.sandjar.internal.json.Scalars.INT;
import static dev.sandjar.internal.json.Scalars.PATH;
import static dev.sandjar.internal.json.Scalars.TEXT;

import com.fasterxml.jackson.databind.JsonNode;
import dev.sandjar.Network;
import dev.sandjar.internal.util.Printable;
import dev.sandjar.network.PortRange;
import dev.sandjar.network.PortRule;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Networks by their names; one that shares ports is an object, with its rules. */
final class NetworkForm implements Form<Network> {
    private static final Map<String, Network> NAMES = names();
    private static final Pattern IPV4 = Pattern.compile("([0-9]{1,3})[.]([0-9]{1,3})[.]([0-9]{1,3})[.]([0-9]{1,3})");
    private static final Pattern IPV6 = Pattern.compile("[0-9a-fA-F.]*:[0-9a-fA-F:.]*");

    /** Never looked up: a name of the host's resolver is no address. */
    private static final Form<InetAddress> ADDRESS = TEXT.as(NetworkForm::address, InetAddress::getHostAddress);

    private static final Form<PortRule> RULE = StructForm.of(
            (out, rule) -> out.put("direction", Forms.typed(PortRule.Direction.class), rule.direction())
                    .put("ports", Forms.typed(PortRange.class), rule.ports())
                    .put("insideSocket", TEXT, rule.insideSocket())
                    .put("hostAddress", ADDRESS, rule.hostAddress())
                    .put("hostPort", INT, rule.hostPorts().map(PortRange::first))
                    .put("hostSocket", PATH, rule.hostSocket())
                    .put("name", TEXT, rule.name())
                    .flag("fixed", rule.isFixed()),
            NetworkForm::rule);

    private static final StructForm<Network> SHARING = StructForm.of(
            (out, network) -> out.put("kind", TEXT, "loopback")
                    .put("rules", Lists.of(RULE), network.rules())
                    .put("connections", INT, network.connections()),
            NetworkForm::sharing);

    private static Map<String, Network> names() {
        Map<String, Network> all = new LinkedHashMap<>();
        all.put("none", Network.none());
        all.put("loopback", Network.loopback());
        all.put("host", Network.host());
        all.put("hostWithUnixSockets", Network.host().withUnixSockets());
        return all;
    }

    @Override
    public JsonNode write(Network network) {
        refuseCode("decider", network.decider().isPresent());
        refuseCode("listener", network.listener().isPresent());
        Optional<String> name = NAMES.entrySet().stream()
                .filter(each -> each.getValue().equals(network))
                .map(Map.Entry::getKey)
                .findFirst();
        return name.map(TEXT::write).orElseGet(() -> SHARING.write(network));
    }

    private static void refuseCode(String what, boolean present) {
        if (present) {
            throw JsonRefusal.below(what, new IllegalArgumentException("is code, which can't be written"));
        }
    }

    @Override
    public Network read(JsonNode node) {
        if (!node.isTextual()) {
            return SHARING.read(node);
        }
        return Optional.ofNullable(NAMES.get(node.textValue()))
                .orElseThrow(() -> new IllegalArgumentException(
                        Printable.quote(node.textValue()) + " is none of " + NAMES.keySet()));
    }

    private static Network sharing(Struct in) {
        String kind = in.need("kind", TEXT);
        if (!kind.equals("loopback")) {
            throw JsonRefusal.below(
                    "kind",
                    new IllegalArgumentException("only \"loopback\" shares ports, not " + Printable.quote(kind)));
        }
        Network network = Network.loopback();
        List<PortRule> rules = in.need("rules", Lists.of(RULE));
        for (PortRule rule : rules) {
            network = network.with(rule);
        }
        Optional<Integer> connections = in.get("connections", INT);
        return connections.isPresent() ? network.connections(connections.get()) : network;
    }

    private static PortRule rule(Struct in) {
        PortRule.Direction direction = in.need("direction", Forms.typed(PortRule.Direction.class));
        Optional<PortRange> ports = in.get("ports", Forms.typed(PortRange.class));
        Optional<String> inside = in.get("insideSocket", TEXT);
        InetAddress address = in.need("hostAddress", ADDRESS);
        Optional<Integer> hostPort = in.get("hostPort", INT);
        Optional<Path> socket = in.get("hostSocket", PATH);
        Optional<String> name = in.get("name", TEXT);
        if (ports.isPresent() == inside.isPresent()) {
            throw new IllegalArgumentException("a rule has either ports or an insideSocket");
        }
        PortRule rule;
        if (direction == PortRule.Direction.PUBLISH) {
            rule = ports.map(PortRule::publish).orElseGet(() -> PortRule.publish(inside.orElseThrow()));
            rule = rule.onHost(address, hostPort.orElse(0));
        } else {
            int first = hostPort.orElse(1);
            int size = ports.map(PortRange::size).orElse(1);
            rule = PortRule.hostPort(new PortRange(first, first + size - 1)).onHost(address, first);
        }
        rule = socket.isPresent() ? rule.onHost(socket.get()) : rule;
        if (direction == PortRule.Direction.HOST_PORT) {
            rule = ports.isPresent() ? rule.inside(ports.get().first()) : rule.inside(inside.orElseThrow());
        }
        rule = name.isPresent() ? rule.named(name.get()) : rule;
        return in.get("fixed", BOOL).orElse(false) ? rule.fixed() : rule;
    }

    private static InetAddress address(String text) {
        Matcher parts = IPV4.matcher(text);
        try {
            if (parts.matches()) {
                byte[] bytes = new byte[4];
                for (int i = 0; i < bytes.length; i++) {
                    int part = Integer.parseInt(parts.group(i + 1));
                    if (part > 255) {
                        throw new IllegalArgumentException(Printable.quote(text) + " is no address");
                    }
                    bytes[i] = (byte) part;
                }
                return InetAddress.getByAddress(bytes);
            } else if (IPV6.matcher(text).matches()) {
                return InetAddress.getByName(text);
            }
        } catch (UnknownHostException e) {
            throw new IllegalArgumentException(Printable.quote(text) + " is no address", e);
        }
        throw new IllegalArgumentException(Printable.quote(text) + " is no address");
    }
}
