package dev.sandjar.network;

import java.net.InetAddress;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.Collectors;

/**
 * What the plugins of a {@link CniNetwork} have made for one sandbox, as the last of them says it: checked for its form, and that the
 * interfaces are there. Immutable and thread-safe.
 *
 * @param cniVersion the version of the specification that the plugins speak, such as "1.0.0"
 * @param interfaces of the sandbox, and others that plugins have made for it
 * @param addresses of interfaces
 * @param routes of the sandbox
 * @param dns how the sandbox finds names
 * @param json the whole result as the last plugin has written it, with members that are not known here
 */
public record CniResult(
        String cniVersion,
        List<Interface> interfaces,
        List<Address> addresses,
        List<Route> routes,
        Dns dns,
        String json) {
    /**
     * Makes a result; users of Sandjar only read them.
     *
     * @param cniVersion see the record
     * @param interfaces see the record
     * @param addresses see the record
     * @param routes see the record
     * @param dns see the record
     * @param json see the record
     */
    public CniResult {
        Objects.requireNonNull(cniVersion, "cniVersion");
        interfaces = List.copyOf(interfaces);
        addresses = List.copyOf(addresses);
        routes = List.copyOf(routes);
        Objects.requireNonNull(dns, "dns");
        Objects.requireNonNull(json, "json");
    }

    /**
     * An interface.
     *
     * @param name 1 to 15 bytes
     * @param mac the hardware address, as the plugin writes it; empty if there is none
     * @param inSandbox whether it is in the sandbox, and not in the namespace that plugins work in
     */
    public record Interface(String name, String mac, boolean inSandbox) {
        /**
         * Makes an interface.
         *
         * @param name see the record
         * @param mac see the record
         * @param inSandbox see the record
         */
        public Interface {
            Objects.requireNonNull(name, "name");
            Objects.requireNonNull(mac, "mac");
        }
    }

    /**
     * An address of an interface.
     *
     * @param address of IPv4 or IPv6
     * @param prefix the number of leading bits that its subnet has in common
     * @param gateway the router of the subnet; empty if there is none
     * @param interfaceIndex of which of {@link CniResult#interfaces()} it is, from 0; empty if the plugin does not say so
     */
    public record Address(InetAddress address, int prefix, Optional<InetAddress> gateway, OptionalInt interfaceIndex) {
        /**
         * Makes an address.
         *
         * @param address see the record
         * @param prefix see the record
         * @param gateway see the record
         * @param interfaceIndex see the record
         */
        public Address {
            Objects.requireNonNull(address, "address");
            Objects.requireNonNull(gateway, "gateway");
            Objects.requireNonNull(interfaceIndex, "interfaceIndex");
        }

        /** Returns the address in CIDR notation, such as {@code 10.22.0.2/16}. */
        @Override
        public String toString() {
            return address.getHostAddress() + "/" + prefix;
        }
    }

    /**
     * A route.
     *
     * @param destination to which addresses
     * @param gateway the router; empty for that of the subnet
     */
    public record Route(AddressRange destination, Optional<InetAddress> gateway) {
        /**
         * Makes a route.
         *
         * @param destination see the record
         * @param gateway see the record
         */
        public Route {
            Objects.requireNonNull(destination, "destination");
            Objects.requireNonNull(gateway, "gateway");
        }
    }

    /**
     * What {@code resolv.conf(5)} says.
     *
     * @param nameServers whom to ask
     * @param domain the local domain; empty for none
     * @param search domains in which names are looked for
     * @param options of the resolver
     */
    public record Dns(
            List<InetAddress> nameServers, Optional<String> domain, List<String> search, List<String> options) {
        /**
         * Makes it.
         *
         * @param nameServers see the record
         * @param domain see the record
         * @param search see the record
         * @param options see the record
         */
        public Dns {
            nameServers = List.copyOf(nameServers);
            Objects.requireNonNull(domain, "domain");
            search = List.copyOf(search);
            options = List.copyOf(options);
        }

        /**
         * Returns it in the form of {@code resolv.conf(5)}.
         *
         * @return a line for each member that is there; empty if there is none
         */
        public String resolvConf() {
            StringBuilder text = new StringBuilder();
            domain.ifPresent(name -> text.append("domain ").append(name).append('\n'));
            if (!search.isEmpty()) {
                text.append("search ").append(String.join(" ", search)).append('\n');
            }
            nameServers.forEach(server ->
                    text.append("nameserver ").append(server.getHostAddress()).append('\n'));
            if (!options.isEmpty()) {
                text.append("options ").append(String.join(" ", options)).append('\n');
            }
            return text.toString();
        }
    }

    /** Returns the addresses in one line. */
    @Override
    public String toString() {
        return "CNI " + cniVersion + ": "
                + addresses.stream().map(Address::toString).collect(Collectors.joining(", "));
    }
}
