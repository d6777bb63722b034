package dev.sandjar.network;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sandjar.Network;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class EgressRuleTest {
    @ParameterizedTest
    @CsvSource({
        "example.org., ends with a dot",
        "a.*.example.org, is a pattern",
        "*example.org, is a pattern",
        "*, is a pattern",
        "*.*.example.org, is a pattern",
        "*., is not of letters",
        "*.127.0.0.1, is an address",
        "*.localhost, means something else",
        "b\u00fccher.example, beyond ASCII",
        "\u0435xample.org, beyond ASCII",
        "exa\u212ample.org, beyond ASCII",
        "127.0.0.1, EgressRule.allowAddress(...)",
        "127.1, is an address",
        "10.0.0.0/8, is an address",
        "2001:db8::/32, is an address",
        "https://example.org/, 'the name alone, without scheme, port and path'",
        "https://example.org, 'the name alone, without scheme, port and path'",
        "example.org/, 'the name alone, without scheme, port and path'",
        "example.org:443, 'the name alone, without scheme, port and path'",
        "0x7f.1, is an address",
        "2130706433, is an address",
        "0177.0.0.1, is an address",
        "example.0x, is an address",
        "[::1], is an address",
        "::ffff:7f00:1, is an address",
        "localhost, hostPort(...)",
        "a.localhost, means something else",
        "LOCALHOST, means something else",
        "a_b.org, is not of letters",
        "-a.org, is not of letters",
        "a..org, is not of letters",
        "'a b', is not of letters",
        "a@b.org, is not of letters",
        "a/b, 'the name alone'",
        "'', is not of letters"
    })
    void namesThatAreNoStrictNamesAreRefused(String name, String reason) {
        IllegalArgumentException e = assertThrows(IllegalArgumentException.class, () -> EgressRule.allow(name, 443));
        assertTrue(e.getMessage().contains(reason), e.getMessage());
    }

    @Test
    void aPatternTakesItsPortsAndThatOfTheResolver() {
        EgressRule pattern = EgressRule.allow("*.Example.org", 443);
        assertEquals("allow *.example.org:443", pattern.toString());
        assertTrue(pattern.isPattern() && pattern.isAtAllAddresses());
        assertFalse(EgressRule.allow("example.org", 443).isPattern());
        Network network = Network.egress(pattern, EgressRule.allow("a.example.org", 443, 53));
        assertThrows(IllegalArgumentException.class, () -> network.publish(443));
        assertThrows(IllegalArgumentException.class, () -> network.with(EgressRule.allowAddress("1.0.0.0/8", 53)));
        assertThrows(IllegalArgumentException.class, () -> network.with(EgressRule.allow("*.example.net", 53)));
        assertThrows(IllegalArgumentException.class, () -> network.with(EgressRule.allow("*.example.org", 443)));
        int[] most = IntStream.rangeClosed(1000, 1254).toArray();
        Network full = Network.egress(EgressRule.allow("example.org", most));
        assertThrows(IllegalArgumentException.class, () -> full.with(pattern), "with the resolver's it is one more");
        assertEquals(
                2, full.with(EgressRule.allow("a.org", 443)).rules().egress().size());
    }

    @ParameterizedTest
    @ValueSource(strings = {"a\r\nb", "a\0.org", "a\n127.0.0.1 b", "a\tb", "a#b"})
    void namesThatWouldBeMoreThanANameAreRefused(String name) {
        assertThrows(IllegalArgumentException.class, () -> EgressRule.allow(name, 443));
    }

    @Test
    void namesHaveOneSpelling() {
        assertEquals(EgressRule.allow("repo.example.org", 443), EgressRule.allow("Repo.EXAMPLE.org", 443));
        assertEquals(
                "xn--bcher-kva.example",
                EgressRule.allow("xn--bcher-kva.example", 1).name().orElseThrow());
        String label = "a".repeat(63);
        EgressRule.allow(label + ".org", 443);
        assertThrows(IllegalArgumentException.class, () -> EgressRule.allow(label + "a.org", 443));
        assertThrows(
                IllegalArgumentException.class,
                () -> EgressRule.allow(String.join(".", label, label, label, label), 443));
    }

    @Test
    void portsAreNamedAndInOrder() {
        assertThrows(IllegalArgumentException.class, () -> EgressRule.allow("example.org"));
        assertThrows(IllegalArgumentException.class, () -> EgressRule.allow("example.org", 0));
        assertThrows(IllegalArgumentException.class, () -> EgressRule.allow("example.org", 65_536));
        assertEquals(
                List.of(80, 443), EgressRule.allow("example.org", 443, 80, 443).ports());
    }

    @Test
    void partsAreSeen() {
        EgressRule rule = EgressRule.allow("db.corp", 5432);
        EgressRule all =
                rule.withAddresses(AddressRange.of("10.0.0.0/8")).anyProtocol().fixed();
        assertEquals("allow db.corp:5432 at 10.0.0.0/8, any protocol, fixed", all.toString());
        assertTrue(all.isFixed() && all.isAnyProtocol());
        assertFalse(rule.isFixed() || rule.isAnyProtocol());
        assertEquals(List.of(AddressRange.of("10.0.0.0/8")), all.addresses());
        for (EgressRule other : List.of(rule.fixed(), rule.anyProtocol(), all, EgressRule.allow("db.corp", 1))) {
            assertNotEquals(rule, other);
        }
        assertEquals(rule.hashCode(), EgressRule.allow("db.corp", 5432).hashCode());
    }

    @Test
    void aNameAndPortIsOneRules() {
        Network network = Network.egress(EgressRule.allow("a.example", 443, 80)).hostPort(5432, "db");
        assertThrows(IllegalArgumentException.class, () -> network.allow("a.example", 80));
        assertThrows(IllegalArgumentException.class, () -> network.allow("db", 80));
        assertThrows(IllegalArgumentException.class, () -> network.hostPort(1, "a.example"));
        Network more = network.allow("a.example", 8443).allow("b.example", 80);
        assertEquals(3, more.rules().egress().size());
        assertEquals(1, network.rules().egress().size());
        assertEquals(
                "loopback, hostPort 127.0.0.1:5432 at 5432 as db, allow a.example:80+443, allow a.example:8443,"
                        + " allow b.example:80",
                more.toString());
        int[] many = java.util.stream.IntStream.rangeClosed(1, 257).toArray();
        assertThrows(IllegalArgumentException.class, () -> Network.loopback().allow("a.example", many));
        assertThrows(IllegalStateException.class, () -> Network.host().allow("a.example", 80));
        assertThrows(IllegalStateException.class, () -> Network.none().allow("a.example", 80));
    }

    @Test
    void addressesAndRanges() {
        EgressRule one = EgressRule.allowAddress("203.0.113.7", 443);
        assertEquals("allow 203.0.113.7/32:443", one.toString());
        assertTrue(one.name().isEmpty() && !one.isAtAllAddresses());
        EgressRule range = EgressRule.allowAddress("203.0.113.0/24", 443, 80);
        assertEquals(AddressRange.of("203.0.113.0/24"), range.destination().orElseThrow());
        assertTrue(range.isAtAllAddresses());
        EgressRule six = EgressRule.allowAddress("2001:db8::7", 443);
        assertEquals("allow [2001:db8:0:0:0:0:0:7/128]:443", six.toString());
        assertTrue(six.isAtAllAddresses());
        assertNotEquals(one, EgressRule.allowAddress("203.0.113.8", 443));
        for (String wrong : List.of(
                "example.org",
                "203.0.113.7/24",
                "127.1",
                "0x7f.0.0.1",
                "0177.0.0.1x",
                "::ffff:10.0.0.1",
                "198.18.0.1",
                "198.19.0.0/16",
                "0.0.0.0",
                "224.0.0.1",
                "fe80::1",
                "fe80::1%lo",
                "::",
                "ff02::1",
                "")) {
            assertThrows(IllegalArgumentException.class, () -> EgressRule.allowAddress(wrong, 443), wrong);
        }
        assertThrows(IllegalArgumentException.class, () -> EgressRule.allowAddress("203.0.113.7"));
    }

    @Test
    void aPortAtAllAddressesIsOneRules() {
        Network network = Network.egress(EgressRule.allowAddress("203.0.113.0/24", 443));
        assertThrows(IllegalArgumentException.class, () -> network.hostPort(443));
        assertThrows(IllegalArgumentException.class, () -> network.publish(443));
        assertThrows(
                IllegalArgumentException.class, () -> network.with(EgressRule.allowAddress("203.0.113.0/24", 443)));
        network.hostPort(80).publish(81).allow("a.example", 443).with(EgressRule.allowAddress("203.0.113.0/25", 443));
        Network port = Network.loopback().hostPort(443);
        assertThrows(IllegalArgumentException.class, () -> port.with(EgressRule.allowAddress("2001:db8::7", 443)));
        port.with(EgressRule.allowAddress("203.0.113.7", 443));
    }

    @Test
    void addressesOfOneInterfaceAloneAreNoRange() throws Exception {
        for (String text : List.of("fe80::1%eth0", "fe80::1%1", "fe80::%1/10")) {
            String why = assertThrows(IllegalArgumentException.class, () -> AddressRange.of(text))
                    .getMessage();
            assertTrue(why.contains("has a zone"), why);
        }
        InetAddress zoned = Inet6Address.getByAddress(
                null, AddressRange.of("fe80::1").first().getAddress(), 1);
        String why = assertThrows(IllegalArgumentException.class, () -> new AddressRange(zoned, 128))
                .getMessage();
        assertTrue(why.contains("has a zone"), why);
    }

    @Test
    void rangesAreReadStrictly() {
        AddressRange ten = AddressRange.of("10.0.0.0/8");
        assertTrue(ten.contains(Hosts.address("10.255.0.1")));
        assertFalse(ten.contains(Hosts.address("11.0.0.0")));
        assertFalse(ten.contains(Hosts.address("a00::1")));
        AddressRange six = AddressRange.of("fd00::/12");
        assertTrue(six.contains(Hosts.address("fd0f::1")));
        assertFalse(six.contains(Hosts.address("fd10::1")));
        assertEquals(32, AddressRange.of("192.0.2.1").bits());
        assertEquals("10.0.0.0/8", ten.toString());
        assertEquals(ten, AddressRange.of(ten.toString()));
        assertEquals(six, AddressRange.of(six.toString()));
        assertTrue(AddressRange.of("0.0.0.0/0").contains(Hosts.address("8.8.8.8")));
        for (String wrong : List.of(
                "10.0.0.1/8",
                "10.0.0.0/33",
                "10.0.0.0/",
                "10.0.0.0/08",
                "10.0.0.0/-1",
                "10.0/8",
                "::ffff:10.0.0.0/104",
                "example.org",
                "fd00::1/8",
                "::/129",
                "256.0.0.0/8",
                "")) {
            assertThrows(IllegalArgumentException.class, () -> AddressRange.of(wrong), wrong);
        }
    }
}
