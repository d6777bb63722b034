package dev.sandjar.internal.network;

import org.jspecify.annotations.Nullable;

/**
 * What a client and a proxy, or a resolver, say to each other before bytes are passed on, if any are. All of it is hostile: what has not one reading is refused.
 * Thread-safe.
 */
abstract class ProxyTalk {
    /**
     * What a client has come to.
     *
     * @param answer to be given as it is; null if something else follows
     * @param wrong why it is refused; null if it is not
     * @param target what it wants to reach; null otherwise
     * @param taken how many of its bytes are read by then
     * @param reply that it is given, also when it is refused
     * @param head for the server, in the place of the bytes that were taken; null if those were for the proxy alone
     */
    @SuppressWarnings("ArrayRecordComponent") // made to be sent
    record Step(
            @Nullable Answer answer,
            @Nullable String wrong,
            @Nullable Target target,
            int taken,
            byte[] reply,
            byte @Nullable [] head) {
        private static final byte[] NOTHING = {};

        static Step answer(Answer answer) {
            return new Step(answer, null, null, 0, NOTHING, null);
        }

        static Step wrong(String why, int taken, byte[] reply) {
            return new Step(null, why, null, taken, reply, null);
        }

        static Step tunnel(Target target, int taken, byte[] reply) {
            return new Step(null, null, target, taken, reply, null);
        }

        static Step request(Target target, int taken, byte[] head) {
            return new Step(null, null, target, taken, NOTHING, head);
        }
    }

    /** @param bytes those that came first, or after what was taken */
    abstract Step take(byte[] bytes, Targets targets);

    /** That a target was refused. Why is the host's to know: it may name addresses of its network. */
    abstract byte[] refused(Target target);

    /** That no server was reached. */
    abstract byte[] unreachable(Target target);
}
