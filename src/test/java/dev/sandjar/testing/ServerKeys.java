package dev.sandjar.testing;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/** Key and certificate of a server for tests, made by the JDK's keytool, which nobody else trusts. */
public final class ServerKeys {
    private static final char[] PASSWORD = "secret".toCharArray();

    private final KeyStore store;

    private ServerKeys(KeyStore store) {
        this.store = store;
    }

    /** For a name, and for addresses such as {@code 127.0.0.1} too; the file is left in the directory. */
    public static ServerKeys of(Path directory, String name, String... addresses) throws Exception {
        Path keys = directory.resolve(name + ".p12");
        StringBuilder names = new StringBuilder("san=dns:" + name);
        for (String address : addresses) {
            names.append(",ip:").append(address);
        }
        HostProgram.Result made = HostProgram.run(
                Path.of(System.getProperty("java.home"), "bin/keytool").toString(),
                "-genkeypair",
                "-keyalg",
                "EC",
                "-alias",
                "a",
                "-dname",
                "CN=" + name,
                "-ext",
                names.toString(),
                "-keystore",
                keys.toString(),
                "-storetype",
                "PKCS12",
                "-storepass",
                String.valueOf(PASSWORD));
        assertEquals(0, made.exit(), made::toString);
        KeyStore store = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(keys)) {
            store.load(in, PASSWORD);
        }
        return new ServerKeys(store);
    }

    public X509Certificate certificate() throws Exception {
        return (X509Certificate) store.getCertificate("a");
    }

    /** Has the key, and trusts nobody but itself. */
    public SSLContext context() throws Exception {
        KeyManagerFactory own = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        own.init(store, PASSWORD);
        TrustManagerFactory trusted = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trusted.init(store);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(own.getKeyManagers(), trusted.getTrustManagers(), null);
        return context;
    }
}
