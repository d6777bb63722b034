package dev.sandjar.internal.cni;

import dev.sandjar.Command;
import dev.sandjar.Descriptor;
import dev.sandjar.RunResult;
import dev.sandjar.Sandbox;
import dev.sandjar.SandboxException;
import dev.sandjar.internal.hostfs.ScratchDirectory;
import dev.sandjar.internal.kernel.Calls;
import dev.sandjar.internal.kernel.Kernel;
import dev.sandjar.internal.lan.Keepers;
import dev.sandjar.internal.launcher.Keeper;
import dev.sandjar.internal.netlink.LinkMessages;
import dev.sandjar.network.CniNetwork;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The network namespace of one configuration that the keeper keeps, in which plugins find "the host": made by the first sandbox with that
 * configuration, gone with the last one. Files that plugins lock or write are in a directory that goes with it.
 */
final class KeeperSpace implements PluginSpace {
    private static final Logger LOG = LoggerFactory.getLogger(KeeperSpace.class);
    private static final String STEP = "make the namespace of CNI plugins";
    private static final int LOOPBACK = 1;
    /** The first descriptor that a command names. */
    private static final String PATH_INSIDE = "/proc/self/fd/3";

    private static final ReentrantLock LOCK = new ReentrantLock();
    private static final Map<List<Object>, KeeperSpace> ALL = new HashMap<>();

    private final List<Object> key;
    private final Kernel kernel;
    private final Keeper keeper;
    private final Keeper.Made made;
    /** Of this object, whatever becomes of the keeper; -1 if the namespace belongs to that of this process. */
    private final int owner;

    private final ScratchDirectory scratch;
    private final Map<Duration, Sandbox> sandboxes = new ConcurrentHashMap<>();
    private final Map<String, Chain.Valid> attached = new ConcurrentHashMap<>();
    /** Guarded by the lock of all. */
    private int users;

    private KeeperSpace(
            List<Object> key, Kernel kernel, Keeper keeper, Keeper.Made made, int owner, ScratchDirectory scratch) {
        this.key = key;
        this.kernel = kernel;
        this.keeper = keeper;
        this.made = made;
        this.owner = owner;
        this.scratch = scratch;
    }

    private static List<Object> key(CniConfig config, CniNetwork network) {
        return List.of(config.identity(), network.configuration(), network.pluginPath());
    }

    /** For an attachment, which gives it back. */
    static KeeperSpace take(CniConfig config, CniNetwork network) throws SandboxException {
        List<Object> key = key(config, network);
        LOCK.lock();
        try {
            KeeperSpace space = ALL.get(key);
            if (space == null || space.keeper.isEnded()) {
                space = make(key);
                ALL.put(key, space); // one whose keeper has ended is left to those who have it
            }
            space.users++;
            return space;
        } finally {
            LOCK.unlock();
        }
    }

    /** That of sandboxes that run; null if there are none. It is to be given back. */
    static @Nullable KeeperSpace takeIfThere(CniConfig config, CniNetwork network) {
        LOCK.lock();
        try {
            KeeperSpace space = ALL.get(key(config, network));
            if (space == null || space.keeper.isEnded()) {
                return null;
            }
            space.users++;
            return space;
        } finally {
            LOCK.unlock();
        }
    }

    private static KeeperSpace make(List<Object> key) throws SandboxException {
        Kernel kernel = Kernel.get();
        Keeper keeper = Keepers.take(STEP);
        Keeper.Made made = null;
        int owner = -1;
        ScratchDirectory scratch = null;
        boolean done = false;
        try {
            made = keeper.newNetwork(STEP);
            int keepers = keeper.owner();
            owner = keepers < 0 ? -1 : Calls.check(kernel.raise(keepers), STEP, "fcntl(F_DUPFD_CLOEXEC)", null);
            keeper.send(made.id(), List.of(LinkMessages.up(LOOPBACK)), STEP);
            // A new namespace has what the host has. Plugins that route set it.
            keeper.sysctl(made.id(), "ipv4/ip_forward", "0", "set /proc/sys/net/ipv4/ip_forward");
            scratch = ScratchDirectory.make();
            Files.createDirectory(scratch.path().resolve("run"));
            Files.createDirectory(scratch.path().resolve("leases"));
            KeeperSpace space = new KeeperSpace(key, kernel, keeper, made, owner, scratch);
            done = true;
            return space;
        } catch (SandboxException e) {
            throw e;
        } catch (IOException e) {
            throw refusal(e);
        } finally {
            if (!done) {
                drop(kernel, keeper, made, owner, scratch);
            }
        }
    }

    private static SandboxException refusal(IOException e) {
        SandboxException refused = new SandboxException(
                STEP,
                null,
                null,
                0,
                "its directory can't be made: " + e,
                "let java.io.tmpdir name a directory that this process may write to");
        refused.initCause(e);
        return refused;
    }

    private static void drop(
            Kernel kernel, Keeper keeper, Keeper.@Nullable Made made, int owner, @Nullable ScratchDirectory scratch) {
        if (made != null) {
            keeper.drop(made.id());
            kernel.close(made.descriptor());
        }
        if (owner >= 0) {
            kernel.close(owner);
        }
        Keepers.giveBack(keeper);
        if (scratch != null) {
            try {
                scratch.close();
            } catch (IOException e) {
                LOG.warn("The directory of CNI plugins is left behind", e);
            }
        }
    }

    Keeper keeper() {
        return keeper;
    }

    void giveBack() {
        boolean last;
        LOCK.lock();
        try {
            last = --users == 0;
            if (last) {
                ALL.remove(key, this);
            }
        } finally {
            LOCK.unlock();
        }
        if (last) {
            drop(kernel, keeper, made, owner, scratch);
        }
    }

    void attached(String containerId, String interfaceName) {
        attached.put(containerId, new Chain.Valid(containerId, interfaceName));
    }

    void detached(String containerId) {
        attached.remove(containerId);
    }

    List<Chain.Valid> valid() {
        return new ArrayList<>(attached.values());
    }

    private Sandbox sandbox(Duration time) throws IOException {
        Sandbox sandbox = sandboxes.get(time);
        if (sandbox == null) {
            Path run = scratch.path().resolve("run");
            sandbox = PluginPrograms.inKeepers(owner, made.descriptor(), run, time);
            sandboxes.put(time, sandbox);
        }
        return sandbox;
    }

    @Override
    public RunResult run(Command command, Duration timeout) throws IOException {
        return PluginPrograms.run(sandbox(timeout), command);
    }

    /** Whoever is in another user namespace may not look into /proc of this process. */
    @Override
    public Command reaching(Command command, int namespace) {
        return command.descriptor("netns", Descriptor.readFrom(PluginPrograms.descriptor(namespace)));
    }

    @Override
    public String path(int namespace) {
        return PATH_INSIDE;
    }

    @Override
    public String leases() {
        return scratch.path().resolve("leases").toString();
    }
}
