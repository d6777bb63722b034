package dev.sandjar.internal.cni;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sandjar.SandboxException;
import dev.sandjar.SandboxProcess;
import dev.sandjar.internal.kernel.Kernel;
import dev.sandjar.internal.lan.Attachment;
import dev.sandjar.internal.lan.Keepers;
import dev.sandjar.internal.lan.SandboxSpace;
import dev.sandjar.internal.launcher.Keeper;
import dev.sandjar.internal.netlink.LinkMessages;
import dev.sandjar.internal.util.Errno;
import dev.sandjar.internal.util.IoThreads;
import dev.sandjar.network.CniAttachment;
import dev.sandjar.network.CniMode;
import dev.sandjar.network.CniNetwork;
import dev.sandjar.network.CniResult;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The network namespace of one sandbox in which plugins have made an interface, before there is anybody in it. Thread-safe. */
public final class OpenAttachment implements SandboxSpace, CniAttachment {
    private static final Logger LOG = LoggerFactory.getLogger(OpenAttachment.class);
    private static final String STEP = "make the network of the sandbox";
    private static final int LOOPBACK = 1;

    private final Kernel kernel;
    private final Keeper keeper;
    private final Keeper.Made made;
    private final String id;
    /** Null in the host's network. */
    private final @Nullable KeeperSpace space;

    /** Plugins are asked for one thing after the other about a sandbox, as the specification wants it. */
    private final ReentrantLock lock = new ReentrantLock();
    /** Guarded by the lock, as is what follows. */
    private @Nullable Chain chain;

    private Journal.@Nullable Entry entry;
    private Chain.@Nullable Added added;
    private boolean closed;
    private volatile @Nullable SandboxException removalFailure;

    private OpenAttachment(Kernel kernel, Keeper keeper, Keeper.Made made, String id, @Nullable KeeperSpace space) {
        this.kernel = kernel;
        this.keeper = keeper;
        this.made = made;
        this.id = id;
        this.space = space;
    }

    /**
     * @param sysctls of the network, by their paths below /proc/sys/net
     * @throws SandboxException if the configuration is malformed, a plugin is missing or fails, or the kernel refuses something; nothing is
     *     left then of what plugins have made
     */
    public static OpenAttachment open(Kernel kernel, CniNetwork network, Map<String, String> sysctls)
            throws SandboxException {
        CniNetworks.Found found = CniNetworks.find(network);
        KeeperSpace space = network.mode() == CniMode.HOST ? null : KeeperSpace.take(found.config(), network);
        Keeper keeper;
        try {
            keeper = space == null ? Keepers.take(STEP) : space.keeper();
        } catch (SandboxException | RuntimeException | Error e) {
            giveBack(space, null);
            throw e;
        }
        OpenAttachment attachment;
        try {
            attachment = new OpenAttachment(kernel, keeper, keeper.newNetwork(STEP), CniNetworks.newId(), space);
        } catch (SandboxException | RuntimeException | Error e) {
            giveBack(space, keeper);
            throw e;
        }
        try {
            attachment.make(found, network, sysctls);
            return attachment;
        } catch (SandboxException | RuntimeException | Error e) {
            attachment.close(); // plugins that were asked have been asked to remove it
            throw e;
        }
    }

    private static void giveBack(@Nullable KeeperSpace space, @Nullable Keeper keeper) {
        if (space != null) {
            space.giveBack();
        } else if (keeper != null) {
            Keepers.giveBack(keeper);
        }
    }

    private void make(CniNetworks.Found found, CniNetwork network, Map<String, String> sysctls)
            throws SandboxException {
        lock.lock();
        try {
            keeper.send(made.id(), List.of(LinkMessages.up(LOOPBACK)), STEP);
            set(Attachment.OWN_LOOPBACK);
            set(Attachment.given());
            Journal journal = space == null ? CniNetworks.journal(network) : null;
            PluginRuns runs = CniNetworks.runs(network, space);
            Map<String, String> variables = new LinkedHashMap<>();
            variables.put("CNI_CONTAINERID", id);
            variables.put("CNI_IFNAME", network.interfaceName());
            variables.put(
                    "CNI_ARGS",
                    network.arguments().entrySet().stream()
                            .map(each -> each.getKey() + "=" + each.getValue())
                            .collect(Collectors.joining(";")));
            Chain all = Chain.of(found.config(), found.plugins(), found.runtime(), runs, variables);
            all.status();
            if (space != null) {
                space.attached(id, network.interfaceName());
            }
            Journal.Entry begun =
                    journal == null ? null : journal.begin(id, found.config().name(), all);
            entry = begun;
            try {
                added = all.add(made.descriptor(), this::wrong, begun == null ? result -> {} : begun::result);
            } catch (SandboxException | RuntimeException | Error e) {
                if (e.getSuppressed().length > 0 && begun != null) {
                    begun.leave(); // for the next start to remove it
                    entry = null;
                }
                throw e;
            }
            chain = all;
            set(sysctls);
        } finally {
            lock.unlock();
        }
    }

    private void set(Map<String, String> sysctls) throws SandboxException {
        for (Map.Entry<String, String> each : sysctls.entrySet()) {
            keeper.sysctl(made.id(), each.getKey(), each.getValue(), "set /proc/sys/net/" + each.getKey());
        }
    }

    /** Whether interfaces that a plugin says are in the sandbox are there. */
    private String wrong(CniResult result) throws SandboxException {
        for (CniResult.Interface each : result.interfaces()) {
            if (each.inSandbox() && !isThere(each.name())) {
                return "it says that the interface " + each.name() + " is in the sandbox, where there is none";
            }
        }
        return "";
    }

    private boolean isThere(String name) throws SandboxException {
        try {
            keeper.askForLinks(made.id(), List.of(LinkMessages.ask(name)), "look for the interface " + name);
            return true;
        } catch (SandboxException e) {
            if (Errno.ENODEV.is(e.errno())) {
                return false;
            }
            throw e;
        }
    }

    @Override
    public String containerId() {
        return id;
    }

    @Override
    public CniResult result() {
        lock.lock();
        try {
            Chain.Added made = added;
            if (made == null) {
                throw new IllegalStateException("plugins have not made anything");
            }
            return made.result();
        } finally {
            lock.unlock();
        }
    }

    @Override
    public boolean check() throws SandboxException {
        lock.lock();
        try {
            Chain all = chain;
            Chain.Added made = added;
            if (closed || all == null || made == null) {
                throw new IllegalStateException("the sandbox has ended");
            }
            if (!all.checks()) {
                return false;
            }
            all.check(this.made.descriptor(), made.raw());
            return true;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public Optional<SandboxException> removalFailure() {
        return Optional.ofNullable(removalFailure);
    }

    @Override
    public int[] descriptors() {
        int owner = keeper.owner();
        return owner < 0 ? new int[] {made.descriptor()} : new int[] {made.descriptor(), owner};
    }

    /** Plugins need the namespace until the end. */
    @Override
    public void sent() {}

    @Override
    public void isOf(SandboxProcess process) {}

    @Override
    public CompletableFuture<@Nullable Void> afterSandbox(boolean killed) {
        CompletableFuture<@Nullable Void> done = new CompletableFuture<>();
        IoThreads.background(() -> {
            try {
                close();
            } finally {
                done.complete(null);
            }
        });
        return done;
    }

    @Override
    public void close() {
        lock.lock();
        try {
            if (closed) {
                return;
            }
            closed = true;
            remove();
        } finally {
            keeper.drop(made.id());
            kernel.close(made.descriptor());
            if (space != null) {
                space.detached(id);
            }
            giveBack(space, keeper);
            lock.unlock();
        }
    }

    private void remove() {
        Chain all = chain;
        Chain.Added last = added;
        if (all != null) {
            ObjectNode result = last == null ? null : last.raw();
            all.remove(made.descriptor(), result, this::failed);
        }
        Journal.Entry kept = entry;
        if (kept == null) {
            return;
        }
        if (removalFailure != null) {
            kept.leave();
            return;
        }
        try {
            kept.remove();
        } catch (SandboxException e) {
            failed(e);
        }
    }

    private void failed(SandboxException e) {
        LOG.warn("What plugins of CNI have made for {} could not be removed", id, e);
        SandboxException first = removalFailure;
        if (first == null) {
            removalFailure = e;
        } else {
            first.addSuppressed(e);
        }
    }
}
