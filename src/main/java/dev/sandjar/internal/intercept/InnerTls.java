package dev.sandjar.internal.intercept;

import java.io.IOException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;

/** The server's end of TLS with a program inside. */
final class InnerTls {
    private InnerTls() {}

    /** The only handshake of a connection. */
    static void greet(SSLSocket tls) throws IOException {
        SSLParameters parameters = tls.getSSLParameters();
        parameters.setApplicationProtocols(new String[] {"http/1.1"});
        tls.setSSLParameters(parameters);
        tls.setUseClientMode(false);
        tls.startHandshake();
        // Another one would be of TLS 1.2, with all its arithmetic for a message of the program's; what 1.3 has in its
        // place is no handshake.
        tls.setEnabledProtocols(new String[] {"TLSv1.3"});
    }
}
