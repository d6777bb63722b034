package dev.sandjar.internal.start;

import dev.sandjar.SandboxException;
import dev.sandjar.internal.cni.OpenAttachment;
import dev.sandjar.internal.hostfs.SocketPlace;
import dev.sandjar.internal.kernel.Kernel;
import dev.sandjar.internal.lan.Attachment;
import dev.sandjar.internal.lan.DeviceSpace;
import dev.sandjar.internal.lan.SandboxSpace;
import dev.sandjar.internal.launcher.Relay;
import dev.sandjar.internal.launcher.Run;
import dev.sandjar.internal.network.Link;
import dev.sandjar.internal.network.SocketAddresses;
import dev.sandjar.internal.plan.Plan;
import dev.sandjar.network.PortRule;
import java.nio.file.Path;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** What one start has for the network of its sandbox, until a process owns it: the relay, and the places in networks of several. */
final class StartNetworks {
    private final Kernel kernel;
    private final Plan plan;
    private @Nullable Relay relay;
    private @Nullable SandboxSpace space;
    /** The space, until it is a member of its networks. */
    private @Nullable Attachment joining;

    StartNetworks(Kernel kernel, Plan plan) {
        this.kernel = kernel;
        this.plan = plan;
    }

    /** The namespace, if the sandbox has one that is made before it; what belongs to a member comes later. */
    void prepare() throws SandboxException {
        if (!plan.network().members().isEmpty()) {
            joining = Attachment.prepare(kernel, plan.network());
            space = joining;
        } else if (plan.network().cni().isPresent()) {
            space = OpenAttachment.open(kernel, plan.network().cni().get(), plan.networkSysctls());
        } else if (!plan.network().devices().isEmpty()) {
            space = DeviceSpace.open(kernel, plan.network().devices(), plan.networkSysctls());
        }
    }

    /** Has it become a member of its networks, unless it is. */
    void join() throws SandboxException {
        Attachment prepared = joining;
        if (prepared != null) {
            joining = null;
            prepared.join(plan.networkSysctls());
        }
    }

    void openRelay() throws SandboxException {
        if (Link.any(plan.network())) {
            relay = Relay.open(kernel, plan.name(), plan.network(), plan.authority(), StartNetworks::outside);
        }
    }

    /** A socket that is published is made where its path says, without any link; that of a server may be below one of the host's. */
    private static byte[] outside(Link link) throws SandboxException {
        Path socket = link.rule() instanceof PortRule rule && rule.direction() == PortRule.Direction.HOST_PORT
                ? rule.hostSocket().orElse(null)
                : null;
        return socket == null
                ? link.outside()
                : SocketAddresses.of(SocketPlace.of(socket, link.rule().toString()));
    }

    /** The relay begins when the sandbox's end of its channel is there. */
    void joinRelay(Run run) {
        Relay opened = relay;
        if (opened != null) {
            run.relay(opened::begin);
        }
    }

    /** What {@code /etc/resolv.conf} says, as far as that is known of this start alone. */
    String resolvConf() {
        return space instanceof OpenAttachment attached
                ? attached.result().dns().resolvConf()
                : "";
    }

    /** The descriptors of a start, with those of its networks after them. */
    int[] after(int... fds) {
        SandboxSpace attached = space;
        int[] more = attached == null ? new int[0] : attached.descriptors();
        int[] all = Arrays.copyOf(fds, fds.length + more.length);
        System.arraycopy(more, 0, all, fds.length, more.length);
        return all;
    }

    /** The launcher has been sent what {@link #after} gives. */
    void sent() {
        SandboxSpace attached = space;
        if (attached != null) {
            attached.sent();
        }
    }

    @Nullable
    Relay relay() {
        return relay;
    }

    @Nullable
    SandboxSpace space() {
        return space;
    }

    /** A process owns them now. */
    void handedOver() {
        relay = null;
        space = null;
    }

    void close() {
        Relay opened = relay;
        if (opened != null) {
            opened.close();
        }
        SandboxSpace attached = space;
        if (attached != null) {
            attached.close();
        }
    }
}
