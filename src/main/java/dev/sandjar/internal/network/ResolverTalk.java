package dev.sandjar.internal.network;

import java.nio.ByteBuffer;
import java.util.Arrays;

/** A resolver for names of patterns, over TCP alone (RFC 1035, section 4.2.2). */
final class ResolverTalk extends ProxyTalk {
    private static final int LENGTH = 2;
    private static final byte[] NOTHING = {};

    @Override
    Step take(byte[] bytes, Targets targets) {
        if (bytes.length < LENGTH) {
            return Step.answer(Answer.more(LENGTH));
        }
        int size = ((bytes[0] & 0xff) << Byte.SIZE) | (bytes[1] & 0xff);
        if (size > NameAnswer.SIZE_MAX) {
            return malformed(bytes);
        }
        int all = LENGTH + size;
        if (bytes.length < all) {
            return Step.answer(Answer.more(all));
        }
        byte[] reply = NameAnswer.to(Arrays.copyOfRange(bytes, LENGTH, all), size, targets);
        if (reply == null) {
            return malformed(bytes);
        }
        ByteBuffer said = ByteBuffer.allocate(LENGTH + reply.length)
                .putShort((short) reply.length)
                .put(reply);
        return Step.answer(Answer.more(1).saying(all, Answer.Said.toClient(said.array())));
    }

    private static Step malformed(byte[] bytes) {
        return Step.wrong("what it asks the resolver is malformed", bytes.length, NOTHING);
    }

    @Override
    byte[] refused(Target target) {
        return NOTHING;
    }

    @Override
    byte[] unreachable(Target target) {
        return NOTHING;
    }
}
