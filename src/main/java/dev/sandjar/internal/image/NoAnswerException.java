package dev.sandjar.internal.image;

import dev.sandjar.image.ImageException;
import java.io.IOException;
import java.net.ConnectException;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.net.UnknownHostException;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLHandshakeException;
import javax.net.ssl.SSLPeerUnverifiedException;

/** A server gave no answer, and why, in words: the JDK's own texts are short, or name a class. */
final class NoAnswerException extends IOException {
    private static final long serialVersionUID = 1;

    static final String SILENT = "nothing came within Registry.stallTimeout";

    private final boolean lasting;
    private final String server;
    private final String why;

    NoAnswerException(URI uri, IOException e, boolean plain) {
        super(uri + " does not answer", e);
        this.server = uri.getScheme() + "://" + uri.getAuthority();
        this.why = why(e, plain);
        this.lasting = e instanceof ConnectException
                || e instanceof UnknownHostException
                || e instanceof SSLHandshakeException
                || e instanceof SSLPeerUnverifiedException
                || TlsOnly.Plain.isCauseOf(e);
    }

    /** Whether it will be the same in a moment, as with a server that isn't there. */
    boolean isLasting() {
        return lasting;
    }

    @Override
    public String getMessage() {
        return server + " does not answer: " + why;
    }

    /** The same for callers, who know nothing of this class. */
    ImageException shown() {
        ImageException shown = new ImageException(server + " does not answer", why, "");
        shown.initCause(getCause());
        return shown;
    }

    private static String why(IOException e, boolean plain) {
        String text = e.getMessage();
        if (e instanceof UnknownHostException) {
            return "there is no such host";
        }
        if (e instanceof ConnectException && (text == null || text.startsWith("Connection refused"))) {
            return "the connection is refused; is it running, and listening at that port?";
        }
        if (e instanceof SocketTimeoutException) {
            return SILENT;
        }
        if (TlsOnly.Plain.isCauseOf(e)) {
            return TlsOnly.PLAIN + (plain ? "" : "; Registry.plainHttp() is for such a one");
        }
        if (e instanceof SSLException) {
            return "TLS failed: " + text
                    + (plain
                            ? ""
                            : "; Registry.plainHttp() is for one without TLS, Registry.tls for certificates of your own");
        }
        return text == null ? e.getClass().getSimpleName() : text;
    }
}
