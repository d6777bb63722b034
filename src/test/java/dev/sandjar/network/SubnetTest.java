package dev.sandjar.network;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sandjar.Network;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SubnetTest {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "10.7.0.0",
                "10.7.0.0/",
                "10.7.0.0/7",
                "10.7.0.0/30",
                "10.7.0.1/24",
                "10.7.0.0/24 ",
                "10.7.0/24",
                "10.7.0.256/24",
                "010.7.0.0.0/24",
                "127.0.0.0/8",
                "0.0.0.0/8",
                "224.0.0.0/24",
                "169.254.0.0/16",
                "host/24",
                "fd07::",
                "fd07::/15",
                "fd07::/121",
                "fd07::1/64",
                "fe80::/64",
                "ff02::/64",
                "::/64",
                "::1/128",
                "fd07:::/64",
                "fd07::%lo/64"
            })
    void whatIsNoneIsRefused(String text) {
        assertThrows(IllegalArgumentException.class, () -> Subnet.of(text));
    }

    @ParameterizedTest
    @CsvSource({
        "10.7.0.0/24, 254, 10.7.0.254",
        "10.7.0.0/29, 6, 10.7.0.6",
        "10.0.0.0/8, 16777214, 10.0.3.232",
        "fd07::/64, 2147483647, fd07:0:0:0:0:0:0:3e8",
        "fd07::/120, 255, fd07:0:0:0:0:0:0:ff"
    })
    void addressesAreCountedFromTheFirst(String text, int size, String last) {
        Subnet subnet = Subnet.of(text);
        assertEquals(size, subnet.size());
        int number = Math.min(size, 1000);
        assertEquals(last, subnet.at(number).getHostAddress());
        assertEquals(subnet, Subnet.of(subnet.toString()));
        assertThrows(IllegalArgumentException.class, () -> subnet.at(0));
    }

    @Test
    void theAddressOfBroadcastsIsNobodys() {
        assertThrows(
                IllegalArgumentException.class, () -> Subnet.of("10.7.0.0/29").at(7));
    }

    @Test
    void whichAddressIsMeantIsSaid() {
        String message = assertThrows(IllegalArgumentException.class, () -> Subnet.of("10.7.0.1/24"))
                .getMessage();
        assertTrue(message.contains("the lowest address"), message);
    }

    @Test
    void aBuilderChecksWhatItIsTold() {
        SandboxNetwork.Builder builder = SandboxNetwork.builder().subnet("10.7.0.0/24");
        assertThrows(IllegalArgumentException.class, () -> builder.subnet("10.8.0.0/24"));
        assertThrows(IllegalArgumentException.class, () -> builder.mtu(1279));
        assertThrows(IllegalArgumentException.class, () -> builder.name("Lan"));
        assertThrows(IllegalArgumentException.class, () -> builder.name("a\nb"));
        assertThrows(IllegalStateException.class, () -> SandboxNetwork.builder().open());
        assertEquals(java.util.List.of(), Network.loopback().members());
    }
}
