package dev.sandjar.internal.start;

import dev.sandjar.Command;
import dev.sandjar.SandboxException;
import dev.sandjar.SandboxProcess;
import dev.sandjar.internal.cgroup.CgroupSupport;
import dev.sandjar.internal.cgroup.ChosenPath;
import dev.sandjar.internal.cgroup.Layout;
import dev.sandjar.internal.cgroup.root.Cgroups;
import dev.sandjar.internal.hostfs.GuestWritable;
import dev.sandjar.internal.ids.HeldIds;
import dev.sandjar.internal.ids.IdBlocks;
import dev.sandjar.internal.ids.SharedIds;
import dev.sandjar.internal.jfr.Events;
import dev.sandjar.internal.kernel.Kernel;
import dev.sandjar.internal.kernel.NativeFunctions;
import dev.sandjar.internal.kernel.SpareMemory;
import dev.sandjar.internal.launcher.Connection;
import dev.sandjar.internal.launcher.LauncherEndedException;
import dev.sandjar.internal.notify.CallHandler;
import dev.sandjar.internal.plan.LimitUpdate;
import dev.sandjar.internal.plan.Plan;
import dev.sandjar.internal.protocol.Frame;
import dev.sandjar.internal.reuse.HostMounts;
import dev.sandjar.internal.reuse.Sources;
import dev.sandjar.internal.reuse.StaleException;
import dev.sandjar.internal.reuse.Templates;
import dev.sandjar.internal.reuse.WarmReserve;
import java.io.IOException;
import java.time.Duration;
import java.util.Collections;
import java.util.Map;
import java.util.Set;
import java.util.WeakHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The launcher of this JVM: started by the first use, and again after it was lost. Thread-safe. */
public final class Launcher {
    private static final ReentrantLock STARTING = new ReentrantLock();
    private static volatile @Nullable Launcher current;
    /** Sandboxes that somebody holds, so that they may be started again. */
    private static final Set<Object> USERS =
            Collections.synchronizedSet(Collections.newSetFromMap(new WeakHashMap<>()));

    /** Until a launcher ends that nobody holds a sandbox for. Changed by tests only. */
    private static volatile long idleNanos = TimeUnit.SECONDS.toNanos(20);

    private static final long LONG_IDLE_NANOS = TimeUnit.MINUTES.toNanos(10);
    private static final Duration SHUTDOWN = Duration.ofSeconds(10);
    private static final Logger LOG = LoggerFactory.getLogger(Launcher.class);

    static {
        NativeFunctions.keepWhile(Launcher::isRunning);
    }

    private final Kernel kernel;
    /** What a sandbox is made of may change while it is set up, but not each time. */
    private static final int STALE_TRIES = 3;

    private final Connection connection;
    private final Plans plans;
    private final HeldIds ids;
    private final Cgroups cgroups;

    private final HostMounts mounts;
    private final Templates templates;
    /** Of the plans that something is kept of for later starts. */
    private final Map<Plan, Sources> sources = Collections.synchronizedMap(new WeakHashMap<>());

    Launcher(Kernel kernel, Connection connection, Shared shared) {
        this.kernel = kernel;
        this.connection = connection;
        this.templates = new Templates(connection::nextId, this::endTemplate);
        this.plans = new Plans(kernel, connection, templates);
        this.ids = new HeldIds(shared.blocks, connection);
        this.cgroups = new Cgroups(kernel, connection);
        this.mounts = shared.mounts;
        connection.onTemplates(new Connection.TemplateListener() {
            @Override
            public void ready(long template) {
                templates.ready(template);
            }

            @Override
            public void ended(long template, boolean begun) {
                templates.ended(template, begun);
            }
        });
    }

    private void endTemplate(long template) {
        try {
            connection.send(Frame.TEMPLATE_END, template, new byte[0]);
        } catch (SandboxException e) {
            LOG.trace("Launcher {} is gone, and its template {} with it", connection.launcherPid(), template, e);
        }
    }

    /** What belongs to this JVM: its launchers come and go, the ids that sandboxes have taken stay taken. */
    static final class Shared {
        private static @Nullable Shared instance;

        private final IdBlocks blocks;
        private final HostMounts mounts;

        Shared(Kernel kernel) {
            blocks = new IdBlocks(kernel);
            mounts = new HostMounts(kernel);
        }

        /** Under the lock of the launcher's start. */
        static Shared get(Kernel kernel) {
            Shared shared = instance;
            if (shared == null) {
                shared = new Shared(kernel);
                instance = shared;
            }
            return shared;
        }

        /** The same, with nothing running. */
        static void closeAll() {
            Shared shared = instance;
            if (shared != null) {
                instance = null;
                shared.blocks.close();
                shared.mounts.close();
            }
        }
    }

    /**
     * The running launcher, started if need be.
     *
     * @throws SandboxException if it can't be started; the message says why and what helps
     */
    public static Launcher get() throws SandboxException {
        Launcher launcher = current;
        if (launcher != null && !launcher.connection.isLost()) {
            return launcher;
        }
        STARTING.lock();
        try {
            launcher = current;
            if (launcher == null || launcher.connection.isLost()) {
                Kernel kernel = Kernel.get();
                Launcher made = new Launcher(kernel, Connection.open(kernel), Shared.get(kernel));
                current = made;
                SpareMemory.freeAll(); // for the class to be there at the end
                made.connection.manage(Launcher::isIdle, made::ended);
                launcher = made;
            }
            return launcher;
        } finally {
            STARTING.unlock();
        }
    }

    /** Whether one runs. */
    public static boolean isThere() {
        Launcher launcher = current;
        return launcher != null && !launcher.connection.isLost();
    }

    /** While somebody holds {@code user}, a launcher that has nothing to do is kept for longer. */
    public static void usedBy(Object user) {
        USERS.add(user);
    }

    private static boolean isIdle(long nanos) {
        return nanos > LONG_IDLE_NANOS || (nanos > idleNanos && USERS.isEmpty());
    }

    /** Kills what runs, ends the launcher, and gives back what is kept between starts. A later start begins anew. */
    public static void shutdown() {
        WarmReserve.endAll();
        Launcher launcher = current;
        if (launcher != null) {
            launcher.connection.shutdown(SHUTDOWN);
            dropLost(launcher);
        }
        if (!NativeFunctions.forget()) {
            NativeFunctions.watch();
        }
    }

    /** One that had been killed was kept, for the next start to take its place. */
    private static void dropLost(Launcher launcher) {
        STARTING.lock();
        try {
            if (launcher.connection.isGone()) {
                drop(launcher);
            }
        } finally {
            STARTING.unlock();
        }
    }

    /** Whether there is one, which may be about to end. */
    static boolean isRunning() {
        Launcher launcher = current;
        return launcher != null && !launcher.connection.isLost();
    }

    /** On the reader thread. */
    private void ended() {
        templates.close();
        plans.forgetAll();
        sources.clear();
        STARTING.lock();
        try {
            if (connection.isEnding()) {
                drop(this);
            }
        } finally {
            STARTING.unlock();
        }
        NativeFunctions.watch();
    }

    /** Under the lock of the launcher's start. */
    private static void drop(Launcher launcher) {
        if (current == launcher) {
            current = null;
            Shared.closeAll();
            SpareMemory.freeAll();
        }
    }

    /** SJ_HAS_* of protocol.h. */
    public int features() {
        return connection.features();
    }

    /** Which version of Sandjar it is of. */
    public String version() {
        return connection.launcherVersion();
    }

    /** How others, who have a launcher of their own, get host ids that no sandbox of this one has. */
    public SharedIds sharedIds(long count, long lowest) throws SandboxException {
        return ids.shared(count, lowest);
    }

    /** The cgroups that sandboxes can have here: at a path, if one was chosen. */
    public CgroupSupport cgroups(@Nullable ChosenPath path) throws IOException {
        return cgroups.offer(path);
    }

    /** Whether a plan for such cgroups is still good. */
    public boolean offers(Layout layout) throws IOException {
        return cgroups.offers(layout);
    }

    /** Drops what is kept for later starts: they make it again. */
    public void trim() {
        WarmReserve.endAll();
        templates.endAll();
    }

    /** Process id of the launcher on the host. */
    public int pid() {
        return connection.launcherPid();
    }

    /**
     * Starts a program; returns when it is executing. An interrupt of the calling thread doesn't cut the start short.
     *
     * @param update how the limits of this start are changed later
     * @param handler decides on the calls about which the plan's filter asks; null if it asks about none
     * @throws SandboxException if a step of the start failed; nothing is left of it then
     */
    public SandboxProcess start(Plan plan, Command command, LimitUpdate update, @Nullable CallHandler handler)
            throws IOException {
        Events.Start event = Events.start(plan.name());
        try {
            SandboxProcess process = launchTwice(plan, command, update, handler);
            event.started(process.pid(), command.program());
            LOG.debug("Process {} runs {}{}", process.pid(), command.program(), plan.inName());
            return process;
        } catch (IOException e) {
            event.failed(command.program(), String.valueOf(e.getMessage()));
            LOG.debug("{} could not be started{}", command.program(), plan.inName(), e);
            throw e;
        }
    }

    private SandboxProcess launchTwice(Plan plan, Command command, LimitUpdate update, @Nullable CallHandler handler)
            throws IOException {
        try {
            return launch(plan, command, update, handler);
        } catch (LauncherEndedException e) {
            if (e.sent()) {
                throw e;
            }
            // It died unnoticed and has not got the request, so that starting elsewhere starts nothing twice.
            return get().launch(plan, command, update, handler);
        }
    }

    private SandboxProcess launch(Plan plan, Command command, LimitUpdate update, @Nullable CallHandler handler)
            throws IOException {
        if (command.memory().isPresent()) {
            return launchLimited(plan, command, update, handler);
        }
        prepare(plan);
        try (Start start = Start.of(kernel, connection, plan, plans, ids, cgroups)) {
            return start.join().program(command, update, handler, id -> template(plan, id, () -> sources(plan)));
        }
    }

    /** Its cgroup has to have the limit before the program runs, so the program is named when everything else is there. */
    private SandboxProcess launchLimited(Plan plan, Command command, LimitUpdate update, @Nullable CallHandler handler)
            throws IOException {
        for (int left = STALE_TRIES; ; left--) {
            PreparedStart prepared = prepareWarm(plan);
            prepared.take();
            try {
                return prepared.begin(command, update, handler);
            } catch (StaleException e) {
                if (left <= 1) {
                    throw e;
                }
            }
        }
    }

    private Templates.Use template(Plan plan, long planId, Supplier<Sources> now) {
        return plan.mayHaveTemplate() ? templates.use(planId, now) : Templates.Use.NONE;
    }

    /** What a sandbox of this plan would be made of now. */
    private Sources sources(Plan plan) {
        return sources.computeIfAbsent(plan, p -> Sources.of(kernel, mounts, p.sources()))
                .again();
    }

    /** A plan may be older than this launcher: what it needs of cgroups has to be there, and to be the same. */
    private void prepare(Plan plan) throws IOException {
        GuestWritable.OF_THIS_JVM.remember(plan.guestWritable());
        Layout needed = plan.layout();
        if (needed == null) {
            return;
        }
        if (!cgroups.offers(needed)) {
            CgroupSupport offer = cgroups.offer();
            throw new SandboxException(
                    "prepare the cgroups",
                    null,
                    null,
                    0,
                    offer.layout() == null ? offer.reason() : "the cgroups of this host have changed",
                    offer.layout() == null ? offer.remedy() : "build the sandbox again");
        }
    }

    /**
     * Begins to set up a sandbox whose program is named later. Returns at once.
     *
     * @throws SandboxException if nothing could be asked for; what fails later shows in the result
     */
    public PreparedStart prepared(Plan plan) throws IOException {
        try {
            return prepareWarm(plan);
        } catch (LauncherEndedException e) {
            return get().prepareWarm(plan); // as with programs
        }
    }

    private PreparedStart prepareWarm(Plan plan) throws IOException {
        prepare(plan);
        Sources now = sources(plan);
        Start start = Start.of(kernel, connection, plan, plans, ids, cgroups);
        try {
            if (!plan.mayBeWarm()) {
                start.join(); // somebody is about to look at what is there while it waits
            }
            return start.prepared(plan, now, id -> template(plan, id, () -> now));
        } catch (SandboxException | RuntimeException | Error e) {
            start.close();
            throw e;
        }
    }

    /**
     * Goes through every step of a start but the last.
     *
     * @throws SandboxException what the start would have thrown
     */
    public void probe(Plan plan) throws IOException {
        try {
            tryOut(plan);
        } catch (LauncherEndedException e) {
            if (e.sent()) {
                throw e;
            }
            get().tryOut(plan);
        }
    }

    private void tryOut(Plan plan) throws IOException {
        prepare(plan);
        try (Start start = Start.of(kernel, connection, plan, plans, ids, cgroups)) {
            start.join().probe();
        }
    }
}
