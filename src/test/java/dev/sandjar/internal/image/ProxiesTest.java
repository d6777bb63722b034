package dev.sandjar.internal.image;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.URI;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which proxy the variables of an environment mean. */
class ProxiesTest {
    private static final Map<String, String> BOTH =
            Map.of("HTTP_PROXY", "http://plain:1", "HTTPS_PROXY", "https://u:p@secure:2");

    private static @Nullable String of(Map<String, String> environment, String target) throws IOException {
        URI proxy = Proxies.variables(environment).of(URI.create(target));
        return proxy == null ? null : proxy.toString();
    }

    @Test
    void eachSchemeHasItsOwn() throws IOException {
        assertEquals("http://plain:1", of(BOTH, "http://registry.example/v2/"));
        assertEquals("https://u:p@secure:2", of(BOTH, "https://registry.example/v2/"));
        assertNull(of(Map.of(), "https://registry.example/"));
        assertNull(of(Map.of("HTTPS_PROXY", ""), "https://registry.example/"));
    }

    @Test
    void lowerCaseAndNamesWithoutASchemeServe() throws IOException {
        assertEquals("http://a:1", of(Map.of("https_proxy", "a:1"), "https://registry.example/"));
        assertEquals("http://b:2", of(Map.of("http_proxy", "b:2", "HTTP_PROXY", ""), "http://registry.example/"));
    }

    /** There it is a header of whoever asks. */
    @Test
    void aCgiProgramDoesNotTakeItsCallersProxy() throws IOException {
        Map<String, String> cgi = Map.of("REQUEST_METHOD", "GET", "HTTP_PROXY", "http://evil:1");
        assertNull(of(cgi, "http://registry.example/"));
    }

    @ParameterizedTest
    @CsvSource({"localhost", "127.0.0.1:5000", "127.9.9.9", "[::1]:5000"})
    void thisMachineIsNotReachedThroughOne(String host) throws IOException {
        assertNull(of(BOTH, "http://" + host + "/"));
    }

    @ParameterizedTest
    @CsvSource({
        "example.org, example.org:443, true",
        "example.org, a.example.org:443, true",
        "EXAMPLE.org, example.ORG:443, true",
        "example.org, notexample.org:443, false",
        ".example.org, a.example.org:443, true",
        ".example.org, example.org:443, false",
        "*.example.org, a.example.org:443, true",
        "example.org:5000, example.org:5000, true",
        "example.org:5000, example.org:443, false",
        "*, anything:443, true",
        "10.0.0.0/8, 10.1.2.3:443, true",
        "10.0.0.0/8, 11.1.2.3:443, false",
        "10.0.0.0/8, 10.example.org:443, false",
        "10.0.0.0/99, 10.1.2.3:443, false",
        "10.1.2.3, 10.1.2.3:443, true",
        "fd00::/8, [fd12::1]:443, true",
        "fd12::1, [fd12:0::1]:443, true",
        "'a.example, b.example', b.example:443, true",
        "'', b.example:443, false",
    })
    void someAreLeftOut(String list, String authority, boolean direct) throws IOException {
        Map<String, String> environment = Map.of("HTTPS_PROXY", "http://p:1", "NO_PROXY", list);
        assertEquals(direct, of(environment, "https://" + authority + "/") == null);
    }

    @Test
    void whatIsNoneIsToldWithoutItsPassword() {
        for (String value : new String[] {"socks5://u:secret@p:1", "http://u:secret@", "http://u:secret@a b"}) {
            IOException e = assertThrows(
                    IOException.class, () -> of(Map.of("HTTPS_PROXY", value), "https://registry.example/"));
            assertTrue(e.getMessage().startsWith("HTTPS_PROXY"), e.getMessage());
            assertFalse(e.getMessage().contains("secret"), e.getMessage());
        }
    }
}
