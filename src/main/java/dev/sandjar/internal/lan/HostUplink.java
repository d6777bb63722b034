package dev.sandjar.internal.lan;

import dev.sandjar.SandboxException;
import dev.sandjar.UnsupportedIsolationException;
import dev.sandjar.internal.NetworkLayout;
import dev.sandjar.internal.host.NetworkFeature;
import dev.sandjar.internal.kernel.Kernel;
import dev.sandjar.internal.launcher.Keeper;
import dev.sandjar.internal.netlink.AddressMessages;
import dev.sandjar.internal.netlink.Batch;
import dev.sandjar.internal.netlink.LinkMessages;
import dev.sandjar.internal.netlink.Message;
import dev.sandjar.internal.netlink.NeighbourMessages;
import dev.sandjar.internal.netlink.RouteMessages;
import dev.sandjar.internal.nft.UplinkMessages;
import dev.sandjar.internal.util.BoundedReads;
import dev.sandjar.internal.util.Errno;
import dev.sandjar.internal.util.IoThreads;
import dev.sandjar.network.Subnet;
import dev.sandjar.network.Uplink;
import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A way out of a network through the host's: a pair of interfaces, and a table of rules in the host's namespace that ends with its socket. The keeper
 * holds that too, and takes the pair away before it lets go, so that there is never the one without the other while this process or the
 * keeper lives. This process does what needs rights over the host's network, which the keeper has not where it is in a user namespace of
 * its own. Thread-safe.
 */
final class HostUplink implements Way {
    private static final Logger LOG = LoggerFactory.getLogger(HostUplink.class);
    private static final int NETFILTER = 12;

    /** Of all such interfaces of a host, by which members of the one network are kept from the others. */
    private static final int GROUP = 0x73616e64;

    /** Inside, where the kernel gives such indexes to nobody. */
    private static final int INSIDE = 98;

    private static final String INSIDE_NAME = "uplink";
    /** The kernel puts a number in. */
    private static final String HOST_NAME = "sandjar%d";

    private static final int FIRST_INDEX = 0x20000000;
    private static final int INDEXES = 0x20000000;
    private static final int ATTEMPTS = 16;
    private static final int MAC = 0x0657;
    private static final long NAMESPACE = 1;
    private static final Duration LOOK = Duration.ofMillis(250);

    /** The others at the other end: nobody has them, and nobody is asked for them. */
    private static final InetAddress ROUTER = address(new byte[] {(byte) 169, (byte) 254, 1, 1});

    private static final InetAddress ROUTER_SIX = address(ByteBuffer.allocate(16)
            .putShort((short) 0xfe80)
            .putShort(14, (short) 1)
            .array());

    private static final SecureRandom RANDOM = new SecureRandom();

    private final Kernel kernel;
    private final Keeper keeper;
    private final HostSocket rules;
    private final int index;
    private final AtomicBoolean closed = new AtomicBoolean();

    private HostUplink(Kernel kernel, Keeper keeper, HostSocket rules, int index) {
        this.kernel = kernel;
        this.keeper = keeper;
        this.rules = rules;
        this.index = index;
    }

    /**
     * @param network of the keeper, with its gateway
     * @throws UnsupportedIsolationException if this process has no rights over the network of the host, or that forwards no packets
     */
    static HostUplink open(Kernel kernel, Keeper keeper, Keeper.Made network, NetworkLayout layout, Uplink uplink)
            throws SandboxException {
        String step = "connect the network " + layout.name() + " with that of the host";
        for (Subnet subnet : layout.subnets()) {
            requireForwarding(subnet.isIpv4() ? "net.ipv4.ip_forward" : "net.ipv6.conf.all.forwarding", step);
        }
        for (int attempt = 1; ; attempt++) {
            try {
                return open(kernel, keeper, network, layout, uplink, step);
            } catch (SandboxException e) {
                // Somebody has the index, or the address.
                if (attempt == ATTEMPTS || !(Errno.EEXIST.is(e.errno()) || Errno.EBUSY.is(e.errno()))) {
                    throw explained(step, e);
                }
            }
        }
    }

    private static SandboxException explained(String step, SandboxException e) {
        if (!Errno.EPERM.is(e.errno())) {
            return e;
        }
        return new UnsupportedIsolationException(
                null,
                step,
                e.systemCall().orElse(null),
                null,
                e.errno(),
                "this process has no CAP_NET_ADMIN over the network namespace that it is in",
                "run as root, or with CAP_NET_ADMIN, or leave the uplink out: Network.egress(...) needs no rights");
    }

    private static void requireForwarding(String setting, String step) throws SandboxException {
        Path file = Path.of("/proc/sys", setting.replace('.', '/'));
        String value;
        try {
            value = BoundedReads.text(file).strip();
        } catch (IOException e) {
            value = "not there";
        }
        if (!value.equals("1")) {
            throw new UnsupportedIsolationException(
                    null,
                    step,
                    null,
                    file.toString(),
                    0,
                    "the host forwards no packets of this family: " + setting + " is " + value,
                    "as root: sysctl -w " + setting
                            + "=1, where the host may be a router; or leave out the subnet of this family");
        }
    }

    private static HostUplink open(
            Kernel kernel, Keeper keeper, Keeper.Made network, NetworkLayout layout, Uplink uplink, String step)
            throws SandboxException {
        int index = FIRST_INDEX + RANDOM.nextInt(INDEXES);
        List<InetAddress> own = new ArrayList<>();
        layout.subnets().forEach(subnet -> own.add(subnet.isIpv4() ? linkLocal() : unique()));
        HostSocket rules = HostSocket.open(kernel, NETFILTER, step);
        HostUplink made = new HostUplink(kernel, keeper, rules, index);
        boolean done = false;
        try {
            // Before the way is there.
            made.rules(UplinkMessages.host(index, GROUP, own, uplink), step);
            keeper.changeRules(network.id(), UplinkMessages.inside(INSIDE), NetworkFeature.UPLINK, step);
            LinkMessages.Interface host =
                    new LinkMessages.Interface(index, HOST_NAME, HardwareAddresses.of(MAC, 0), layout.mtu());
            LinkMessages.Interface inside =
                    new LinkMessages.Interface(INSIDE, INSIDE_NAME, HardwareAddresses.of(MAC, 1), layout.mtu());
            made.links(List.of(LinkMessages.pairOfGroup(host, GROUP, inside, NAMESPACE)), network.descriptor(), step);
            keeper.last(network.id(), List.of(LinkMessages.remove(INSIDE)), rules.descriptor(), step);
            keeper.send(network.id(), inside(own), step);
            List<Message> outside = new ArrayList<>();
            own.forEach(address -> {
                outside.add(RouteMessages.neighbour(address, index));
                outside.add(NeighbourMessages.permanent(address, inside.hardwareAddress(), index));
            });
            made.links(outside, -1, step);
            done = true;
        } finally {
            if (!done) {
                made.close();
            }
        }
        made.watch();
        return made;
    }

    private static List<Message> inside(List<InetAddress> own) {
        List<Message> messages = new ArrayList<>(List.of(LinkMessages.up(INSIDE)));
        for (InetAddress address : own) {
            InetAddress router = address instanceof Inet4Address ? ROUTER : ROUTER_SIX;
            InetAddress all = address(new byte[address.getAddress().length]);
            messages.add(AddressMessages.add(INSIDE, address, address.getAddress().length * Byte.SIZE));
            messages.add(NeighbourMessages.permanent(router, HardwareAddresses.of(MAC, 0), INSIDE));
            messages.add(RouteMessages.onLink(all, 0, router, INSIDE, address));
        }
        return messages;
    }

    /** Of IPv4, by which the host knows the network. */
    private static InetAddress linkLocal() {
        return address(
                new byte[] {(byte) 169, (byte) 254, (byte) (2 + RANDOM.nextInt(160)), (byte) (1 + RANDOM.nextInt(254))
                });
    }

    /** Of IPv6, in a range that nobody was given (RFC 4193). */
    private static InetAddress unique() {
        return address(ByteBuffer.allocate(16)
                .putLong(0xfd73616e646a0000L)
                .putLong(RANDOM.nextLong())
                .array());
    }

    private static InetAddress address(byte[] bytes) {
        try {
            return InetAddress.getByAddress(bytes);
        } catch (UnknownHostException e) {
            throw new IllegalStateException(e); // it has one of the two lengths that there are
        }
    }

    private void rules(List<Message> transaction, String step) throws SandboxException {
        try {
            rules.send(Batch.transaction(transaction), Map.of(), step);
        } catch (SandboxException e) {
            throw Keeper.needing(NetworkFeature.UPLINK, step, e);
        }
    }

    private void links(List<Message> messages, int namespace, String step) throws SandboxException {
        try (HostSocket socket = HostSocket.open(kernel, RouteMessages.PROTOCOL, step)) {
            socket.send(Batch.of(messages), Map.of(NAMESPACE, namespace), step);
        }
    }

    /** When the keeper ends, the kernel takes the interfaces away when it likes, and the rules are to hold until then. */
    private void watch() {
        var unused = IoThreads.later(LOOK, () -> {
            if (closed.get()) {
                return;
            }
            if (keeper.isEnded()) {
                close();
            } else {
                watch();
            }
        });
    }

    /** Takes the way away, and the rules after it. */
    @Override
    public void close() {
        if (!closed.compareAndSet(false, true)) {
            return;
        }
        String step = "take away the way to the host";
        try {
            links(List.of(LinkMessages.remove(index)), -1, step);
        } catch (SandboxException e) {
            if (!HostSocket.isGone(e)) {
                LOG.debug("The keeper takes the way to the host away", e);
            }
        }
        try {
            rules.send(Batch.transaction(UplinkMessages.remove(index)), Map.of(), step);
        } catch (SandboxException e) {
            LOG.debug("The rules of a way to the host end with their sockets", e);
        } finally {
            rules.close();
        }
    }
}
