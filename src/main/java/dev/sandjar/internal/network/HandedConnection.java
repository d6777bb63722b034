package dev.sandjar.internal.network;

import dev.sandjar.network.Connection;
import dev.sandjar.network.ConnectionEvent;
import dev.sandjar.network.EgressRule;
import java.net.InetSocketAddress;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A connection that is carried on in this JVM: it was decided on, and its addresses are checked. Thread-safe. */
public final class HandedConnection {
    private final Asked asked;
    private final Target target;

    HandedConnection(Asked asked, Target target) {
        this.asked = asked;
        this.target = target;
    }

    public Connection connection() {
        return asked.connection();
    }

    public EgressRule rule() {
        return target.rule();
    }

    /** Of the host, in lower case. */
    public String name() {
        return target.name();
    }

    public int port() {
        return target.port();
    }

    /** Which may be connected to, in this order. */
    public List<InetSocketAddress> addresses() {
        return asked.reachable();
    }

    /** Why a request is not for the host, for people; null if it is. */
    public @Nullable String wrong(RequestHead head) {
        FirstBytes said = head.isFor(target);
        return said.kind() == FirstBytes.Kind.RIGHT ? null : said.wrong() + ", not for " + target.text();
    }

    /** The host was connected to there. */
    public void reached(InetSocketAddress address) {
        asked.reached(address);
    }

    /** Whether its end now, however it comes, leaves nothing out. */
    public void complete(boolean whole) {
        asked.complete(whole);
    }

    /** Whether what was asked on it was answered to the end, and nothing has come since: who leaves then has missed nothing. */
    public boolean isComplete() {
        return asked.isComplete();
    }

    /** What its event is to say, unless something was said before. */
    public void cameTo(ConnectionEvent.Verdict verdict, String why) {
        asked.cameTo(verdict, why);
    }
}
