package dev.sandjar.internal.json;

import static dev.sandjar.internal.json.Scalars.INT;
import static dev.sandjar.internal.json.Scalars.PATH;
import static dev.sandjar.internal.json.Scalars.TEXT;

import dev.sandjar.Network;
import dev.sandjar.internal.util.AddressLiterals;
import dev.sandjar.network.CniBandwidth;
import dev.sandjar.network.CniMode;
import dev.sandjar.network.CniNetwork;
import dev.sandjar.network.CniPortMapping;
import java.net.InetAddress;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A network of CNI: where its configuration is, and what its plugins are told beside it, as far as it is not what it would be anyway. */
final class CniForm {
    private static final Form<InetAddress> ADDRESS = TEXT.as(AddressLiterals::parse, InetAddress::getHostAddress);

    private static final Form<CniPortMapping> MAPPING = StructForm.of(
            (out, mapping) -> out.put("protocol", Forms.typed(CniPortMapping.Protocol.class), mapping.protocol())
                    .put("hostPort", INT, mapping.hostPort())
                    .put("containerPort", INT, mapping.containerPort())
                    .put("hostAddress", ADDRESS, mapping.hostAddress()),
            in -> new CniPortMapping(
                    in.need("protocol", Forms.typed(CniPortMapping.Protocol.class)),
                    in.need("hostPort", INT),
                    in.need("containerPort", INT),
                    in.get("hostAddress", ADDRESS)));

    private static final Form<CniBandwidth> BANDWIDTH = StructForm.of(
            (out, bandwidth) -> out.put("receiveRate", Scalars.SIZE, bandwidth.receiveRate())
                    .put("sendRate", Scalars.SIZE, bandwidth.sendRate())
                    .put("burst", Scalars.SIZE, bandwidth.burst()),
            in -> new CniBandwidth(
                    in.get("receiveRate", Scalars.SIZE),
                    in.get("sendRate", Scalars.SIZE),
                    in.need("burst", Scalars.SIZE)));

    private static final Form<List<String>> TEXTS = Lists.of(TEXT);
    private static final Form<Map<String, String>> ARGUMENTS = Lists.ofMap(TEXT, TEXT);

    private CniForm() {}

    static void write(Out out, CniNetwork network) {
        CniNetwork plain = CniNetwork.of(network.configuration());
        out.put("configuration", PATH, network.configuration())
                .put("mode", Forms.typed(CniMode.class), unlike(network.mode(), plain.mode()))
                .put("pluginPath", Lists.of(PATH), unlike(network.pluginPath(), plain.pluginPath()))
                .put("interfaceName", TEXT, unlike(network.interfaceName(), plain.interfaceName()))
                .put("arguments", ARGUMENTS, unlike(network.arguments(), Map.of()))
                .put("portMappings", Lists.of(MAPPING), unlike(network.portMappings(), List.of()))
                .put("bandwidth", BANDWIDTH, network.bandwidth())
                .put("addresses", TEXTS, unlike(network.addresses(), List.of()))
                .put("mac", TEXT, network.mac())
                .put("nameServers", Lists.of(ADDRESS), unlike(network.nameServers(), List.of()))
                .put("searchDomains", TEXTS, unlike(network.searchDomains(), List.of()))
                .put("aliases", TEXTS, unlike(network.aliases(), List.of()))
                .put("timeout", Scalars.DURATION, unlike(network.timeout(), plain.timeout()))
                .put("stateDirectory", PATH, unlike(network.stateDirectory(), plain.stateDirectory()));
    }

    private static <T> Optional<T> unlike(T value, T usual) {
        return value.equals(usual) ? Optional.empty() : Optional.of(value);
    }

    private static String[] texts(List<String> list) {
        return list.toArray(String[]::new);
    }

    static Network read(Struct in) {
        CniNetwork network = CniNetwork.of(in.need("configuration", PATH));
        network = network.mode(in.get("mode", Forms.typed(CniMode.class)).orElse(network.mode()));
        network = network.pluginPath(in.get("pluginPath", Lists.of(PATH))
                .orElse(network.pluginPath())
                .toArray(Path[]::new));
        network = network.interfaceName(in.get("interfaceName", TEXT).orElse(network.interfaceName()));
        for (Map.Entry<String, String> each :
                in.get("arguments", ARGUMENTS).orElse(Map.of()).entrySet()) {
            network = network.argument(each.getKey(), each.getValue());
        }
        for (CniPortMapping each : in.get("portMappings", Lists.of(MAPPING)).orElse(List.of())) {
            network = network.portMapping(each);
        }
        Optional<CniBandwidth> bandwidth = in.get("bandwidth", BANDWIDTH);
        network = bandwidth.isPresent() ? network.bandwidth(bandwidth.get()) : network;
        network = network.addresses(texts(in.get("addresses", TEXTS).orElse(List.of())));
        Optional<String> mac = in.get("mac", TEXT);
        network = mac.isPresent() ? network.mac(mac.get()) : network;
        network = network.nameServers(in.get("nameServers", Lists.of(ADDRESS)).orElse(List.of()).stream()
                .map(InetAddress::getHostAddress)
                .toArray(String[]::new));
        network = network.searchDomains(texts(in.get("searchDomains", TEXTS).orElse(List.of())));
        network = network.aliases(texts(in.get("aliases", TEXTS).orElse(List.of())));
        network = network.timeout(in.get("timeout", Scalars.DURATION).orElse(network.timeout()));
        return Network.cni(network.stateDirectory(in.get("stateDirectory", PATH).orElse(network.stateDirectory())));
    }
}
