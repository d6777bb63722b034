package dev.sandjar.internal.process;

import dev.sandjar.SandboxEvent;
import dev.sandjar.SandboxException;
import dev.sandjar.internal.cgroup.Controller;
import dev.sandjar.internal.cgroup.Events;
import dev.sandjar.internal.cgroup.Layout;
import dev.sandjar.internal.cgroup.LiveGroup;
import dev.sandjar.internal.cgroup.Statistics;
import dev.sandjar.internal.launcher.Connection;
import dev.sandjar.internal.launcher.Run;
import dev.sandjar.internal.protocol.Frame;
import dev.sandjar.internal.protocol.WireWriter;
import dev.sandjar.internal.util.Errno;
import dev.sandjar.internal.util.IoThreads;
import dev.sandjar.internal.util.Uninterruptibles;
import dev.sandjar.linux.PressureThreshold;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Asks the launcher to watch the files of one sandbox's cgroups, and makes events of what it tells. */
public final class Watches {
    private static final String V1_CONTROL = "cgroup.event_control";
    private static final Duration V1_POLL = Duration.ofMillis(100);

    private final Connection connection;
    private final Run run;
    private final Layout layout;
    private final LiveGroup group;
    private final Set<Integer> used;
    private final Function<List<String>, Statistics.Texts> atEnd;

    /**
     * @param used hierarchies in which the sandbox has a cgroup
     * @param atEnd makes of what the launcher has sent with the end the files that it read
     */
    public Watches(
            Connection connection,
            Run run,
            Layout layout,
            LiveGroup group,
            Set<Integer> used,
            Function<List<String>, Statistics.Texts> atEnd) {
        this.connection = connection;
        this.run = run;
        this.layout = layout;
        this.group = group;
        this.used = Set.copyOf(used);
        this.atEnd = atEnd;
    }

    void add(Consumer<? super SandboxEvent> listener, List<PressureThreshold> thresholds) throws IOException {
        Serial<SandboxEvent> events = new Serial<>(listener);
        List<CompletableFuture<SandboxException>> answers = new ArrayList<>();
        for (PressureThreshold threshold : thresholds) {
            answers.add(threshold(threshold, events));
        }
        for (Events.Watch watch : Events.watches(layout)) {
            if (used.contains(watch.hierarchy()) && watch.notice() != Events.Notice.NONE) {
                answers.add(file(watch, events));
            }
        }
        for (CompletableFuture<SandboxException> answer : answers) {
            SandboxException refused = answer.join();
            if (refused != null) {
                throw refused;
            }
        }
    }

    /** Counts in a file: the first content tells what has happened before. */
    private CompletableFuture<SandboxException> file(Events.Watch watch, Serial<SandboxEvent> events)
            throws SandboxException {
        String control = watch.notice() == Events.Notice.EVENTFD ? V1_CONTROL : "";
        Counts counts = new Counts(watch.file(), events);
        CompletableFuture<SandboxException> answer = ask(watch, control, "", counts);
        if (!layout.isV2()) {
            poll(watch, counts);
        }
        // The end may be on its way when the launcher is asked, which then has nothing left to watch.
        CompletableFuture<Void> unused = run.end.thenAccept(end -> {
            String last = atEnd.apply(end.texts()).get(watch.hierarchy(), watch.file());
            if (last != null) {
                counts.accept(last);
            }
        });
        return answer;
    }

    /** On v1 the kernel tells of memory that ran out before it counts the kill, and of refused processes maybe not at all. */
    private void poll(Events.Watch watch, Counts counts) {
        IoThreads.background(() -> {
            while (Uninterruptibles.join(run.end, V1_POLL) == null) {
                String content = group.read(watch.hierarchy(), watch.file());
                if (content != null) {
                    counts.accept(content);
                }
            }
        });
    }

    /** Turns what a file says, in whatever order it was read, into events. */
    private static final class Counts implements Consumer<String> {
        private final String file;
        private final Serial<SandboxEvent> events;
        private final ReentrantLock lock = new ReentrantLock();
        private @Nullable String before;

        Counts(String file, Serial<SandboxEvent> events) {
            this.file = file;
            this.events = events;
        }

        @Override
        public void accept(String content) {
            lock.lock();
            try {
                String known = before;
                if (known != null && !Events.between(file, content, known).isEmpty()) {
                    return; // read before what is known already
                }
                for (Events.Occurrence o : Events.between(file, known, content)) {
                    events.put(new SandboxEvent(kind(o.kind()), o.count(), Instant.now()));
                }
                before = content;
            } finally {
                lock.unlock();
            }
        }
    }

    private CompletableFuture<SandboxException> threshold(PressureThreshold threshold, Serial<SandboxEvent> events)
            throws SandboxException {
        Controller resource =
                switch (threshold.resource()) {
                    case CPU -> Controller.CPU;
                    case MEMORY -> Controller.MEMORY;
                    case IO -> Controller.IO;
                };
        Events.Watch watch = Events.pressure(layout, resource);
        if (watch == null) {
            throw new SandboxException(
                    "watch the pressure of " + threshold.resource(),
                    null,
                    null,
                    0,
                    "the kernel does not tell the pressure of cgroups here",
                    "it needs cgroup v2 and CONFIG_PSI, and no psi=0 at boot");
        }
        SandboxEvent.Kind kind = SandboxEvent.Kind.valueOf(threshold.resource() + "_PRESSURE");
        return ask(
                watch, "", Events.trigger(threshold.full(), threshold.stall(), threshold.window()), new Consumer<>() {
                    private boolean armed;

                    @Override
                    public void accept(String content) {
                        if (armed) {
                            events.put(new SandboxEvent(kind, 1, Instant.now()));
                        }
                        armed = true;
                    }
                });
    }

    /** Completes with null when the watch is set, or has become pointless. */
    private CompletableFuture<SandboxException> ask(
            Events.Watch watch, String control, String text, Consumer<String> contents) throws SandboxException {
        CompletableFuture<SandboxException> answer = new CompletableFuture<>();
        int number = run.watch(notice -> {
            if (notice.errno() == 0) {
                contents.accept(notice.content());
                answer.complete(null);
            } else {
                answer.complete(refused(watch, notice.errno()));
            }
        });
        connection.send(
                Frame.WATCH,
                run.id,
                new WireWriter()
                        .u32(number)
                        .u32(watch.hierarchy())
                        .str(watch.file())
                        .str(control)
                        .str(text)
                        .bytes());
        CompletableFuture<Void> unused = run.end.thenAccept(end -> answer.complete(null));
        return answer;
    }

    private static SandboxException refused(Events.Watch watch, int errno) {
        boolean right = Errno.EPERM.is(errno) || Errno.EACCES.is(errno) || Errno.EINVAL.is(errno);
        return new SandboxException(
                "watch " + watch.file(),
                "write",
                watch.file(),
                errno,
                right ? "the kernel does not take this threshold from this user" : "",
                right ? "windows of 2, 4, ... seconds need Linux 6.5, others CAP_SYS_RESOURCE" : "");
    }

    private static SandboxEvent.Kind kind(Events.Kind kind) {
        return switch (kind) {
            case MEMORY_HIGH -> SandboxEvent.Kind.MEMORY_HIGH;
            case MEMORY_MAX -> SandboxEvent.Kind.MEMORY_MAX;
            case OOM -> SandboxEvent.Kind.OUT_OF_MEMORY;
            case OOM_KILL -> SandboxEvent.Kind.OOM_KILL;
            case PIDS_MAX -> SandboxEvent.Kind.PIDS_MAX;
        };
    }
}
