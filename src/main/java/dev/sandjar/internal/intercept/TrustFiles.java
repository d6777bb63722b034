package dev.sandjar.internal.intercept;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;

/** Files by which programs inside trust an authority of their sandbox, and the variables that name them. Immutable. */
public final class TrustFiles {
    /** Where they are inside. */
    public static final String DIRECTORY = "/etc/sandjar";

    private static final String ALONE = DIRECTORY + "/ca.pem";
    private static final String ALL = DIRECTORY + "/ca-bundle.pem";
    private static final String JAVA = DIRECTORY + "/truststore.jks";
    private static final int LINE = 64;
    /** Nothing in the file is a secret. */
    private static final char[] PASSWORD = "changeit".toCharArray();

    /** Those that take the place of a program's own list, and one that adds to it. */
    private static final Map<String, String> VARIABLES = variables(
            "SSL_CERT_FILE",
            ALL,
            "CURL_CA_BUNDLE",
            ALL,
            "GIT_SSL_CAINFO",
            ALL,
            "PIP_CERT",
            ALL,
            "REQUESTS_CA_BUNDLE",
            ALL,
            "NODE_EXTRA_CA_CERTS",
            ALONE,
            "JAVA_TOOL_OPTIONS",
            "-Djavax.net.ssl.trustStore=" + JAVA + " -Djavax.net.ssl.trustStoreType=JKS");

    private final Map<String, byte[]> contents;

    private TrustFiles(Map<String, byte[]> contents) {
        this.contents = contents;
    }

    static TrustFiles of(X509Certificate authority) {
        List<X509Certificate> all = new ArrayList<>(trusted());
        all.add(authority);
        Map<String, byte[]> contents = new LinkedHashMap<>();
        try {
            contents.put(ALONE, pem(List.of(authority)));
            contents.put(ALL, pem(all));
            contents.put(JAVA, store(all));
        } catch (GeneralSecurityException | IOException e) {
            throw new IllegalStateException("what programs are to trust could not be written", e);
        }
        return new TrustFiles(contents);
    }

    /** Those whom this JVM trusts. */
    private static List<X509Certificate> trusted() {
        try {
            TrustManagerFactory factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            factory.init((KeyStore) null);
            for (TrustManager manager : factory.getTrustManagers()) {
                if (manager instanceof X509TrustManager known) {
                    return List.of(known.getAcceptedIssuers());
                }
            }
            return List.of();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("the certificates that this JVM trusts can't be read", e);
        }
    }

    private static byte[] pem(List<X509Certificate> all) throws GeneralSecurityException {
        Base64.Encoder encoder = Base64.getMimeEncoder(LINE, new byte[] {'\n'});
        StringBuilder text = new StringBuilder();
        for (X509Certificate certificate : all) {
            text.append("-----BEGIN CERTIFICATE-----\n")
                    .append(encoder.encodeToString(certificate.getEncoded()))
                    .append("\n-----END CERTIFICATE-----\n");
        }
        return text.toString().getBytes(StandardCharsets.US_ASCII);
    }

    /** Of the kind that any Java reads without being told a password. */
    private static byte[] store(List<X509Certificate> all) throws GeneralSecurityException, IOException {
        KeyStore store = KeyStore.getInstance("JKS");
        store.load(null, null);
        int number = 0;
        for (X509Certificate certificate : all) {
            store.setCertificateEntry("ca" + number++, certificate);
        }
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        store.store(out, PASSWORD);
        return out.toByteArray();
    }

    private static Map<String, String> variables(String... all) {
        Map<String, String> variables = new LinkedHashMap<>();
        for (int i = 0; i < all.length; i += 2) {
            variables.put(all[i], all[i + 1]);
        }
        return Collections.unmodifiableMap(variables);
    }

    /** Of the environment, unless it has them. */
    public static Map<String, String> variables() {
        return VARIABLES;
    }

    /** What is in each, by its guest path. */
    public Map<String, byte[]> contents() {
        return Collections.unmodifiableMap(contents);
    }
}
