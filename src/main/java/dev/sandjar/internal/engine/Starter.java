package dev.sandjar.internal.engine;

import dev.sandjar.Command;
import dev.sandjar.Confinement;
import dev.sandjar.Explanation;
import dev.sandjar.Isolation;
import dev.sandjar.NamespaceKind;
import dev.sandjar.PreparedSandbox;
import dev.sandjar.RootFs;
import dev.sandjar.RunResult;
import dev.sandjar.SandboxException;
import dev.sandjar.SandboxPool;
import dev.sandjar.SandboxProcess;
import dev.sandjar.SandboxSetup;
import dev.sandjar.Tier;
import dev.sandjar.UnsupportedIsolationException;
import dev.sandjar.internal.GroundAccess;
import dev.sandjar.internal.Starts;
import dev.sandjar.internal.bpf.FilterCompiler;
import dev.sandjar.internal.bpf.InterceptedCalls;
import dev.sandjar.internal.bpf.KernelVersion;
import dev.sandjar.internal.bpf.Machine;
import dev.sandjar.internal.cgroup.CgroupSupport;
import dev.sandjar.internal.cgroup.ChosenPath;
import dev.sandjar.internal.changes.LayeredRoot;
import dev.sandjar.internal.cni.CniNetworks;
import dev.sandjar.internal.host.Host;
import dev.sandjar.internal.host.NetworkFeature;
import dev.sandjar.internal.host.RefusedNamespaces;
import dev.sandjar.internal.image.ImageRoot;
import dev.sandjar.internal.notify.CallHandler;
import dev.sandjar.internal.notify.CallRecorder;
import dev.sandjar.internal.notify.ProfileHandler;
import dev.sandjar.internal.plan.Plan;
import dev.sandjar.internal.plan.Request;
import dev.sandjar.internal.plan.Resolution;
import dev.sandjar.internal.plan.Resolver;
import dev.sandjar.internal.probe.Probes;
import dev.sandjar.internal.reuse.Reserve;
import dev.sandjar.internal.reuse.StaleException;
import dev.sandjar.internal.reuse.WarmReserve;
import dev.sandjar.internal.start.Launcher;
import dev.sandjar.internal.start.PreparedStart;
import dev.sandjar.internal.util.OptionalLibrary;
import dev.sandjar.network.CniNetwork;
import dev.sandjar.seccomp.LearnedProfile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Turns one policy into running processes. The plan for this host is made once, at the first start that needs it. */
final class Starter implements Starts {
    private static final Logger LOG = LoggerFactory.getLogger(Starter.class);

    private final Request request;
    private final ReentrantLock resolving = new ReentrantLock();
    private final WarmReserve<PreparedStart> warm;
    private volatile @Nullable Plan shared;
    /** Null if the root is not an image's. */
    private final @Nullable ImageRoots images;

    Starter(Request request) {
        this.request = request;
        this.images = request.root() instanceof RootFs.Layered image ? new ImageRoots(request, image) : null;
        this.warm = new WarmReserve<>(maker(), request.warm());
        Launcher.usedBy(this);
    }

    /** In a warm sandbox, if there is one. */
    @Override
    public SandboxProcess start(Command command) throws IOException {
        checkBounds(command);
        Plan plan = shared;
        if (plan == null || !plan.mayBeWarm()) {
            return startNew(command);
        }
        PreparedStart prepared = warm.take();
        try {
            return prepared == null ? startNew(command) : run(prepared, command);
        } finally {
            warm.used();
        }
    }

    void checkBounds(Command command) {
        StartBounds.check(request.sandbox(), command);
    }

    private interface Step<T> {
        T done() throws IOException;
    }

    /** What fails says which sandbox it was. */
    private <T> T named(Step<T> step) throws IOException {
        try {
            return step.done();
        } catch (UnsupportedIsolationException e) {
            UnsupportedIsolationException told = TierChoice.offering(e, request, this::attempt);
            request.sandbox().name().ifPresent(name -> GroundAccess.get().name(told, name));
            throw told;
        } catch (SandboxException e) {
            request.sandbox().name().ifPresent(name -> GroundAccess.get().name(e, name));
            throw e;
        }
    }

    private Resolution attempt(Request asked) throws IOException {
        Launcher launcher = Launcher.get();
        return resolve(launcher, withCni(asked, true), TierChoice.without(host(launcher, Set.of())), null);
    }

    /** From the beginning. */
    SandboxProcess startNew(Command command) throws IOException {
        return named(() -> start(command, handler()));
    }

    @Override
    public void check(Command command) {
        Runner.check(command);
        checkBounds(command);
    }

    @Override
    public RunResult run(Command command, int captureLimit, Consumer<SandboxProcess> started)
            throws IOException, InterruptedException {
        Runner.check(command);
        SandboxProcess process = start(command);
        started.accept(process);
        return Runner.run(process, command, captureLimit);
    }

    @Override
    public LearnedProfile learn(Command command, int captureLimit) throws IOException, InterruptedException {
        Runner.check(command);
        checkBounds(command);
        CallRecorder recorder = new CallRecorder();
        RunResult result = Runner.run(observed(command, recorder), command, captureLimit);
        recorder.await();
        return new LearnedProfile(recorder.profile(), recorder.names(), result);
    }

    @Override
    public SandboxPool pool(int size) throws IOException {
        return FilledPool.of(this, size);
    }

    @Override
    public void rehearse() throws IOException {
        prepared().close();
    }

    /** With every call let through, and reported to {@code handler}. */
    SandboxProcess observed(Command command, CallHandler handler) throws IOException {
        Starter starter = new Starter(request.observed());
        return named(() -> starter.start(command, handler));
    }

    private @Nullable CallHandler handler() {
        if (!request.listens()) {
            return null;
        }
        Confinement confinement = request.confinement();
        byte[] profile = FilterCompiler.compile(
                        confinement.seccomp(),
                        Machine.host(),
                        FilterCompiler.numbers(request.process().capabilities().any()),
                        KernelVersion.host(),
                        InterceptedCalls.NOTHING)
                .main();
        return new ProfileHandler(confinement.handlers(), profile);
    }

    /** Makes sandboxes that wait for {@link #run}. */
    Reserve.Maker<PreparedStart> maker() {
        return new Reserve.Maker<>() {
            @Override
            public PreparedStart make() throws IOException {
                return pooled();
            }

            @Override
            public boolean isLasting() {
                return Launcher.isThere();
            }
        };
    }

    private PreparedStart pooled() throws IOException {
        if (LayeredRoot.isForOneAtATime(request.root())) {
            throw new IllegalStateException(
                    "a writable layer that stays is for one sandbox at a time: it can't be pooled");
        }
        if (request.cgroup() != null) {
            throw new IllegalStateException(
                    "only one sandbox at a time can have the cgroup " + request.cgroup() + ": it can't be pooled");
        }
        return prepared();
    }

    /** A sandbox that waits for {@link #run}. */
    PreparedStart prepared() throws IOException {
        if (LayeredRoot.isMadeForEachStart(request.root())) {
            throw new IllegalStateException(
                    "each start of a sandbox that keeps changes has a directory of its own: it can't be pooled");
        }
        return named(() -> {
            Launcher launcher = Launcher.get();
            if (images != null && images.copies(host(launcher, request.degradable()))) {
                throw new IllegalStateException("each start has a copy of the image of its own: it can't be pooled");
            }
            return launcher.prepared(sharedPlan(launcher));
        });
    }

    /** With a pause before the root changes, in which {@code listener} is called. */
    @Override
    public PreparedSandbox prepare(SandboxSetup.Listener listener) throws IOException, InterruptedException {
        Starter starter = new Starter(request.withPause());
        PreparedStart prepared = starter.prepared();
        boolean done = false;
        try {
            int pid = starter.named(prepared::awaitPause);
            listener.beforeRootChanges(
                    new RunningSetup(pid, command -> prepared.exec(command, true, null), prepared::close));
            starter.named(() -> {
                prepared.resume();
                return pid;
            });
            done = true;
            return new HeldSandbox(starter, prepared, pid);
        } finally {
            if (!done) {
                prepared.close();
                prepared.answered().join();
            }
        }
    }

    /** In {@code prepared} and nowhere else. */
    SandboxProcess runOnly(PreparedStart prepared, Command command) throws IOException {
        return named(() -> prepared.run(command, limits(), handler()));
    }

    SandboxProcess exec(PreparedStart prepared, Command command) throws IOException {
        return named(() -> prepared.exec(command, false, handler()));
    }

    /** In {@code prepared}, or in a new one if that has become stale. */
    SandboxProcess run(PreparedStart prepared, Command command) throws IOException {
        boolean current = false;
        CallHandler handler = null;
        try {
            boolean same = prepared.isOf(sharedPlan(Launcher.get()));
            handler = same ? handler() : null;
            current = same;
        } finally {
            if (!current) {
                prepared.drop();
            }
        }
        if (!current) {
            return startNew(command);
        }
        try {
            CallHandler asked = handler;
            SandboxProcess process = named(() -> prepared.run(command, limits(), asked));
            ImageRoots roots = images;
            return roots == null ? process : roots.keepFor(process);
        } catch (StaleException e) {
            LOG.debug("{}", e.getMessage());
            return startNew(command);
        }
    }

    private SandboxProcess start(Command command, @Nullable CallHandler handler) throws IOException {
        Launcher launcher = Launcher.get();
        ImageRoots roots = images;
        if (roots == null) {
            return start(launcher, request, command, handler);
        }
        if (shared != null) {
            return roots.keepFor(launcher.start(sharedPlan(launcher), command, limits(), handler));
        }
        Host host = host(launcher, request.degradable());
        return roots.copies(host)
                ? startCopy(launcher, roots, host, command, handler)
                : roots.keepFor(start(launcher, roots.resolved(host), command, handler));
    }

    private SandboxProcess startCopy(
            Launcher launcher, ImageRoots roots, Host host, Command command, @Nullable CallHandler handler)
            throws IOException {
        ImageRoot.Copy copy = roots.copy(host);
        try {
            Request resolved = withCni(roots.copied(host, copy.root()), false);
            Plan plan = plan(Resolver.resolve(
                    resolved, host, offer(launcher), Probes.of(launcher).paths(), null));
            return roots.removeAfter(copy, launcher.start(plan, command, limits(), handler));
        } catch (IOException | RuntimeException | Error e) {
            ImageRoots.remove(copy, e);
            throw e;
        }
    }

    private SandboxProcess start(Launcher launcher, Request resolved, Command command, @Nullable CallHandler handler)
            throws IOException {
        if (!LayeredRoot.isMadeForEachStart(resolved.root())) {
            SandboxProcess process = launcher.start(sharedPlan(launcher), command, limits(), handler);
            GroundAccess.get().writesTo(process, LayeredRoot.given(resolved.root(), resolved.mounts()));
            return process;
        }
        LayeredRoot root = LayeredRoot.make(
                (RootFs.Overlay) resolved.root(),
                resolved.mounts(),
                resolved.rootOrigin() != null,
                Probes.of(launcher).paths());
        try {
            SandboxProcess process = launcher.start(
                    plan(resolve(launcher, root.directory(), request.degradable(), false)), command, limits(), handler);
            GroundAccess.get().writesTo(process, root);
            return process;
        } catch (IOException | RuntimeException | Error e) {
            root.remove(e);
            throw e;
        }
    }

    @Override
    public Explanation explain() throws IOException {
        // Tried, not guessed: it is asked before anything runs, so it has to know.
        return named(
                () -> Resolver.explained(request, resolve(Launcher.get(), null, EnumSet.allOf(Isolation.class), true)));
    }

    @Override
    public byte[] freeze() throws IOException {
        return named(() -> {
            Launcher launcher = Launcher.get();
            return Freezer.freeze(
                    request.sandbox(),
                    launcher,
                    host(launcher, request.degradable()),
                    Probes.of(launcher).paths());
        });
    }

    private Plan sharedPlan(Launcher launcher) throws IOException {
        Plan plan = shared;
        if (plan != null && fits(plan, launcher)) {
            return plan;
        }
        resolving.lock();
        try {
            plan = shared;
            if (plan == null || !fits(plan, launcher)) {
                // A refusal is not kept: the host may be mended meanwhile.
                plan = plan(resolve(launcher, null, request.degradable(), false));
                shared = plan;
            }
            return plan;
        } finally {
            resolving.unlock();
        }
    }

    /** A later launcher may find other cgroups, and later sandboxes may have written above what was trusted. */
    private static boolean fits(Plan plan, Launcher launcher) throws IOException {
        return plan.leadsWhereItDid()
                && plan.isTrustedForLong()
                && plan.coversWhatItDid()
                && plan.trustsWhatItDid(Probes.of(launcher).paths())
                && (plan.layout() == null || launcher.offers(plan.layout()));
    }

    private LiveLimits limits() {
        return new LiveLimits(request.sandbox());
    }

    /**
     * @param doubted what is tried first, so that the plan goes without where it does not work and that is allowed
     * @param told whether what is wrong with the network or a path of the host is a part of the result
     */
    private Resolution resolve(Launcher launcher, @Nullable Path upperDirectory, Set<Isolation> doubted, boolean told)
            throws IOException {
        boolean yields = request.sandbox().minimumTier() != Tier.NAMESPACES;
        Host host = host(launcher, yields ? EnumSet.allOf(Isolation.class) : doubted);
        Request resolved = withCni(images == null ? request : images.resolved(host), told);
        return TierChoice.strongest(resolved, host, (asked, seen) -> {
            Resolution resolution = told
                    ? Resolver.told(
                            asked, seen, offer(launcher), Probes.of(launcher).paths())
                    : resolve(launcher, asked, seen, upperDirectory);
            return yields ? rehearsed(launcher, asked, resolution) : resolution;
        });
    }

    /** Each isolation may work alone, and yet not all together: where another tier could serve, all steps of a start are gone through. */
    private static Resolution rehearsed(Launcher launcher, Request asked, Resolution resolution) throws IOException {
        Plan plan = resolution.plan();
        boolean servedOtherwise = asked.root() instanceof RootFs.HostReadOnly && asked.cgroup() == null;
        boolean complete = resolution.explanation().isPossible();
        if (plan == null || !complete || asked.tier() != Tier.NAMESPACES || !servedOtherwise) {
            return resolution;
        }
        try {
            launcher.probe(plan);
            return resolution;
        } catch (UnsupportedIsolationException e) {
            return new Resolution(resolution.explanation(), null, e);
        }
    }

    private Resolution resolve(Launcher launcher, Request asked, Host host, @Nullable Path upperDirectory)
            throws IOException {
        return Resolver.resolve(
                asked, host, offer(launcher), Probes.of(launcher).paths(), upperDirectory);
    }

    private static Request withCni(Request asked, boolean told) throws SandboxException {
        CniNetwork network = asked.namespaces().network().cni().orElse(null);
        if (network == null) {
            return asked;
        }
        OptionalLibrary.JACKSON.neededFor("A network of CNI");
        try {
            CniNetworks.Description found = CniNetworks.describe(network);
            return asked.withCni(
                    new Request.Cni(found.name(), found.file(), found.versions(), found.plugins(), "", ""));
        } catch (SandboxException e) {
            if (!told) {
                throw e;
            }
            return asked.withCni(new Request.Cni(
                    "",
                    network.configuration(),
                    List.of(),
                    List.of(),
                    e.step() + ": " + (e.reason().isEmpty() ? e.getMessage() : e.reason()),
                    e.remedy()));
        }
    }

    private CgroupSupport offer(Launcher launcher) throws IOException {
        return Resolver.needsCgroups(request)
                ? launcher.cgroups(ChosenPath.of(request.cgroup()))
                : CgroupSupport.unneeded();
    }

    private Host host(Launcher launcher, Set<Isolation> asked) throws IOException {
        Host host = Host.detect(launcher.features());
        Set<Isolation> doubted = EnumSet.noneOf(Isolation.class);
        doubted.addAll(asked);
        if (images != null) {
            doubted.add(Isolation.OVERLAY_ROOT);
            if (images.doubtsRange(host)) {
                doubted.add(Isolation.ID_RANGE);
            }
        }
        if (!doubted.isEmpty()) {
            boolean userNamespace = request.namespaces().isNew(NamespaceKind.USER);
            boolean mayLackIt = request.degradable().contains(Isolation.USER_NAMESPACE);
            host = host.lacking(Probes.of(launcher).missing(doubted, userNamespace, mayLackIt));
        }
        Set<NetworkFeature> needed =
                NetworkFeature.neededBy(request.namespaces().network());
        if (!needed.isEmpty()) {
            host = host.lackingForNetworks(Probes.of(launcher).networkLacks(needed));
        }
        return RefusedNamespaces.in(host);
    }

    private static Plan plan(Resolution resolution) throws UnsupportedIsolationException {
        UnsupportedIsolationException refusal = resolution.refusal();
        Plan plan = resolution.plan();
        if (refusal != null) {
            throw refusal;
        }
        if (plan == null) {
            throw new IllegalStateException("neither a plan nor a refusal:\n" + resolution.explanation());
        }
        return plan;
    }
}
