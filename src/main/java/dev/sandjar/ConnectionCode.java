package dev.sandjar;

import dev.sandjar.network.ConnectionDecider;
import dev.sandjar.network.ConnectionEvent;
import dev.sandjar.network.NameResolver;
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
 */
record ConnectionCode(
        Optional<ConnectionDecider> decider,
        Optional<Consumer<? super ConnectionEvent>> listener,
        Optional<NameResolver> resolver) {
    static final ConnectionCode NONE = new ConnectionCode(Optional.empty(), Optional.empty(), Optional.empty());

    ConnectionCode withDecider(ConnectionDecider chosen) {
        return new ConnectionCode(Optional.of(chosen), listener, resolver);
    }

    ConnectionCode withListener(Consumer<? super ConnectionEvent> chosen) {
        return new ConnectionCode(decider, Optional.of(chosen), resolver);
    }

    ConnectionCode withResolver(NameResolver chosen) {
        return new ConnectionCode(decider, listener, Optional.of(chosen));
    }

    /** Such as "decided on, with a listener". */
    @Override
    public String toString() {
        List<String> texts = new ArrayList<>();
        decider.ifPresent(any -> texts.add("decided on"));
        listener.ifPresent(any -> texts.add("with a listener"));
        resolver.ifPresent(any -> texts.add("with a resolver of its own"));
        return String.join(", ", texts);
    }
}
