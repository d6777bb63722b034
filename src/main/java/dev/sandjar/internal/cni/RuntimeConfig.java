package dev.sandjar.internal.cni;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sandjar.network.CniBandwidth;
import dev.sandjar.network.CniException;
import dev.sandjar.network.CniNetwork;
import java.net.InetAddress;
import java.util.List;
import java.util.stream.Collectors;

/** What plugins are told at run time, by the names of capabilities. */
final class RuntimeConfig {
    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

    private RuntimeConfig() {}

    /** All that there is to tell. */
    static ObjectNode of(CniNetwork network) {
        ObjectNode all = NODES.objectNode();
        if (!network.portMappings().isEmpty()) {
            ArrayNode list = all.putArray("portMappings");
            network.portMappings().forEach(mapping -> {
                ObjectNode each = list.addObject()
                        .put("hostPort", mapping.hostPort())
                        .put("containerPort", mapping.containerPort())
                        .put("protocol", mapping.protocol().toString());
                mapping.hostAddress().ifPresent(address -> each.put("hostIP", address.getHostAddress()));
            });
        }
        network.bandwidth().ifPresent(bandwidth -> all.set("bandwidth", bits(bandwidth)));
        texts(all, "ips", network.addresses());
        network.mac().ifPresent(mac -> all.put("mac", mac));
        if (!network.nameServers().isEmpty() || !network.searchDomains().isEmpty()) {
            ObjectNode dns = all.putObject("dns");
            texts(
                    dns,
                    "servers",
                    network.nameServers().stream()
                            .map(InetAddress::getHostAddress)
                            .toList());
            texts(dns, "searches", network.searchDomains());
        }
        texts(all, "aliases", network.aliases());
        return all;
    }

    /** In bits, as plugins count. */
    private static ObjectNode bits(CniBandwidth bandwidth) {
        ObjectNode node = NODES.objectNode();
        long burst = bandwidth.burst().toBytes() * Byte.SIZE;
        // What goes into the sandbox is ingress.
        bandwidth.receiveRate().ifPresent(rate -> node.put("ingressRate", rate.toBytes() * Byte.SIZE)
                .put("ingressBurst", burst));
        bandwidth.sendRate().ifPresent(rate -> node.put("egressRate", rate.toBytes() * Byte.SIZE)
                .put("egressBurst", burst));
        return node;
    }

    private static void texts(ObjectNode node, String name, List<String> texts) {
        if (!texts.isEmpty()) {
            ArrayNode list = node.putArray(name);
            texts.forEach(list::add);
        }
    }

    /** Whatever is asked for has to be somebody's business. */
    static void require(ObjectNode all, List<Plugin> plugins) throws CniException {
        List<String> missing = all.properties().stream()
                .map(java.util.Map.Entry::getKey)
                .filter(name -> plugins.stream().noneMatch(plugin -> plugin.has(name)))
                .toList();
        if (!missing.isEmpty()) {
            throw new CniException(
                    plugins.stream().map(Plugin::type).collect(Collectors.joining(", ")),
                    "ADD",
                    0,
                    "",
                    "none of the plugins has the capability " + String.join(", ", missing) + ", which is asked for",
                    "add \"capabilities\": {\"" + missing.get(0)
                            + "\": true} to a plugin that has it, or leave out what needs it");
        }
    }

    /** The part of it that concerns a plugin. */
    static ObjectNode part(ObjectNode all, Plugin plugin) {
        ObjectNode part = NODES.objectNode();
        all.properties().stream()
                .filter(each -> plugin.has(each.getKey()))
                .forEach(each -> part.set(each.getKey(), each.getValue()));
        return part;
    }
}
