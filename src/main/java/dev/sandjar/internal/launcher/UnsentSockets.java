package dev.sandjar.internal.launcher;

import dev.sandjar.SandboxException;
import dev.sandjar.internal.netlink.Batch;
import dev.sandjar.internal.netlink.Message;
import dev.sandjar.internal.netlink.SocketMessages;
import dev.sandjar.internal.util.Errno;
import java.util.ArrayList;
import java.util.List;

/** Sockets of TCP in a network that is kept, which nobody has any more and which hold something that the other side has not got. Thread-safe. */
public final class UnsentSockets {
    /** Some hundreds of sockets are dropped in each. */
    private static final int ROUNDS = 1000;

    private final Keeper keeper;
    private final long network;

    public UnsentSockets(Keeper keeper, long network) {
        this.keeper = keeper;
        this.network = network;
    }

    /**
     * Whether there are any.
     *
     * @throws SandboxException if the kernel does not tell, or the keeper has ended
     */
    public boolean any(String step) throws SandboxException {
        for (Message question : SocketMessages.unsent()) {
            try {
                if (!keeper.ask(network, SocketMessages.PROTOCOL, List.of(question), step)
                        .isEmpty()) {
                    return true;
                }
            } catch (SandboxException e) {
                if (Errno.EMSGSIZE.is(e.errno())) {
                    return true; // more of them than there is room for
                }
                throw e;
            }
        }
        return false;
    }

    /**
     * Ends them, of which the kernel would try for minutes to send what they hold.
     *
     * @throws SandboxException if the kernel does not do that, or there are still some of them in the end
     */
    public void drop(String step) throws SandboxException {
        for (Message question : SocketMessages.unsent()) {
            List<byte[]> found = some(question, step);
            for (int round = 1; !found.isEmpty(); round++) {
                if (round > ROUNDS) {
                    throw new SandboxException(step, null, null, 0, "the kernel still has such sockets", "");
                }
                drop(found, step);
                found = some(question, step);
            }
        }
    }

    /** As many of them as there is room for. */
    private List<byte[]> some(Message question, String step) throws SandboxException {
        KeeperAnswer answer = keeper.answer(network, SocketMessages.PROTOCOL, question, step);
        boolean more = Errno.EMSGSIZE.is(answer.errno()) && answer.said().length > 0;
        if (answer.errno() != 0 && !more) {
            throw answer.refusal(step);
        }
        return Keeper.each(answer.said());
    }

    private void drop(List<byte[]> sockets, String step) throws SandboxException {
        for (int from = 0; from < sockets.size(); from += Keeper.MESSAGES) {
            List<Message> some = new ArrayList<>();
            sockets.subList(from, Math.min(from + Keeper.MESSAGES, sockets.size()))
                    .forEach(each -> some.add(SocketMessages.destroy(each)));
            try {
                keeper.send(network, SocketMessages.PROTOCOL, Batch.of(some), step);
            } catch (SandboxException e) {
                if (!Errno.ENOENT.is(
                        e.errno())) { // by itself meanwhile; the others of the batch are dropped all the same
                    throw e;
                }
            }
        }
    }
}
