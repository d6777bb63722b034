package dev.sandjar.image;

import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpConnectTimeoutException;
import java.nio.channels.UnresolvedAddressException;
import javax.net.ssl.SSLException;

/** Puts into words why a server gave no answer: the JDK's own texts are empty, or name a class. */
final class Unanswered {
    private Unanswered() {}

    static IOException explained(URI uri, IOException e, boolean plain) {
        return new IOException(uri.getScheme() + "://" + uri.getAuthority() + " does not answer: " + why(e, plain), e);
    }

    private static String why(IOException e, boolean plain) {
        if (isCausedBy(e, UnresolvedAddressException.class)) {
            return "there is no such host";
        }
        if (e instanceof HttpConnectTimeoutException) {
            return "no connection within the time for that";
        }
        if (e instanceof ConnectException) {
            return "the connection is refused; is it running, and listening at that port?";
        }
        if (e instanceof SSLException) {
            return "TLS failed: " + e.getMessage()
                    + (plain
                            ? ""
                            : "; Registry.plainHttp() is for one without TLS, Registry.tls for certificates of your own");
        }
        String text = e.getMessage();
        return text == null ? e.getClass().getSimpleName() : text;
    }

    private static boolean isCausedBy(Throwable e, Class<? extends Throwable> type) {
        for (Throwable t = e; t != null; t = t.getCause()) {
            if (type.isInstance(t)) {
                return true;
            }
        }
        return false;
    }
}
