package dev.sandjar.internal.start;

import dev.sandjar.Command;
import dev.sandjar.DataSize;
import dev.sandjar.Limits;
import dev.sandjar.SandboxException;
import dev.sandjar.SandboxProcess;
import dev.sandjar.internal.cgroup.Layout;
import dev.sandjar.internal.cgroup.root.Cgroups;
import dev.sandjar.internal.hostfs.HandedFiles;
import dev.sandjar.internal.hostfs.PrivateDirectory;
import dev.sandjar.internal.ids.HeldIds;
import dev.sandjar.internal.ids.IdBlocks;
import dev.sandjar.internal.kernel.Kernel;
import dev.sandjar.internal.launcher.CommandChannel;
import dev.sandjar.internal.launcher.Connection;
import dev.sandjar.internal.launcher.LauncherEndedException;
import dev.sandjar.internal.launcher.Run;
import dev.sandjar.internal.notify.CallHandler;
import dev.sandjar.internal.notify.CallListener;
import dev.sandjar.internal.notify.CallObserver;
import dev.sandjar.internal.notify.CallRecords;
import dev.sandjar.internal.plan.Failures;
import dev.sandjar.internal.plan.IdMapPlan;
import dev.sandjar.internal.plan.LimitUpdate;
import dev.sandjar.internal.plan.Plan;
import dev.sandjar.internal.plan.PrivateTmp;
import dev.sandjar.internal.process.GroupControl;
import dev.sandjar.internal.process.LaunchedProcess;
import dev.sandjar.internal.process.Supervision;
import dev.sandjar.internal.protocol.Event;
import dev.sandjar.internal.protocol.Frame;
import dev.sandjar.internal.protocol.StartFailure;
import dev.sandjar.internal.reuse.Sources;
import dev.sandjar.internal.reuse.StaleException;
import dev.sandjar.internal.reuse.Templates;
import dev.sandjar.internal.stdio.HostStreams;
import dev.sandjar.internal.stdio.OutputLimit;
import dev.sandjar.internal.stdio.Stdio;
import dev.sandjar.internal.util.Errno;
import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/** One start, from request to answer. What it has taken and no process came to own is given back by closing it. */
final class Start implements AutoCloseable {
    private static final int IN_REQUEST = 0;

    private final Kernel kernel;
    private final Connection connection;
    private final Plan plan;
    private final IdMapPlan ids;
    private final Cgroups cgroups;
    private long planId;
    private @Nullable Runnable dropPlan;
    private Plans.@Nullable Named names;
    private IdBlocks.@Nullable Block block;
    /** In place of /tmp; null if the sandbox has none. */
    private @Nullable PrivateDirectory tmp;

    private boolean tmpHandedOver;
    private @Nullable Run unowned;
    private final StartNetworks networks;

    private Start(
            Kernel kernel,
            Connection connection,
            Plan plan,
            IdMapPlan ids,
            Cgroups cgroups,
            IdBlocks.@Nullable Block block) {
        this.cgroups = cgroups;
        this.kernel = kernel;
        this.connection = connection;
        this.plan = plan;
        this.ids = ids;
        this.block = block;
        this.networks = new StartNetworks(kernel, plan);
    }

    /**
     * A start of a sandbox: takes the ids that it needs, and makes the plan known to the launcher. Of networks with other sandboxes it is a
     * member later, with {@link #join}.
     */
    static Start of(Kernel kernel, Connection connection, Plan shared, Plans plans, HeldIds held, Cgroups cgroups)
            throws SandboxException {
        long count = shared.idMap().privateBlock();
        IdBlocks.Block block = count == 0 ? null : held.allocate(count);
        long base = block == null ? 0 : block.base();
        Start start = new Start(kernel, connection, shared, shared.idMap().at(base), cgroups, block);
        try {
            start.networks.prepare();
            start.makeTmp();
            start.register(base, plans);
            return start;
        } catch (SandboxException | RuntimeException | Error e) {
            start.close();
            throw e;
        }
    }

    private void makeTmp() throws SandboxException {
        PrivateTmp asked = plan.privateTmp();
        if (asked == null) {
            return;
        }
        try {
            tmp = PrivateDirectory.make(asked.uid(), asked.gid());
        } catch (SandboxException e) {
            throw e;
        } catch (IOException e) {
            String place = System.getProperty("java.io.tmpdir");
            throw new SandboxException(
                    "make a directory in place of /tmp",
                    null,
                    place,
                    0,
                    String.valueOf(e.getMessage()),
                    "name a directory that this process may write to by -Djava.io.tmpdir=DIRECTORY");
        }
    }

    private void register(long base, Plans plans) throws SandboxException {
        if (plan.dependsOnBase()) {
            long id = plans.register(plan, base, networks.resolvConf(), tmp == null ? "" : tmp.path());
            planId = id;
            dropPlan = () -> plans.drop(id);
        } else if (plan.dependsOnNames()) {
            Plans.Named named = plans.withNames(plan);
            names = named;
            AtomicBoolean given = new AtomicBoolean();
            planId = named.id();
            dropPlan = () -> {
                if (given.compareAndSet(false, true)) {
                    named.giveBack();
                }
            };
        } else {
            planId = plans.idOf(plan);
        }
    }

    /** Has the sandbox become a member of its networks, in which nothing of it runs yet. */
    Start join() throws SandboxException {
        networks.join();
        return this;
    }

    /** Whether its networks have other names now than what is in the files of the sandbox. */
    boolean hasOtherNames() {
        Plans.Named given = names;
        return given != null && !given.isNow(plan);
    }

    /** Which template a start of the plan with this number uses, or is followed by. */
    interface TemplateChoice {
        Templates.Use of(long planId);
    }

    SandboxProcess program(Command command, LimitUpdate update, @Nullable CallHandler handler, TemplateChoice templates)
            throws IOException {
        StartRequest request = request(command);
        Long bytes = plan.bounds().outputBytes();
        OutputLimit limit = bytes == null ? null : new OutputLimit(bytes);
        networks.openRelay();
        try (Stdio stdio = Stdio.open(kernel, command, limit)) {
            Run run;
            try (Templates.Use template = templates.of(planId)) {
                byte[] body = request.start(planId, template, ids, stdio.targets());
                run = ask(Frame.START, body, networks.after(stdio.childFds()), handler);
                template.sent();
            }
            GroupControl control = control(run, update);
            return process(
                    command,
                    request,
                    stdio,
                    new Supervision(control, limit, handler, networks.relay(), networks.space())
                            .removing(tmp)
                            .within(plan.treeBounds())
                            .bounded(command),
                    null);
        }
    }

    /** Everything but the program, which is named later; this start is the result's to close. */
    PreparedStart prepared(Plan shared, Sources sources, TemplateChoice templates) throws SandboxException {
        StartRequest request = request(Command.of("/"));
        networks.openRelay();
        try (Templates.Use template = templates.of(planId)) {
            Run run = plan.hasWarmProgram()
                    ? askWarm(request.warm(planId, template, ids))
                    : ask(Frame.START, request.waiting(planId, template, ids), networks.after(), null);
            template.sent();
            networks.sent(); // it may wait for long
            return new PreparedStart(this, run, shared, sources);
        }
    }

    private Run askWarm(byte[] body) throws SandboxException {
        Run run = connection.expect(null);
        networks.joinRelay(run);
        try {
            run.channel(CommandChannel.open(
                    kernel, far -> connection.send(Frame.START, run.id, body, networks.after(far))));
        } catch (SandboxException | RuntimeException | Error e) {
            connection.forget(run);
            throw e;
        }
        unowned = run;
        return run;
    }

    /** Runs a program in what {@link #prepared} has made. */
    SandboxProcess run(Run run, Command command, LimitUpdate update, @Nullable CallHandler handler) throws IOException {
        networks.join();
        StartRequest request = new StartRequest(plan, command, tmp);
        Long bytes = plan.bounds().outputBytes();
        OutputLimit limit = bytes == null ? null : new OutputLimit(bytes);
        GroupControl control = control(run, update);
        if (command.memory().isPresent()) {
            limitMemory(run, control, command.memory().get());
        }
        CommandChannel channel = run.channel();
        try (channel;
                Stdio stdio = Stdio.open(kernel, command, limit)) {
            if (channel != null && handler == null && request.fitsWarm()) {
                if (!WarmProgram.run(connection, channel, run, request, stdio)) {
                    throw gone(run);
                }
            } else {
                run.listener(handler == null ? null : fd -> listen(fd, handler));
                connection.send(Frame.RUN, run.id, request.run(stdio.targets()), stdio.childFds());
            }
            return process(
                    command,
                    request,
                    stdio,
                    new Supervision(control, limit, handler, networks.relay(), networks.space())
                            .removing(tmp)
                            .within(plan.treeBounds())
                            .bounded(command),
                    null);
        }
    }

    /** Before the program is named, in a cgroup that is there once everything is set up. */
    private void limitMemory(Run run, @Nullable GroupControl control, DataSize most) throws IOException {
        if (control == null) {
            throw new IllegalStateException("the plan limits memory without a cgroup");
        }
        await(run, run.ready);
        try {
            control.update(Limits.none().memory(most));
        } catch (IOException e) {
            if (run.answer.isDone()) {
                throw gone(run);
            }
            throw e;
        }
    }

    private StaleException gone(Run run) {
        discard(run);
        return new StaleException("the sandbox was ended while it waited");
    }

    /** Ends a sandbox whose program was never named. What it holds is given back when it is gone. */
    void discard(Run run) {
        unowned = null;
        CommandChannel channel = run.channel();
        if (channel != null) {
            channel.close();
        }
        try {
            kill(run, run.answer);
        } finally {
            close();
        }
    }

    /** Another program in the sandbox of {@code owner}. */
    private static SandboxProcess exec(
            Kernel kernel, Connection connection, Plan plan, Command command, LaunchedProcess owner)
            throws IOException {
        StartRequest request = new StartRequest(plan, command, owner.tmp());
        try (Start start = new Start(
                        kernel, connection, plan, StartRequest.NO_IDS, new Cgroups(kernel, connection), null);
                Stdio stdio = Stdio.open(kernel, command, null)) {
            CallHandler handler = owner.handler();
            HandedFiles.check(request.mayNotHandFiles(owner.command()), stdio.childFds());
            start.ask(Frame.EXEC, request.exec(owner.id(), stdio.targets()), stdio.childFds(), handler);
            return start.process(command, request, stdio, new Supervision(null, null, handler, null, null), owner);
        }
    }

    /** A program in a sandbox that has none yet; {@code plain} leaves out what confines programs. */
    SandboxProcess exec(Run owner, Command command, boolean plain, @Nullable CallHandler handler) throws IOException {
        StartRequest request = plain ? StartRequest.foreign(plan, command) : new StartRequest(plan, command, tmp);
        try (Start start = new Start(kernel, connection, plan, StartRequest.NO_IDS, cgroups, null);
                Stdio stdio = Stdio.open(kernel, command, null)) {
            HandedFiles.check(!plain && request.mayNotHandFiles(null), stdio.childFds());
            byte[] body = plain ? request.plain(owner.id, stdio.targets()) : request.exec(owner.id, stdio.targets());
            start.ask(Frame.EXEC, body, stdio.childFds(), handler);
            return start.process(command, request, stdio, new Supervision(null, null, handler, null, null), null);
        }
    }

    /** Lets a set-up go on that has paused. */
    void resume(Run run) throws SandboxException {
        connection.send(Frame.RESUME, run.id, new byte[0]);
    }

    /** Waits for a step of the set-up, or for the report that it has failed. */
    void await(Run run, CompletableFuture<?> step) throws SandboxException {
        CompletableFuture.anyOf(step, run.answer).join();
        if (step.isDone() && !run.answer.isDone()) {
            return;
        }
        if (run.answer.join() instanceof Run.Refused refused) {
            throw exception(refused.failure(), new StartRequest(plan, Command.of("/")));
        }
        throw new LauncherEndedException(true);
    }

    /** All steps of a start but the last; returns when everything is gone again. */
    void probe() throws SandboxException {
        StartRequest request = request(Command.of("/"));
        Run run = ask(Frame.START, request.probe(planId, ids), networks.after(), null);
        answer(run, request);
        run.end.join();
        unowned = null;
    }

    private Run ask(int type, byte[] body, int[] fds, @Nullable CallHandler handler) throws SandboxException {
        Run run = connection.expect(handler == null ? null : fd -> listen(fd, handler));
        networks.joinRelay(run);
        try {
            connection.send(type, run.id, body, fds);
        } catch (SandboxException | RuntimeException | Error e) {
            connection.forget(run);
            throw e;
        }
        unowned = run;
        return run;
    }

    private StartRequest request(Command command) throws SandboxException {
        return new StartRequest(plan, command, tmp).withNetworks(networks.after().length);
    }

    private void listen(int fd, CallHandler handler) {
        if (handler instanceof CallObserver observer) {
            CallRecords.start(kernel, fd, observer);
        } else {
            CallListener.start(kernel, fd, handler);
        }
    }

    private @Nullable GroupControl control(Run run, LimitUpdate update) {
        Layout layout = plan.layout();
        return layout == null ? null : GroupControl.of(cgroups.groupOf(run.id, layout), plan, connection, run, update);
    }

    private SandboxProcess process(
            Command command, StartRequest request, Stdio stdio, Supervision outcome, @Nullable LaunchedProcess owner)
            throws IOException {
        Run run = running();
        stdio.closeChildEnds();
        Run.Running answer = answer(run, request);
        HostStreams streams = stdio.streams(answer.master());
        LaunchedProcess process =
                new LaunchedProcess(connection, plan, command, run, answer.event(), streams, outcome, execs(), owner);
        unowned = null;
        tmpHandedOver = true;
        networks.handedOver();
        process.recordLimits();
        return process;
    }

    /** Without this start, which ends long before. */
    private LaunchedProcess.Execs execs() {
        Kernel calls = kernel;
        Connection to = connection;
        Plan in = plan;
        return (command, owner) -> exec(calls, to, in, command, owner);
    }

    private Run running() {
        Run run = unowned;
        if (run == null) {
            throw new IllegalStateException("nothing was asked for");
        }
        return run;
    }

    private Run.Running answer(Run run, StartRequest request) throws SandboxException {
        Run.Answer answer = run.answer.join();
        if (answer instanceof Run.Running started) {
            giveBackAtEnd(run);
            return started;
        }
        unowned = null;
        connection.forget(run);
        if (answer instanceof Run.Refused refused) {
            throw exception(refused.failure(), request);
        }
        throw new LauncherEndedException(true);
    }

    private SandboxException exception(StartFailure failure, StartRequest request) {
        if (request.isRun() && (failure.section() == IN_REQUEST || failure.isLoss())) {
            return new StaleException(failure.what());
        }
        if (failure.section() == IN_REQUEST && Errno.ESRCH.is(failure.errno())) {
            return LaunchedProcess.sandboxEnded();
        }
        return Failures.exception(plan, failure, request.paths(), request.directory());
    }

    /** Ids belong to the sandbox until the last of its processes is gone. */
    private void giveBackAtEnd(Run run) {
        IdBlocks.Block taken = block;
        if (taken != null) {
            block = null;
            CompletableFuture<Void> unused = run.end.thenRun(taken::close);
        }
    }

    @Override
    public void close() {
        Run run = unowned;
        if (run != null) {
            abandon(run);
        }
        networks.close();
        IdBlocks.Block taken = block;
        if (taken != null) {
            taken.close();
        }
        removeTmp();
        Runnable drop = dropPlan;
        if (drop != null) {
            drop.run();
        }
    }

    /** Nothing of this start has begun in it, or it has ended. On this thread, for the JVM may end as soon as the caller goes on. */
    private void removeTmp() {
        PrivateDirectory directory = tmp;
        if (directory != null && !tmpHandedOver) {
            tmpHandedOver = true;
            try {
                directory.close();
            } catch (IOException e) {
                return; // which the log says, and is tried again
            }
        }
    }

    /** After what was begun in it has ended. */
    private void removeTmp(CompletableFuture<?> before) {
        PrivateDirectory directory = tmp;
        if (directory != null && !tmpHandedOver) {
            tmpHandedOver = true;
            CompletableFuture<Void> unused = before.thenCompose(end -> directory.removed());
        }
    }

    /** What runs without a handle must not run on. One that never ran tells of no end. */
    private void abandon(Run run) {
        kill(
                run,
                run.answer.thenCompose(
                        answer -> answer instanceof Run.Running ? run.end : CompletableFuture.completedFuture(null)));
    }

    /** Ends a sandbox that nobody has, whose ids are given back after {@code end}. */
    private void kill(Run run, CompletableFuture<?> end) {
        IdBlocks.Block taken = block;
        block = null;
        removeTmp(end);
        CompletableFuture<Void> unused = end.thenRun(() -> {
            connection.forget(run);
            if (taken != null) {
                taken.close();
            }
        });
        try {
            connection.send(Frame.KILL, run.id, Frame.kill(Event.Exited.WHY_ASKED));
        } catch (SandboxException e) {
            return; // the launcher is gone, and the sandbox with it
        }
    }
}
