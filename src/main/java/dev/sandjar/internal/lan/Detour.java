package dev.sandjar.internal.lan;

import dev.sandjar.SandboxException;
import dev.sandjar.internal.NetworkLayout;
import dev.sandjar.internal.netlink.Message;
import dev.sandjar.internal.netlink.RuleMessages;
import dev.sandjar.internal.util.Errno;
import java.net.InetAddress;
import java.util.List;

/**
 * The way from one member to another one by the gateway of their network, past what its bridge does not pass on: open to whoever may choose
 * where a packet goes to first, by a route or a packet socket. Not thread-safe.
 */
final class Detour {
    /** Priority of the rules: behind that of the table of local addresses. */
    private static final int PRIORITY = 100;

    private final OpenNetwork network;
    private boolean isClosed;

    Detour(OpenNetwork network) {
        this.network = network;
    }

    /** By which the gateway passes nothing back. */
    static List<Message> closed(NetworkLayout layout) {
        return each(layout, RuleMessages::notFrom);
    }

    private static List<Message> each(NetworkLayout layout, Rule rule) {
        return layout.subnets().stream()
                .map(subnet -> rule.of(OpenNetwork.BRIDGE_NAME, subnet.address(), subnet.prefix(), PRIORITY))
                .toList();
    }

    /** The network has one, which is not closed for ever. */
    private boolean exists() {
        return network.layout().hasGateway() && !network.layout().keepsApart();
    }

    void close(String step) throws SandboxException {
        if (exists() && !isClosed) {
            send(closed(network.layout()), Errno.EEXIST, step);
            isClosed = true;
        }
    }

    void open(String step) throws SandboxException {
        if (exists() && isClosed) {
            send(each(network.layout(), RuleMessages::fromAgain), Errno.ENOENT, step);
            isClosed = false;
        }
    }

    /** @param done what the kernel says of a rule that an attempt before this one, which has failed for another, has had it have */
    private void send(List<Message> messages, Errno done, String step) throws SandboxException {
        for (Message message : messages) {
            try {
                network.keeper().send(network.namespace(), List.of(message), step);
            } catch (SandboxException e) {
                if (!done.is(e.errno())) {
                    throw e;
                }
            }
        }
    }

    private interface Rule {
        Message of(String device, InetAddress first, int bits, int priority);
    }
}
