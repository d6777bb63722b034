package dev.sandjar.internal.lan;

import dev.sandjar.SandboxException;
import dev.sandjar.SandboxProcess;
import dev.sandjar.UnsupportedIsolationException;
import dev.sandjar.internal.kernel.Kernel;
import dev.sandjar.internal.launcher.Keeper;
import dev.sandjar.internal.netlink.AddressMessages;
import dev.sandjar.internal.netlink.Batch;
import dev.sandjar.internal.netlink.LinkMessages;
import dev.sandjar.internal.netlink.Message;
import dev.sandjar.internal.netlink.RouteMessages;
import dev.sandjar.internal.protocol.ProtocolException;
import dev.sandjar.internal.util.Errno;
import dev.sandjar.network.NetworkDevice;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * The network namespace of one sandbox with interfaces of the host's network, before there is anybody in it. This process moves them, which has
 * the rights over the host's network if anybody has; what becomes of them at the end is the kernel's. Thread-safe.
 */
public final class DeviceSpace implements SandboxSpace {
    private static final String STEP = "make the network of the sandbox";
    private static final int LOOPBACK = 1;
    private static final long NAMESPACE = 1;

    private final Kernel kernel;
    private final Keeper keeper;
    private final Keeper.Made made;
    private final AtomicBoolean sent = new AtomicBoolean();
    private final AtomicBoolean ended = new AtomicBoolean();

    private DeviceSpace(Kernel kernel, Keeper keeper, Keeper.Made made) {
        this.kernel = kernel;
        this.keeper = keeper;
        this.made = made;
    }

    /**
     * @param sysctls of the network, by their paths below /proc/sys/net
     * @throws SandboxException if there is no such interface, or this process has no rights over it; what was moved before is then at its end
     */
    public static DeviceSpace open(Kernel kernel, List<NetworkDevice> devices, Map<String, String> sysctls)
            throws SandboxException {
        Keeper keeper = Keepers.take(STEP);
        DeviceSpace space;
        try {
            space = new DeviceSpace(kernel, keeper, keeper.newNetwork(STEP));
        } catch (SandboxException | RuntimeException | Error e) {
            Keepers.giveBack(keeper);
            throw e;
        }
        try {
            keeper.send(space.made.id(), List.of(LinkMessages.up(LOOPBACK)), STEP);
            space.set(Attachment.OWN_LOOPBACK);
            for (NetworkDevice device : devices) {
                space.bring(device);
            }
            Map<String, String> all = new LinkedHashMap<>(Attachment.given());
            all.putAll(sysctls);
            space.set(all);
            return space;
        } catch (SandboxException | RuntimeException | Error e) {
            space.close();
            throw e;
        }
    }

    private void set(Map<String, String> sysctls) throws SandboxException {
        for (Map.Entry<String, String> each : sysctls.entrySet()) {
            keeper.sysctl(made.id(), each.getKey(), each.getValue(), "set /proc/sys/net/" + each.getKey());
        }
    }

    private void bring(NetworkDevice device) throws SandboxException {
        String step = "give the sandbox the network device " + device;
        List<AddressMessages.Given> had = new ArrayList<>();
        try (HostSocket host = HostSocket.open(kernel, RouteMessages.PROTOCOL, step)) {
            int index = index(host.ask(LinkMessages.ask(device.hostName()), step));
            if (device.mode().isEmpty()) {
                had.addAll(addresses(host, index, step));
            }
            Message message = device.mode().isPresent()
                    ? LinkMessages.macvlan(index, device.insideName(), mode(device), NAMESPACE)
                    : LinkMessages.move(index, device.insideName(), NAMESPACE);
            host.send(Batch.of(List.of(message)), Map.of(NAMESPACE, made.descriptor()), step);
        } catch (SandboxException e) {
            throw explained(device, step, e);
        }
        int inside = index(keeper.askForLinks(made.id(), List.of(LinkMessages.ask(device.insideName())), step));
        List<Message> messages = new ArrayList<>(List.of(LinkMessages.up(inside)));
        had.forEach(each -> messages.add(AddressMessages.add(inside, each.address(), each.prefix())));
        device.addresses().forEach(each -> messages.add(AddressMessages.add(inside, each.address(), each.prefix())));
        device.routes()
                .forEach(route -> messages.add(RouteMessages.via(
                        route.destination().first(), route.destination().bits(), route.via(), inside)));
        keeper.send(made.id(), messages, step);
    }

    private static int index(List<byte[]> answers) {
        try {
            if (answers.size() == 1) {
                return LinkMessages.index(answers.get(0));
            }
        } catch (IllegalArgumentException e) {
            throw new ProtocolException("an answer of the kernel about an interface that is " + e.getMessage());
        }
        throw new ProtocolException(answers.size() + " answers of the kernel about an interface");
    }

    private static List<AddressMessages.Given> addresses(HostSocket host, int index, String step)
            throws SandboxException {
        List<AddressMessages.Given> found = new ArrayList<>();
        for (byte[] answer : host.ask(AddressMessages.ask(), step)) {
            try {
                AddressMessages.read(answer)
                        .filter(each -> each.index() == index)
                        .ifPresent(found::add);
            } catch (IllegalArgumentException e) {
                throw new ProtocolException("an answer of the kernel about addresses that is " + e.getMessage());
            }
        }
        return found;
    }

    /** MACVLAN_MODE_*. */
    private static int mode(NetworkDevice device) {
        return switch (device.mode().orElseThrow()) {
            case PRIVATE -> 1;
            case VEPA -> 2;
            case BRIDGE -> 4;
        };
    }

    private static SandboxException unsupported(String step, SandboxException e, String cause, String remedy) {
        return new UnsupportedIsolationException(
                null, step, e.systemCall().orElse(null), null, e.errno(), cause, remedy);
    }

    private static SandboxException explained(NetworkDevice device, String step, SandboxException e) {
        String call = e.systemCall().orElse(null);
        if (Errno.ENODEV.is(e.errno())) {
            return new SandboxException(
                    step,
                    call,
                    null,
                    e.errno(),
                    "the network namespace of this process has no interface " + device.hostName()
                            + ": maybe another sandbox has it",
                    "name one that ip link shows");
        }
        if (Errno.EPERM.is(e.errno())) {
            return unsupported(
                    step,
                    e,
                    "this process has no CAP_NET_ADMIN over the network namespace that it is in",
                    "run as root or with CAP_NET_ADMIN");
        }
        if (Errno.EOPNOTSUPP.is(e.errno())) {
            return unsupported(
                    step,
                    e,
                    "this kernel has no macvlan, or does not load it",
                    "load the module as root: modprobe macvlan");
        }
        if (Errno.EINVAL.is(e.errno()) && device.mode().isEmpty()) {
            return new SandboxException(
                    step,
                    call,
                    null,
                    e.errno(),
                    device.hostName() + " is an interface that stays in its namespace, or the name is taken",
                    "choose another one");
        }
        return e;
    }

    @Override
    public int[] descriptors() {
        int owner = keeper.owner();
        return owner < 0 ? new int[] {made.descriptor()} : new int[] {made.descriptor(), owner};
    }

    @Override
    public void sent() {
        if (sent.compareAndSet(false, true)) {
            kernel.close(made.descriptor());
        }
    }

    @Override
    public void isOf(SandboxProcess process) {}

    /** The kernel takes the interfaces. */
    @Override
    public CompletableFuture<@Nullable Void> afterSandbox(boolean killed) {
        close();
        return CompletableFuture.completedFuture(null);
    }

    @Override
    public void close() {
        sent();
        if (ended.compareAndSet(false, true)) {
            keeper.drop(made.id());
            Keepers.giveBack(keeper);
        }
    }
}
