package dev.sandjar.internal.lan;

import dev.sandjar.SandboxException;
import dev.sandjar.internal.SubnetOverlap;
import dev.sandjar.internal.launcher.Keeper;
import dev.sandjar.internal.netlink.AddressMessages;
import dev.sandjar.internal.netlink.LinkMessages;
import dev.sandjar.internal.netlink.Message;
import dev.sandjar.internal.netlink.RouteMessages;
import dev.sandjar.network.Subnet;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What connects networks: a pair of interfaces between their namespaces, without a subnet of its own, and in each a route to the other's
 * members. Thread-safe.
 */
final class Crossings {
    /** Above whatever number a bridge's port may have. */
    static final int FIRST = 1 << 30;

    /** Of one network. */
    private static final int MOST = 64;

    private static final int MAC = 0x0a53;
    private static final int LINK_LOCAL_PREFIX = 64;
    private static final String STEP = "connect networks";
    private static final Logger LOG = LoggerFactory.getLogger(Crossings.class);

    private static final ReentrantLock LOCK = new ReentrantLock();
    /** The numbers of interfaces, by the networks that they connect; guarded by the lock, as is the next one. */
    private static final Map<Set<OpenNetwork>, Integer> ALL = new HashMap<>();

    private static int next = FIRST;

    private Crossings() {}

    static void make(OpenNetwork one, OpenNetwork other) throws SandboxException {
        LOCK.lock();
        try {
            one.places().requireOpen(STEP);
            other.places().requireOpen(STEP);
            requireOneKeeper(one, other);
            if (ALL.containsKey(Set.of(one, other))) {
                throw new IllegalStateException(
                        "the networks " + one.layout() + " and " + other.layout() + " are connected already");
            }
            requireRoom(one);
            requireRoom(other);
            requireDistinct(one, other);
            requireDistinct(other, one);
            int number = next++;
            Keeper keeper = one.keeper();
            keeper.send(
                    one.namespace(),
                    List.of(LinkMessages.pair(face(number, 0, one), face(number, 1, other), other.namespace())),
                    STEP);
            try {
                keeper.send(other.namespace(), List.of(LinkMessages.up(number)), STEP);
                keeper.send(one.namespace(), ways(number, 0, one, other), STEP);
                keeper.send(other.namespace(), ways(number, 1, other, one), STEP);
            } catch (SandboxException | RuntimeException | Error e) {
                remove(one, number, e);
                throw e;
            }
            ALL.put(Set.of(one, other), number);
        } finally {
            LOCK.unlock();
        }
    }

    static boolean exists(OpenNetwork one, OpenNetwork other) {
        LOCK.lock();
        try {
            return one != other && ALL.containsKey(Set.of(one, other));
        } finally {
            LOCK.unlock();
        }
    }

    private static void remove(OpenNetwork network, int number, Throwable cause) {
        try {
            network.keeper().send(network.namespace(), List.of(LinkMessages.remove(number)), STEP);
        } catch (SandboxException | RuntimeException e) {
            cause.addSuppressed(e);
        }
    }

    private static void removeOfEnding(OpenNetwork network, int number) {
        try {
            network.keeper().send(network.namespace(), List.of(LinkMessages.remove(number)), "disconnect networks");
        } catch (SandboxException e) {
            LOG.debug("What connected the network {} is gone with its keeper, or goes with it", network.layout(), e);
        }
    }

    private static void requireOneKeeper(OpenNetwork one, OpenNetwork other) throws SandboxException {
        if (one.keeper() != other.keeper()) {
            throw new SandboxException(
                    STEP,
                    null,
                    null,
                    0,
                    "the process that kept one of them has ended, and another one keeps the other",
                    "open the networks again");
        }
    }

    private static void requireRoom(OpenNetwork network) {
        if (ALL.keySet().stream().filter(pair -> pair.contains(network)).count() >= MOST) {
            throw new IllegalStateException(
                    "the network " + network.layout() + " is connected to " + MOST + " others already");
        }
    }

    /** Between two that overlap, {@code middle} would pass to one what is for the other. */
    private static void requireDistinct(OpenNetwork next, OpenNetwork middle) {
        for (Set<OpenNetwork> pair : ALL.keySet()) {
            for (OpenNetwork neighbour : pair) {
                String overlap = pair.contains(middle) && neighbour != middle
                        ? SubnetOverlap.of(
                                next.layout().subnets(), neighbour.layout().subnets())
                        : null;
                if (overlap != null) {
                    throw new IllegalArgumentException(overlap + ", and " + middle.layout() + " is connected to "
                            + neighbour.layout() + " already");
                }
            }
        }
    }

    private static LinkMessages.Interface face(int number, int side, OpenNetwork network) {
        return new LinkMessages.Interface(
                number,
                "x" + (number - FIRST),
                HardwareAddresses.of(MAC, (number - FIRST) * 2 + side),
                network.layout().mtu());
    }

    /** An address that routers of IPv6 find each other by; of IPv4 the address of the gateway serves for that too. */
    private static InetAddress linkLocal(int side) {
        byte[] bytes = new byte[16];
        bytes[0] = (byte) 0xfe;
        bytes[1] = (byte) 0x80;
        bytes[bytes.length - 1] = (byte) (side + 1);
        try {
            return InetAddress.getByAddress(bytes);
        } catch (UnknownHostException e) {
            throw new IllegalStateException(e); // it has the length of one
        }
    }

    private static List<Message> ways(int number, int side, OpenNetwork here, OpenNetwork there) {
        List<Message> messages = new ArrayList<>();
        for (int i = 0; i < there.layout().subnets().size(); i++) {
            Subnet to = there.layout().subnets().get(i);
            InetAddress gateway = there.layout().gateways().get(i);
            for (int j = 0; j < here.layout().subnets().size(); j++) {
                if (here.layout().subnets().get(j).isIpv4() != to.isIpv4()) {
                    continue;
                }
                InetAddress own = here.layout().gateways().get(j);
                if (!to.isIpv4()) {
                    messages.add(AddressMessages.add(number, linkLocal(side), LINK_LOCAL_PREFIX));
                }
                messages.add(RouteMessages.onLink(
                        to.address(), to.prefix(), to.isIpv4() ? gateway : linkLocal(1 - side), number, own));
            }
        }
        return messages;
    }

    static void end(OpenNetwork one, OpenNetwork other) throws SandboxException {
        LOCK.lock();
        try {
            Integer number = one == other ? null : ALL.get(Set.of(one, other));
            if (number != null) {
                one.keeper().send(one.namespace(), List.of(LinkMessages.remove(number)), "disconnect networks");
                ALL.remove(Set.of(one, other));
            }
        } finally {
            LOCK.unlock();
        }
    }

    /** Of a network that ends. The kernel takes its time to end a namespace, and until then the others would keep a route to it. */
    static void forget(OpenNetwork network) {
        LOCK.lock();
        try {
            for (Map.Entry<Set<OpenNetwork>, Integer> each : ALL.entrySet()) {
                if (each.getKey().contains(network)) {
                    removeOfEnding(network, each.getValue());
                }
            }
            ALL.keySet().removeIf(pair -> pair.contains(network));
        } finally {
            LOCK.unlock();
        }
    }
}
