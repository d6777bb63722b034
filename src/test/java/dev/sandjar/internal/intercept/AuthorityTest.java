package dev.sandjar.internal.intercept;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sandjar.Network;
import dev.sandjar.network.EgressRule;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.security.KeyStore;
import java.security.cert.CertPathValidator;
import java.security.cert.CertPathValidatorException;
import java.security.cert.CertificateFactory;
import java.security.cert.PKIXParameters;
import java.security.cert.TrustAnchor;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Certificates of an authority are good for its names, for a while, and for nothing else. */
class AuthorityTest {
    private static final Instant NOW = Instant.now();
    private static final Instant LATER = NOW.plus(Duration.ofDays(2));
    private static final Network NETWORK = Network.egress(
            EgressRule.allow("api.example.org", 443).allowRequests("GET", "/**"),
            EgressRule.allow("other.example.org", 443));

    private static void validate(Certificates.Signed authority, Certificates.Signed server) throws Exception {
        // The JDK looks at no constraints of what is trusted itself, so that the authority is also on the way to
        // itself.
        TrustAnchor anchor = new TrustAnchor(
                authority.certificate().getSubjectX500Principal(),
                authority.certificate().getPublicKey(),
                null);
        PKIXParameters parameters = new PKIXParameters(Set.of(anchor));
        parameters.setRevocationEnabled(false);
        CertPathValidator.getInstance("PKIX")
                .validate(
                        CertificateFactory.getInstance("X.509")
                                .generateCertPath(List.of(server.certificate(), authority.certificate())),
                        parameters);
    }

    @Test
    void anAuthorityIsForItsNamesAlone() throws Exception {
        Certificates.Signed authority = Certificates.authority(List.of("api.example.org"), NOW, LATER);
        validate(authority, Certificates.server(authority, "api.example.org", NOW, LATER));
        for (String other : List.of("example.org", "api.example.com", "xapi.example.org")) {
            Certificates.Signed server = Certificates.server(authority, other, NOW, LATER);
            assertThrows(CertPathValidatorException.class, () -> validate(authority, server), other);
        }
        Certificates.Signed another = Certificates.authority(List.of("api.example.org"), NOW, LATER);
        Certificates.Signed server = Certificates.server(another, "api.example.org", NOW, LATER);
        assertThrows(CertPathValidatorException.class, () -> validate(authority, server));
    }

    @Test
    void aNameMayBeAsLongAsNamesAre() throws Exception {
        String name = "a".repeat(63) + "." + "b".repeat(63) + "." + "c".repeat(63) + ".example.org";
        Certificates.Signed authority = Certificates.authority(List.of(name), NOW, LATER);
        X509Certificate server =
                Certificates.server(authority, name, NOW, LATER).certificate();
        server.verify(authority.certificate().getPublicKey());
        assertEquals(List.of(List.of(2, name)), List.copyOf(server.getSubjectAlternativeNames()));
        assertEquals(-1, server.getBasicConstraints());
        assertEquals(0, authority.certificate().getBasicConstraints());
    }

    @Test
    void filesHaveTheAuthorityAndNoKey() throws Exception {
        Authority authority = new Authorities(NETWORK).current();
        Map<String, byte[]> files = authority.files().contents();
        assertEquals(
                Set.of("/etc/sandjar/ca.pem", "/etc/sandjar/ca-bundle.pem", "/etc/sandjar/truststore.jks"),
                files.keySet());
        X509Certificate own = (X509Certificate) CertificateFactory.getInstance("X.509")
                .generateCertificate(new ByteArrayInputStream(files.get("/etc/sandjar/ca.pem")));
        assertTrue(own.getNotAfter().toInstant().isBefore(NOW.plus(Duration.ofDays(91))));
        KeyStore store = KeyStore.getInstance("JKS");
        store.load(new ByteArrayInputStream(files.get("/etc/sandjar/truststore.jks")), null);
        assertTrue(store.getCertificateAlias(own) != null, "Java does not trust it");
        for (String alias : Collections.list(store.aliases())) {
            assertTrue(store.isCertificateEntry(alias), alias);
        }
        files.forEach((name, content) ->
                assertFalse(new String(content, StandardCharsets.ISO_8859_1).contains("PRIVATE"), name));
        String bundle = new String(files.get("/etc/sandjar/ca-bundle.pem"), StandardCharsets.US_ASCII);
        assertEquals(store.size(), bundle.split("BEGIN CERTIFICATE", -1).length - 1);
    }

    @Test
    void oneSandboxHasOneAndAnotherAnother() {
        Authorities one = new Authorities(NETWORK);
        assertEquals(one.current(), one.current());
        assertFalse(Arrays.equals(
                one.current().files().contents().get("/etc/sandjar/ca.pem"),
                new Authorities(NETWORK).current().files().contents().get("/etc/sandjar/ca.pem")));
        assertTrue(Authority.isNeeded(NETWORK));
        assertFalse(Authority.isNeeded(Network.egress(EgressRule.allow("a.example.org", 443))));
    }
}
