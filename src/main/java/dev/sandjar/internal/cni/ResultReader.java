package dev.sandjar.internal.cni;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sandjar.internal.json.JsonRefusal;
import dev.sandjar.internal.json.StrictJson;
import dev.sandjar.internal.util.AddressLiterals;
import dev.sandjar.internal.util.Printable;
import dev.sandjar.network.AddressRange;
import dev.sandjar.network.CniResult;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.BiFunction;
import java.util.regex.Pattern;

/** What a plugin says it has made, which is as trustworthy as the plugin: everything that is read is looked at. */
final class ResultReader {
    private static final int LIST_MAX = 256;
    /** As dev_valid_name() of the kernel has it, of what can be seen. */
    private static final Pattern INTERFACE = Pattern.compile("(?![.]{1,2}$)[!-.0-9;-~]{1,15}");

    private static final Pattern MAC = Pattern.compile("([0-9a-fA-F]{2}(:[0-9a-fA-F]{2}){0,31})?");
    /** What can be a word of resolv.conf(5). */
    private static final Pattern WORD = Pattern.compile("[!-~]{1,253}");

    private ResultReader() {}

    /** @throws JsonRefusal if it is none, with the place and why */
    static CniResult read(ObjectNode root, CniVersion asked) {
        String version = text(root, "", "cniVersion").orElse("");
        if (!version.equals(asked.toString())) {
            throw new JsonRefusal(
                    "/cniVersion", "version " + Printable.quote(version) + ", where " + asked + " was asked for");
        }
        List<CniResult.Interface> interfaces = list(root, "interfaces", ResultReader::anInterface);
        return new CniResult(
                version,
                interfaces,
                list(root, "ips", (node, place) -> address(node, place, interfaces.size())),
                list(root, "routes", ResultReader::route),
                dns(root),
                StrictJson.write(root));
    }

    private static CniResult.Interface anInterface(JsonNode node, String place) {
        String name = text(node, place, "name").orElse("");
        if (!INTERFACE.matcher(name).matches()) {
            throw new JsonRefusal(place + "/name", Printable.quote(name) + " can't be the name of an interface");
        }
        String mac = text(node, place, "mac").orElse("");
        if (!MAC.matcher(mac).matches()) {
            throw new JsonRefusal(place + "/mac", Printable.quote(mac) + " is not a hardware address");
        }
        return new CniResult.Interface(
                name, mac, !text(node, place, "sandbox").orElse("").isEmpty());
    }

    private static CniResult.Address address(JsonNode node, String place, int interfaces) {
        String text = text(node, place, "address").orElse("");
        int slash = text.indexOf('/');
        InetAddress address = parse(slash < 0 ? text : text.substring(0, slash), place + "/address");
        int bits = bits(slash < 0 ? "" : text.substring(slash + 1), address, place + "/address");
        if (address.isMulticastAddress() || address.isAnyLocalAddress()) {
            throw new JsonRefusal(place + "/address", address.getHostAddress() + " can't be an interface's");
        }
        Optional<InetAddress> gateway = text(node, place, "gateway")
                .filter(given -> !given.isEmpty())
                .map(given -> parse(given, place + "/gateway"));
        JsonNode index = node.get("interface");
        OptionalInt number = OptionalInt.empty();
        if (index != null && !index.isNull()) {
            if (!index.isIntegralNumber()
                    || !index.canConvertToInt()
                    || index.intValue() < 0
                    || index.intValue() >= interfaces) {
                throw new JsonRefusal(place + "/interface", "is of no interface of the list");
            }
            number = OptionalInt.of(index.intValue());
        }
        return new CniResult.Address(address, bits, gateway, number);
    }

    private static CniResult.Route route(JsonNode node, String place) {
        String text = text(node, place, "dst").orElse("");
        int slash = text.indexOf('/');
        InetAddress address = parse(slash < 0 ? text : text.substring(0, slash), place + "/dst");
        int bits = bits(slash < 0 ? "" : text.substring(slash + 1), address, place + "/dst");
        return new CniResult.Route(
                new AddressRange(first(address, bits), bits),
                text(node, place, "gw").filter(given -> !given.isEmpty()).map(given -> parse(given, place + "/gw")));
    }

    /** The lowest address with the same leading bits: plugins write any of them. */
    private static InetAddress first(InetAddress address, int bits) {
        byte[] bytes = address.getAddress();
        for (int i = bits; i < bytes.length * Byte.SIZE; i++) {
            bytes[i / Byte.SIZE] &= (byte) ~(0x80 >> i % Byte.SIZE);
        }
        try {
            return InetAddress.getByAddress(bytes);
        } catch (UnknownHostException e) {
            throw new IllegalStateException(e); // it has the length of the other
        }
    }

    private static InetAddress parse(String text, String place) {
        try {
            return AddressLiterals.parse(text);
        } catch (IllegalArgumentException e) {
            throw new JsonRefusal(place, String.valueOf(e.getMessage()));
        }
    }

    private static int bits(String text, InetAddress address, String place) {
        int most = address.getAddress().length * Byte.SIZE;
        if (!text.matches("0|[1-9][0-9]{0,2}") || Integer.parseInt(text) > most) {
            throw new JsonRefusal(place, "has no number of bits, 0 to " + most + ", after a slash");
        }
        return Integer.parseInt(text);
    }

    private static CniResult.Dns dns(ObjectNode root) {
        JsonNode dns = root.get("dns");
        if (dns == null || dns.isNull()) {
            return new CniResult.Dns(List.of(), Optional.empty(), List.of(), List.of());
        }
        if (!(dns instanceof ObjectNode object)) {
            throw new JsonRefusal("/dns", "not an object");
        }
        return new CniResult.Dns(
                words(object, "nameservers").stream()
                        .map(text -> parse(text, "/dns/nameservers"))
                        .toList(),
                text(object, "/dns", "domain").filter(text -> !text.isEmpty()).map(text -> word(text, "/dns/domain")),
                words(object, "search"),
                words(object, "options"));
    }

    private static List<String> words(ObjectNode dns, String name) {
        List<String> all = new ArrayList<>();
        for (JsonNode each : array(dns, "/dns", name)) {
            if (!each.isTextual()) {
                throw new JsonRefusal("/dns/" + name, "not a list of texts");
            }
            all.add(word(each.textValue(), "/dns/" + name));
        }
        return all;
    }

    /** Whoever could write a line end would write lines of the file. */
    private static String word(String text, String place) {
        if (!WORD.matcher(text).matches()) {
            throw new JsonRefusal(place, Printable.quote(text) + " is no word of resolv.conf");
        }
        return text;
    }

    private static <T> List<T> list(ObjectNode root, String name, BiFunction<JsonNode, String, T> read) {
        List<T> all = new ArrayList<>();
        for (JsonNode each : array(root, "", name)) {
            String place = "/" + name + "/" + all.size();
            if (!each.isObject()) {
                throw new JsonRefusal(place, "not an object");
            }
            all.add(read.apply(each, place));
        }
        return all;
    }

    private static Iterable<JsonNode> array(ObjectNode node, String place, String name) {
        JsonNode list = node.get(name);
        if (list == null || list.isNull()) {
            return List.of();
        }
        if (!list.isArray() || list.size() > LIST_MAX) {
            throw new JsonRefusal(place + "/" + name, "not a list of at most " + LIST_MAX);
        }
        return list;
    }

    private static Optional<String> text(JsonNode node, String place, String name) {
        JsonNode value = node.get(name);
        if (value == null || value.isNull()) {
            return Optional.empty();
        }
        if (!value.isTextual()) {
            throw new JsonRefusal(place + "/" + name, "not a text");
        }
        return Optional.of(value.textValue());
    }
}
