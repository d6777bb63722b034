package dev.sandjar;

import dev.sandjar.network.ConnectionDecider;
import dev.sandjar.network.ConnectionEvent;
import dev.sandjar.network.NameResolver;
import dev.sandjar.network.RequestEvent;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Code of the host's that connections of a network come to. Equal if it is the same.
 *
 * @param decider who says which are let through
 * @param listener who is told of their ends
 * @param resolver who says which addresses names have
 * @param requestListener who is told of requests that are read
 */
record ConnectionCode(
        Optional<ConnectionDecider> decider,
        Optional<Consumer<? super ConnectionEvent>> listener,
        Optional<NameResolver> resolver,
        Optional<Consumer<? super RequestEvent>> requestListener) {
    static final ConnectionCode NONE =
            new ConnectionCode(Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty());

    ConnectionCode withDecider(ConnectionDecider chosen) {
        return new ConnectionCode(Optional.of(chosen), listener, resolver, requestListener);
    }

    ConnectionCode withListener(Consumer<? super ConnectionEvent> chosen) {
        return new ConnectionCode(decider, Optional.of(chosen), resolver, requestListener);
    }

    ConnectionCode withResolver(NameResolver chosen) {
        return new ConnectionCode(decider, listener, Optional.of(chosen), requestListener);
    }

    ConnectionCode withRequestListener(Consumer<? super RequestEvent> chosen) {
        return new ConnectionCode(decider, listener, resolver, Optional.of(chosen));
    }

    /** Such as "decided on, with a listener". */
    @Override
    public String toString() {
        List<String> texts = new ArrayList<>();
        decider.ifPresent(any -> texts.add("decided on"));
        listener.ifPresent(any -> texts.add("with a listener"));
        requestListener.ifPresent(any -> texts.add("with a listener for requests"));
        resolver.ifPresent(any -> texts.add("with a resolver of its own"));
        return String.join(", ", texts);
    }
}
