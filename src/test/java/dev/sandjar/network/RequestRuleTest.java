package dev.sandjar.network;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Which requests a rule allows, and what rules and headers can't be made of. */
class RequestRuleTest {
    private static final EgressRule RULE = EgressRule.allow("api.example.org", 443);

    @ParameterizedTest
    @CsvSource({
        "/, /, true",
        "/, /a, false",
        "/v1, /v1, true",
        "/v1, /v1/, false",
        "/v1, /V1, false",
        "/v1/*, /v1/a, true",
        "/v1/*, /v1/, true",
        "/v1/*, /v1, false",
        "/v1/*, /v1/a/b, false",
        "/v1/**, /v1, true",
        "/v1/**, /v1/, true",
        "/v1/**, /v1/a/b/c, true",
        "/v1/**, /v10, false",
        "/v1/**, /, false",
        "/**, /, true",
        "/**, /a/b, true",
        "/**/info, /info, true",
        "/**/info, /a/b/info, true",
        "/**/info, /a/info/b, false",
        "/a/**/b/*.git, /a/x/y/b/r.git, true",
        "/a/**/b/*.git, /a/b/r.gitx, false",
        "/*a*b, /xaxb, true",
        "/*a*b, /xaxbx, false"
    })
    void pathsAreMatchedBySegments(String pattern, String path, boolean allowed) {
        assertEquals(allowed, new RequestRule("GET", pattern).allows("GET", path), pattern + " " + path);
    }

    @Test
    void methodsAreMatchedAsTheyAre() {
        assertFalse(new RequestRule("GET", "/**").allows("HEAD", "/"));
        assertTrue(new RequestRule("*", "/**").allows("HEAD", "/"));
        assertEquals("GET /v1/**", new RequestRule("GET", "/v1/**").toString());
    }

    /** Whoever chooses path and pattern has the host compare for no longer than both are long. */
    @Test
    void longPathsTakeNoLongTime() {
        String pattern = "/**/a".repeat(100);
        String path = "/a".repeat(4000) + "/b";
        assertFalse(new RequestRule("GET", pattern).allows("GET", path));
        assertFalse(new RequestRule("GET", "/" + "*a".repeat(400)).allows("GET", "/" + "a".repeat(8000) + "b"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "", "a", "*", "/a?b", "/a#b", "/a%20", "/a\\b", "/a;b", "/a//b", "/a/../b", "/./a", "/ä", "/a b", "/a\n"
            })
    void patternsOfPathsAreStrict(String path) {
        assertThrows(IllegalArgumentException.class, () -> new RequestRule("GET", path));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "get", "GET ", "CONNECT", "TRACE", "TRACK", "**", "M-SEARCH"})
    void methodsAreStrict(String method) {
        assertThrows(IllegalArgumentException.class, () -> new RequestRule(method, "/"));
    }

    @Test
    void rulesAreOfOneName() {
        Header header = Header.bearer(() -> "x");
        for (EgressRule rule : List.of(
                EgressRule.allow("*.example.org", 443),
                EgressRule.allowAddress("203.0.113.1", 443),
                RULE.anyProtocol())) {
            assertThrows(IllegalStateException.class, () -> rule.credential(header), rule.toString());
            assertThrows(IllegalStateException.class, () -> rule.allowRequests("GET", "/"), rule.toString());
        }
        assertThrows(IllegalStateException.class, () -> RULE.credential(header).anyProtocol());
        assertThrows(IllegalArgumentException.class, () -> RULE.allowRequests("GET"));
        assertThrows(IllegalArgumentException.class, RULE::trusting);
        assertThrows(IllegalArgumentException.class, () -> RULE.credential(header)
                .credential(Header.of("authorization", () -> "")));
        assertFalse(RULE.isIntercepted());
    }

    @Test
    void rulesSayWhatTheyAre() {
        EgressRule rule = RULE.allowRequests("GET", "/v1/**", "/v2")
                .credential(Header.bearer(() -> "secret"))
                .fixed();
        assertTrue(rule.isIntercepted());
        assertEquals(
                "allow api.example.org:443, requests GET /v1/**+GET /v2, with Authorization, fixed", rule.toString());
        assertEquals(2, rule.requests().size());
        assertEquals("Authorization", rule.credentials().get(0).name());
        assertEquals(Optional.of("api.example.org"), rule.name());
        assertEquals(rule, rule.withAddresses());
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "Host", "content-length", "Connection", "X Y", "X:", "-X", "X_Y", "Ä"})
    void namesOfHeadersAreStrict(String name) {
        assertThrows(IllegalArgumentException.class, () -> Header.of(name, () -> "x"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " a", "a ", "a\r\nb", "a\0", "ä", "a\tb"})
    void valuesOfHeadersAreStrict(String value) {
        String message = assertThrows(IllegalStateException.class, () -> Header.of("X", () -> value)
                        .value())
                .getMessage();
        assertEquals("the supplier of X has given what is no value of a header", message);
    }

    @Test
    void headersHaveTheirForms() {
        assertEquals("Bearer t", Header.bearer(() -> "t").value());
        assertEquals("Basic dXNlcjpwYXNz", Header.basic("user", () -> "pass").value());
        assertThrows(IllegalArgumentException.class, () -> Header.basic("a:b", () -> "c"));
        assertEquals("Authorization", Header.bearer(() -> "t").toString());
        IllegalStateException failed = assertThrows(IllegalStateException.class, () -> Header.bearer(() -> {
                    throw new IllegalArgumentException("t0p");
                })
                .value());
        assertEquals(
                "the supplier of Authorization has failed with java.lang.IllegalArgumentException",
                failed.getMessage());
        assertEquals(null, failed.getCause());
    }
}
