package dev.sandjar.internal.launcher;

import dev.sandjar.internal.host.NetworkFeature;
import dev.sandjar.internal.netlink.Batch;
import dev.sandjar.internal.netlink.Message;
import dev.sandjar.internal.netlink.RouteMessages;
import dev.sandjar.internal.protocol.Frame;
import dev.sandjar.internal.protocol.WireWriter;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What a keeper is asked for at once, in this order ({@link Keeper#carryOut}): each start waits for it. Not thread-safe. */
public final class KeeperSteps {
    private final List<Step> steps = new ArrayList<>();

    /**
     * @param name for who reads that it has failed
     * @param needs what a kernel lacks that knows nothing of it; null if all have it
     */
    @SuppressWarnings("ArrayRecordComponent") // made to be written once
    record Step(int type, long network, byte[] body, String name, @Nullable NetworkFeature needs) {}

    /** Messages of rtnetlink in a network that is kept. */
    public KeeperSteps send(long network, List<Message> messages, String name) {
        return send(network, messages, null, name);
    }

    /** @param needs what a kernel lacks that knows nothing of such messages */
    public KeeperSteps send(long network, List<Message> messages, @Nullable NetworkFeature needs, String name) {
        for (int from = 0; from < messages.size(); from += Keeper.MESSAGES) {
            List<Message> some = messages.subList(from, Math.min(from + Keeper.MESSAGES, messages.size()));
            steps.add(new Step(
                    Frame.NET_SEND, network, Keeper.body(RouteMessages.PROTOCOL, Batch.of(some)), name, needs));
        }
        return this;
    }

    /**
     * A change of rules, all at once or not at all.
     *
     * @param needs what a kernel lacks that knows nothing of such rules
     */
    public KeeperSteps changeRules(long network, List<Message> transaction, NetworkFeature needs, String name) {
        steps.add(new Step(
                Frame.NET_SEND, network, Keeper.body(Keeper.NETFILTER, Batch.transaction(transaction)), name, needs));
        return this;
    }

    /** @param path below /proc/sys/net */
    public KeeperSteps sysctl(long network, String path, String value, String name) {
        steps.add(new Step(Frame.NET_SYSCTL, network, Keeper.sysctl(path, value), name, null));
        return this;
    }

    /** As {@link #sysctl(long, String, String, String)}, for who reads that it could not be set. */
    public KeeperSteps sysctl(long network, String path, String value) {
        return sysctl(network, path, value, "set /proc/sys/net/" + path);
    }

    /** Those from {@code from} on that one message may have. */
    List<Step> some(int from, int most) {
        return steps.subList(from, Math.min(from + most, steps.size()));
    }

    int count() {
        return steps.size();
    }

    static byte[] body(List<Step> steps) {
        WireWriter out = new WireWriter().u32(steps.size());
        steps.forEach(step -> out.u16(step.type()).u64(step.network()).blob(step.body()));
        return out.bytes();
    }
}
