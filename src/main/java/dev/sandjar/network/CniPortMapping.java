package dev.sandjar.network;

import dev.sandjar.internal.util.AddressLiterals;
import dev.sandjar.internal.util.Checks;
import java.net.InetAddress;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;

/**
 * A port of the namespace that plugins work in, from which a plugin such as {@code portmap} leads to one of the sandbox: an element of
 * {@code portMappings}. Immutable and thread-safe.
 *
 * @param protocol of both ports
 * @param hostPort where it begins, 1 to 65535
 * @param containerPort where it leads to, 1 to 65535
 * @param hostAddress the address at which it begins; empty for all
 */
public record CniPortMapping(Protocol protocol, int hostPort, int containerPort, Optional<InetAddress> hostAddress) {
    private static final int MAX = 65_535;

    /** A protocol that has ports. */
    public enum Protocol {
        /** {@code tcp(7)}. */
        TCP,
        /** {@code udp(7)}. */
        UDP,
        /** {@code sctp(7)}. */
        SCTP;

        /** Returns the name in a configuration, such as {@code tcp}. */
        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /**
     * Makes a mapping.
     *
     * @param protocol see the record
     * @param hostPort see the record
     * @param containerPort see the record
     * @param hostAddress see the record
     * @throws IllegalArgumentException if a port is out of range, or the address has a zone
     */
    public CniPortMapping {
        Objects.requireNonNull(protocol, "protocol");
        Checks.range("host port", hostPort, 1, MAX);
        Checks.range("container port", containerPort, 1, MAX);
        Objects.requireNonNull(hostAddress, "hostAddress").ifPresent(AddressLiterals::refuseZone);
    }

    /**
     * Makes a mapping of TCP at all addresses.
     *
     * @param hostPort where it begins, 1 to 65535
     * @param containerPort where it leads to, 1 to 65535
     * @return the mapping
     * @throws IllegalArgumentException if a port is out of range
     */
    public static CniPortMapping tcp(int hostPort, int containerPort) {
        return new CniPortMapping(Protocol.TCP, hostPort, containerPort, Optional.empty());
    }

    /**
     * Makes a mapping of UDP at all addresses.
     *
     * @param hostPort where it begins, 1 to 65535
     * @param containerPort where it leads to, 1 to 65535
     * @return the mapping
     * @throws IllegalArgumentException if a port is out of range
     */
    public static CniPortMapping udp(int hostPort, int containerPort) {
        return new CniPortMapping(Protocol.UDP, hostPort, containerPort, Optional.empty());
    }

    /** Returns the mapping in one word, such as {@code 8080:80/tcp}. */
    @Override
    public String toString() {
        return hostAddress.map(address -> address.getHostAddress() + "/").orElse("") + hostPort + ":" + containerPort
                + "/" + protocol;
    }
}
