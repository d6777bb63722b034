package dev.sandjar.internal.network;

import dev.sandjar.SandboxException;
import dev.sandjar.network.AddressRange;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Which addresses may be connected to: those of the public Internet, and those of ranges that its rule names. */
public final class AddressCheck {
    private record Kind(AddressRange range, String what) {
        static Kind of(String range, String what) {
            return new Kind(AddressRange.of(range), what);
        }
    }

    /** Of the registries of addresses for special purposes (RFC 6890) all that are not reached globally, multicast, and a cloud's own. */
    private static final List<Kind> SPECIAL = List.of(
            Kind.of("0.0.0.0/8", "of this host"),
            Kind.of("10.0.0.0/8", "private"),
            Kind.of("100.64.0.0/10", "shared by a carrier's customers"),
            Kind.of("127.0.0.0/8", "loopback"),
            Kind.of("168.63.129.16/32", "of a metadata service, that of Azure"),
            Kind.of("169.254.0.0/16", "link-local, as that of metadata services"),
            Kind.of("172.16.0.0/12", "private"),
            Kind.of("192.0.0.0/24", "for protocols"),
            Kind.of("192.0.2.0/24", "for documentation"),
            Kind.of("192.31.196.0/24", "for protocols"),
            Kind.of("192.52.193.0/24", "for protocols"),
            Kind.of("192.88.99.0/24", "of 6to4"),
            Kind.of("192.168.0.0/16", "private"),
            Kind.of("192.175.48.0/24", "for protocols"),
            Kind.of("198.18.0.0/15", "for tests, and what names have inside"),
            Kind.of("198.51.100.0/24", "for documentation"),
            Kind.of("203.0.113.0/24", "for documentation"),
            Kind.of("224.0.0.0/4", "multicast"),
            Kind.of("240.0.0.0/4", "reserved"),
            Kind.of("::/96", "of IPv4, loopback or of no host"),
            Kind.of("64:ff9b::/96", "of IPv4 behind NAT64"),
            Kind.of("64:ff9b:1::/48", "of IPv4 behind NAT64"),
            Kind.of("fc00::/7", "private"),
            Kind.of("fe80::/10", "link-local"),
            Kind.of("ff00::/8", "multicast"),
            Kind.of("2001::/23", "for protocols, Teredo among them"),
            Kind.of("2001:db8::/32", "for documentation"),
            Kind.of("2002::/16", "of IPv4 by 6to4"),
            Kind.of("3fff::/20", "for documentation"));

    private static final AddressRange GLOBAL_UNICAST = AddressRange.of("2000::/3");

    /** Of IPv4 in the clothes of IPv6; {@code InetAddress} makes IPv4 of them, but not whoever makes one with a zone. */
    private static final int MAPPED = 0xff;

    private AddressCheck() {}

    /** Why all addresses of a range are refused; null if some are not, or this host's may be among them. */
    public static @Nullable String refusal(AddressRange range, List<AddressRange> allowed) {
        boolean some = allowed.stream().anyMatch(each -> each.contains(range.first()) || range.contains(each.first()));
        if (some) {
            return null;
        }
        for (Kind kind : SPECIAL) {
            if (kind.range.contains(range.first()) && kind.range.bits() <= range.bits()) {
                return "is " + kind.what;
            }
        }
        boolean outside = range.first() instanceof Inet6Address
                && range.bits() >= GLOBAL_UNICAST.bits()
                && !GLOBAL_UNICAST.contains(range.first());
        return outside ? "is no global unicast" : null;
    }

    /** Why an address is refused; null if it is not. */
    static @Nullable String refusal(InetAddress address, List<AddressRange> allowed) {
        if (address instanceof Inet6Address six && six.getScopeId() != 0) {
            return "has a zone";
        }
        if (isMapped(address.getAddress())) {
            return "is of IPv4 in the clothes of IPv6";
        }
        if (allowed.stream().anyMatch(range -> range.contains(address))) {
            return null;
        }
        for (Kind kind : SPECIAL) {
            if (kind.range.contains(address)) {
                return "is " + kind.what;
            }
        }
        if (address instanceof Inet6Address && !GLOBAL_UNICAST.contains(address)) {
            return "is no global unicast";
        }
        return ofThisHost(address);
    }

    private static boolean isMapped(byte[] bytes) {
        if (bytes.length != 16 || (bytes[10] & MAPPED) != MAPPED || (bytes[11] & MAPPED) != MAPPED) {
            return false;
        }
        for (int i = 0; i < 10; i++) {
            if (bytes[i] != 0) {
                return false;
            }
        }
        return true;
    }

    /** Services that listen on all addresses of the host would be reached by its public one. */
    static @Nullable String ofThisHost(InetAddress address) {
        try {
            boolean own = NetworkInterface.getByInetAddress(address) != null || HostRoute.isOfThisHost(address);
            return own ? "is one of this host" : null;
        } catch (SocketException | SandboxException e) {
            return "can't be told from those of this host: " + e.getMessage();
        }
    }
}
