package dev.sandjar.internal.json;

import static dev.sandjar.internal.json.Scalars.BOOL;
import static dev.sandjar.internal.json.Scalars.INT;
import static dev.sandjar.internal.json.Scalars.PATH;
import static dev.sandjar.internal.json.Scalars.TEXT;

import com.fasterxml.jackson.databind.JsonNode;
import dev.sandjar.DataSize;
import dev.sandjar.Network;
import dev.sandjar.internal.util.AddressLiterals;
import dev.sandjar.internal.util.Printable;
import dev.sandjar.network.AddressRange;
import dev.sandjar.network.ConnectionBounds;
import dev.sandjar.network.EgressRule;
import dev.sandjar.network.NetworkDevice;
import dev.sandjar.network.NetworkRoute;
import dev.sandjar.network.PortRange;
import dev.sandjar.network.PortRule;
import dev.sandjar.network.RequestRule;
import java.io.ByteArrayInputStream;
import java.net.InetAddress;
import java.nio.file.Path;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/** Networks by their names; one that shares ports is an object, with its rules. */
final class NetworkForm implements Form<Network> {
    private static final Map<String, Network> NAMES = names();
    /** Never looked up: a name of the host's resolver is no address. */
    private static final Form<InetAddress> ADDRESS = TEXT.as(AddressLiterals::parse, InetAddress::getHostAddress);

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

    private static final Form<AddressRange> RANGE = TEXT.as(AddressRange::of, AddressRange::toString);

    private static final Form<RequestRule> REQUEST = StructForm.of(
            (out, rule) -> out.put("method", TEXT, rule.method()).put("path", TEXT, rule.path()),
            in -> new RequestRule(in.need("method", TEXT), in.need("path", TEXT)));

    /** As DER in Base64. */
    private static final Form<X509Certificate> CERTIFICATE =
            TEXT.as(NetworkForm::certificate, NetworkForm::certificateText);

    private static final Form<EgressRule> EGRESS = StructForm.of(
            (out, rule) -> out.put("name", TEXT, rule.name())
                    .put("destination", RANGE, rule.destination())
                    .put("ports", Lists.of(INT), rule.ports())
                    .put("addresses", Lists.of(RANGE), rule.addresses())
                    .flag("anyProtocol", rule.isAnyProtocol())
                    .flag("fixed", rule.isFixed())
                    .put("requests", Lists.of(REQUEST), some(rule.requests()))
                    .put("trusted", Lists.of(CERTIFICATE), some(rule.trusted())),
            NetworkForm::egress);

    private static final Form<ConnectionBounds> BOUNDS = StructForm.of(
            (out, bounds) -> out.put("connections", INT, bounds.connections())
                    .put("bytes", Scalars.SIZE, bounds.bytes())
                    .put("connectionsPerSecond", INT, optional(bounds.connectionsPerSecond()))
                    .put("firstBytes", Scalars.DURATION, bounds.firstBytes()),
            NetworkForm::bounds);

    private static final StructForm<Network> SHARING = StructForm.of(
            (out, network) -> out.put("kind", TEXT, "loopback")
                    .put("rules", Lists.of(RULE), network.rules().ports())
                    .put("egress", Lists.of(EGRESS), network.rules().egress())
                    .put("bounds", BOUNDS, network.bounds())
                    .flag("proxies", network.rules().hasProxies()),
            NetworkForm::object);

    private static final StructForm<Network> NAMESPACE = StructForm.of(
            (out, network) -> out.put("kind", TEXT, "namespace").put("path", PATH, network.namespace()),
            NetworkForm::object);

    private static final StructForm<Network> CNI = StructForm.of(
            (out, network) -> {
                CniForm.write(out.put("kind", TEXT, "cni"), network.cni().orElseThrow());
                out.put("rules", Lists.of(RULE), unlike(network.rules().ports(), List.of()))
                        .put("bounds", BOUNDS, unlike(network.bounds(), ConnectionBounds.standard()));
            },
            NetworkForm::object);

    private static final Form<NetworkDevice.Address> ADDRESS_OF_DEVICE =
            TEXT.as(NetworkDevice.Address::of, NetworkDevice.Address::toString);

    private static final Form<NetworkRoute> ROUTE = StructForm.of(
            (out, route) -> out.put("destination", RANGE, route.destination()).put("via", ADDRESS, route.via()),
            in -> NetworkRoute.of(
                    in.need("destination", RANGE).toString(),
                    in.need("via", ADDRESS).getHostAddress()));

    private static final Form<NetworkDevice> DEVICE = StructForm.of(
            (out, device) -> out.put("hostName", TEXT, device.hostName())
                    .put("insideName", TEXT, device.insideName())
                    .put("mode", Forms.typed(NetworkDevice.Mode.class), device.mode())
                    .put("addresses", Lists.of(ADDRESS_OF_DEVICE), device.addresses())
                    .put("routes", Lists.of(ROUTE), device.routes()),
            NetworkForm::device);

    private static final StructForm<Network> DEVICES = StructForm.of(
            (out, network) -> out.put("kind", TEXT, "devices").put("devices", Lists.of(DEVICE), network.devices()),
            NetworkForm::object);

    private static NetworkDevice device(Struct in) {
        String host = in.need("hostName", TEXT);
        Optional<NetworkDevice.Mode> mode = in.get("mode", Forms.typed(NetworkDevice.Mode.class));
        NetworkDevice device =
                mode.isPresent() ? NetworkDevice.macvlan(host).mode(mode.get()) : NetworkDevice.move(host);
        device = device.named(in.need("insideName", TEXT));
        for (NetworkDevice.Address address :
                in.get("addresses", Lists.of(ADDRESS_OF_DEVICE)).orElse(List.of())) {
            device = device.address(address.toString());
        }
        for (NetworkRoute route : in.get("routes", Lists.of(ROUTE)).orElse(List.of())) {
            device = device.route(route.destination().toString(), route.via().getHostAddress());
        }
        return device;
    }

    private static Network devices(List<NetworkDevice> devices) {
        if (devices.isEmpty()) {
            throw new IllegalArgumentException("a network of devices has one at least");
        }
        return Network.devices(
                devices.get(0), devices.subList(1, devices.size()).toArray(NetworkDevice[]::new));
    }

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
        if (!network.members().isEmpty()) {
            throw JsonRefusal.below(
                    "members", new IllegalArgumentException("are those of open networks, which can't be written"));
        }
        if (network.namespace().isPresent()) {
            return NAMESPACE.write(network);
        }
        refuseCode("decider", network.decider().isPresent());
        refuseCode("listener", network.listener().isPresent());
        refuseCode("requestListener", network.requestListener().isPresent());
        refuseCode("credentials", network.rules().egress().stream().anyMatch(rule -> !rule.credentials()
                .isEmpty()));
        refuseCode("resolver", network.resolver().isPresent());
        if (network.cni().isPresent()) {
            return CNI.write(network);
        }
        if (!network.devices().isEmpty()) {
            return DEVICES.write(network);
        }
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

    private static Network object(Struct in) {
        String kind = in.need("kind", TEXT);
        return switch (kind) {
            case "namespace" -> Network.namespace(in.need("path", PATH));
            case "devices" -> devices(in.need("devices", Lists.of(DEVICE)));
            case "cni" -> {
                Network network = CniForm.read(in);
                for (PortRule rule : in.get("rules", Lists.of(RULE)).orElse(List.of())) {
                    network = network.with(rule);
                }
                Optional<ConnectionBounds> bounds = in.get("bounds", BOUNDS);
                yield bounds.isPresent() ? network.bounds(any -> bounds.get()) : network;
            }
            case "loopback" -> sharing(in);
            default ->
                throw JsonRefusal.below(
                        "kind",
                        new IllegalArgumentException(
                                "only \"loopback\" shares ports, \"namespace\" has a path, and \"cni\" a configuration, not "
                                        + Printable.quote(kind)));
        };
    }

    private static Network sharing(Struct in) {
        Network network = Network.loopback();
        List<PortRule> rules = in.need("rules", Lists.of(RULE));
        for (PortRule rule : rules) {
            network = network.with(rule);
        }
        for (EgressRule rule : in.get("egress", Lists.of(EGRESS)).orElse(List.of())) {
            network = network.with(rule);
        }
        Network shared = in.get("proxies", BOOL).orElse(false) ? network.withProxies() : network;
        Optional<ConnectionBounds> bounds = in.get("bounds", BOUNDS);
        return bounds.isPresent() ? shared.bounds(any -> bounds.get()) : shared;
    }

    private static ConnectionBounds bounds(Struct in) {
        ConnectionBounds bounds = ConnectionBounds.standard();
        Optional<Integer> connections = in.get("connections", INT);
        bounds = connections.isPresent() ? bounds.connections(connections.get()) : bounds;
        Optional<DataSize> bytes = in.get("bytes", Scalars.SIZE);
        bounds = bytes.isPresent() ? bounds.bytes(bytes.get()) : bounds;
        Optional<Integer> perSecond = in.get("connectionsPerSecond", INT);
        bounds = perSecond.isPresent() ? bounds.connectionsPerSecond(perSecond.get()) : bounds;
        Optional<Duration> first = in.get("firstBytes", Scalars.DURATION);
        return first.isPresent() ? bounds.firstBytes(first.get()) : bounds;
    }

    private static <T> Optional<T> unlike(T value, T usual) {
        return value.equals(usual) ? Optional.empty() : Optional.of(value);
    }

    private static Optional<Integer> optional(OptionalInt value) {
        return value.isPresent() ? Optional.of(value.getAsInt()) : Optional.empty();
    }

    private static <T> Optional<List<T>> some(List<T> list) {
        return list.isEmpty() ? Optional.empty() : Optional.of(list);
    }

    private static X509Certificate certificate(String text) {
        try {
            return (X509Certificate) CertificateFactory.getInstance("X.509")
                    .generateCertificate(
                            new ByteArrayInputStream(Base64.getDecoder().decode(text)));
        } catch (CertificateException e) {
            throw new IllegalArgumentException("no certificate in Base64", e);
        }
    }

    private static String certificateText(X509Certificate certificate) {
        try {
            return Base64.getEncoder().encodeToString(certificate.getEncoded());
        } catch (CertificateException e) {
            throw new IllegalArgumentException("a certificate that can't be written", e);
        }
    }

    private static EgressRule egress(Struct in) {
        int[] ports = in.need("ports", Lists.of(INT)).stream()
                .mapToInt(Integer::intValue)
                .toArray();
        AddressRange[] ranges =
                in.get("addresses", Lists.of(RANGE)).orElse(List.of()).toArray(AddressRange[]::new);
        Optional<String> name = in.get("name", TEXT);
        Optional<AddressRange> destination = in.get("destination", RANGE);
        if (name.isPresent() == destination.isPresent()) {
            throw new IllegalArgumentException("a rule has either a name or a destination");
        }
        EgressRule rule = name.map(given -> EgressRule.allow(given, ports))
                .orElseGet(
                        () -> EgressRule.allowAddress(destination.orElseThrow().toString(), ports))
                .withAddresses(ranges);
        rule = in.get("anyProtocol", BOOL).orElse(false) ? rule.anyProtocol() : rule;
        for (RequestRule request : in.get("requests", Lists.of(REQUEST)).orElse(List.of())) {
            rule = rule.allowRequests(request.method(), request.path());
        }
        X509Certificate[] trusted =
                in.get("trusted", Lists.of(CERTIFICATE)).orElse(List.of()).toArray(X509Certificate[]::new);
        rule = trusted.length == 0 ? rule : rule.trusting(trusted);
        return in.get("fixed", BOOL).orElse(false) ? rule.fixed() : rule;
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
}
